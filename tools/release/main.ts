import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { packImages } from './assessed-images.ts';
import { root, version } from './bundle.ts';
import { packClient } from './client.ts';
import { makeData } from './data.ts';
import { packSuite } from './suite.ts';

/** The parts of a release besides the images, in the order in which they are made. */
const parts = {
  client: packClient,
  suite: packSuite,
  data: makeData,
  // The Dockerfile packs the client, and has no helm.
  chart: async (out: string) => (await import('./chart.ts')).packChart(out),
};
type Part = keyof typeof parts;

/** The section of this version in the change log. */
const notes = (): string => {
  const all = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^(?=## )/m);
  const own = all.find((section) => section.startsWith(`## ${version}`));
  if (!own) throw new Error(`CHANGELOG.md has no section ${version}: write what is new, then release`);
  return own;
};

const release = async ({
  out: given,
  only = Object.keys(parts),
  keepBuild,
  trivy,
}: {
  out: string;
  only?: string[];
  keepBuild?: boolean;
  trivy?: string;
}): Promise<void> => {
  const out = resolve(given);
  const strange = only.find((name) => !(name in parts));
  if (strange !== undefined)
    throw new Error(`there is no part ${strange}: the parts are ${Object.keys(parts).join(', ')}`);
  if (trivy !== undefined && !only.includes('suite'))
    throw new Error('the packed suite assesses the images: pack the suite with them');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  if (!keepBuild)
    for (const script of ['clean', 'build'])
      execFileSync('npm', ['run', '--silent', script], { cwd: root, stdio: 'inherit' });
  for (const name of only) {
    console.log(`packing ${name}`);
    await parts[name as Part](out);
  }
  if (trivy !== undefined) console.log('building and assessing images');
  const ofImages = trivy === undefined ? '' : await packImages(out, resolve(trivy));
  rmSync(join(out, '.staged'), { recursive: true, force: true });
  writeFileSync(join(out, 'NOTES.md'), notes() + ofImages);
  const files = readdirSync(out).toSorted();
  const sums = files.map(
    (file) =>
      `${createHash('sha256')
        .update(readFileSync(join(out, file)))
        .digest('hex')}  ${file}\n`,
  );
  writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
  console.log(`${given}:\n${sums.join('')}`.trimEnd());
};

await new Command('release')
  .description('Makes what a release of Assay consists of. Publishes nothing.')
  .option('--out <folder>', 'where to put it; the folder is replaced', 'release')
  .option('--only <parts...>', `some of: ${Object.keys(parts).join(', ')}`)
  .option('--trivy <file>', 'build the images as well, with this static Trivy; as root, half an hour')
  .option('--keep-build', 'pack what is compiled already')
  .action(release)
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });

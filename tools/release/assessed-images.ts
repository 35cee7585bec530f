import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from './bundle.ts';
import { buildah, buildImages, targets } from './images.ts';
import { withPackedSuite, type PackedSuite } from './packed-suite.ts';

/** An image in the answer of `assay status`, as far as the notes name it. */
interface Assessed {
  readonly placements: readonly {
    readonly status: string;
    readonly reason?: string;
    readonly findings?: number;
    readonly fixable?: number;
    readonly database?: { readonly builtAt: string; readonly demonstration: boolean };
  }[];
}

const heading = `
## Images, as Assay sees them

| image | status | findings | with a fix | by | digest |
| --- | --- | --- | --- | --- | --- |
`;

const fileOf = (target: string): string => `assay-image-${target}-${version}`;

/** Pushes an image to the suite, waits for its result, and keeps its bill of materials: a row of the notes. */
const assessed = (target: string, out: string, { assay, registry, folder }: PackedSuite): string => {
  const name = `assay/${target}:${version}`;
  const digestFile = join(folder, 'digest');
  buildah(
    'push',
    '--quiet',
    '--tls-verify=false',
    '--digestfile',
    digestFile,
    `localhost/${name}`,
    `docker://${registry}/${name}`,
  );
  const digest = readFileSync(digestFile, 'utf8');
  // It allows or denies, or the image cannot be assessed.
  assay(['gate', digest, '--wait', '15m'], [0, 1, 2]);
  const { placements } = JSON.parse(assay(['status', digest, '--json'])) as Assessed;
  const { status, reason, findings = 0, fixable = 0, database } = placements[0]!;
  writeFileSync(join(out, `${fileOf(target)}.cdx.json`), assay(['status', digest, '--format', 'cyclonedx']));
  const by = database && `${database.demonstration ? 'demonstration database' : 'database'} of ${database.builtAt}`;
  const cells = [target, reason ? `${status}, ${reason}` : status, findings, fixable, by ?? '', digest];
  return `| ${cells.join(' | ')} |\n`;
};

/**
 * Builds the images, lets the packed suite assess them, and writes them as archives for `docker load` or skopeo, each
 * with its bill of materials by Assay.
 *
 * @param trivy the static Trivy of the images, which also assesses them
 * @returns a section of the notes
 */
export const packImages = async (out: string, trivy: string): Promise<string> => {
  buildImages(trivy);
  const rows = await withPackedSuite(out, async (suite) => targets.map((target) => assessed(target, out, suite)), {
    ASSAY_TRIVY: trivy,
  });
  for (const target of targets) {
    const archive = join(out, `${fileOf(target)}.tar`);
    buildah(
      'push',
      '--quiet',
      `localhost/assay/${target}:${version}`,
      `docker-archive:${archive}:assay/${target}:${version}`,
    );
    execFileSync('gzip', ['--no-name', '--fast', archive]);
  }
  return `${heading}${rows.join('')}`;
};

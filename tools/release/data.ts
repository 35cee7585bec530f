import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { answersOf } from '../../e2e/kept-data/answers.ts';
import { root, version } from './bundle.ts';

/**
 * Pushes of the kept data: a healthy and two unhealthy images, a chart, and a tag that moves. An image without a tag
 * would be closed after fourteen days.
 */
const pushes = [
  ['debian-13.0', 'team/web:0.9'],
  ['debian-13.0', 'team/web:1.0'],
  ['debian-13.8', 'team/web:1.0'],
  ['node-12-bullseye', 'team/jobs:2'],
  ['helm-chart', 'charts/web:1.0.0'],
] as const;

/**
 * Makes a data folder by the packed suite, with the answers that the suite gave about it. A later version is started on
 * it, to prove the upgrade. Writes the bill of materials of the installed suite, too.
 *
 * @returns the path of the archive
 */
export const makeData = async (out: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-data-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const tarball = join(out, `assay-suite-${version}.tgz`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--silent', tarball], { cwd: folder });
  // The libraries that the suite installs, in the versions of today.
  const sbom = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], { cwd: folder, maxBuffer: 2 ** 26 });
  writeFileSync(join(out, `assay-suite-${version}.cdx.json`), sbom);
  const assay = join(folder, 'node_modules/.bin/assay');
  const env = {
    ...process.env,
    ASSAY_HOME: join(root, 'node_modules/.cache/assay'),
    ASSAY_DATABASE_SOURCES: 'off',
    ASSAY_URL: '',
  };
  const suite = spawn(assay, ['up', '--port', '0', '--registry-port', '0', '--json', '--data', data], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(suite, 'exit');
  try {
    await once(createInterface(suite.stdout), 'line');
    for (const [layout, name] of pushes)
      execFileSync(assay, ['push', join(root, 'e2e/images', layout), '--as', name, '--wait', '--data', data], { env });
    const endpoint = JSON.parse(readFileSync(join(data, 'endpoint.json'), 'utf8')) as { url: string; token: string };
    // The first image loses the tag.
    let answers = await answersOf(endpoint);
    for (let tries = 0; JSON.stringify(answers.images).includes('"0.9","1.0"'); tries += 1) {
      if (tries === 60) throw new Error('the tag team/web:1.0 has not moved within a minute');
      await pause(1000);
      answers = await answersOf(endpoint);
    }
    writeFileSync(join(folder, 'answers.json'), `${JSON.stringify(answers, null, 2)}\n`);
  } finally {
    suite.kill('SIGTERM');
    await ended;
  }
  const archive = join(out, `data-${version}.tgz`);
  execFileSync('tar', ['-czf', archive, '-C', folder, 'answers.json', 'data']);
  rmSync(folder, { recursive: true });
  return archive;
};

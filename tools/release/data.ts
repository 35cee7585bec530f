import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { answersOf } from '../../e2e/kept-data/answers.ts';
import { root, version } from './bundle.ts';
import { withPackedSuite } from './packed-suite.ts';

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
export const makeData = (out: string): Promise<string> =>
  withPackedSuite(out, async (suite) => {
    // The libraries that the suite installs, in the versions of today.
    const sbom = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], { cwd: suite.folder, maxBuffer: 2 ** 26 });
    writeFileSync(join(out, `assay-suite-${version}.cdx.json`), sbom);
    for (const [layout, name] of pushes)
      suite.assay(['push', join(root, 'e2e/images', layout), '--as', name, '--wait']);
    // The first image loses the tag.
    let answers = await answersOf(suite);
    for (let tries = 0; JSON.stringify(answers.images).includes('"0.9","1.0"'); tries += 1) {
      if (tries === 60) throw new Error('the tag team/web:1.0 has not moved within a minute');
      await pause(1000);
      answers = await answersOf(suite);
    }
    await suite.stop();
    writeFileSync(join(suite.folder, 'answers.json'), `${JSON.stringify(answers, null, 2)}\n`);
    const archive = join(out, `data-${version}.tgz`);
    execFileSync('tar', ['-czf', archive, '-C', suite.folder, 'answers.json', 'data']);
    return archive;
  });

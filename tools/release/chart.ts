import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { goProgram } from '../deploy/programs.ts';
import { epoch, root, staged, version } from './bundle.ts';

/**
 * Packs the chart as helm does. Boards and alerts are links, so what they lead to is copied; the time of each file is
 * that of the commit, since helm keeps it.
 *
 * @returns the path of the archive
 */
export const packChart = (out: string): string => {
  const folder = staged(out, 'assay');
  cpSync(join(root, 'charts/assay'), folder, { recursive: true, dereference: true });
  const time = Number(epoch());
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    utimesSync(join(folder, path), time, time);
  execFileSync(goProgram('helm'), ['package', folder, '--destination', out], { stdio: 'pipe' });
  return join(out, `assay-${version}.tgz`);
};

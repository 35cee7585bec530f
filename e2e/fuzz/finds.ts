import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { targets } from './targets/index.ts';
import type { FuzzTarget } from './target.ts';

/** Cases that failed once; `npm test` tries each of them again. */
const findsFolder = fileURLToPath(new URL('finds/', import.meta.url));

export interface Kept {
  readonly target: string;
  /** The failure when the case was found. */
  readonly why: string;
  readonly case: unknown;
}

export const targetCalled = (name: string): FuzzTarget => {
  const target = targets.find((each) => each.name === name);
  if (!target) throw new Error(`there is no target ${name}: ${targets.map((each) => each.name).join(', ')}`);
  return target;
};

/**
 * Keeps the same case only once.
 * @returns the path of the file
 */
export const keep = async (kept: Kept, folder = findsFolder): Promise<string> => {
  const text = JSON.stringify(kept, null, 2);
  const path = join(
    folder,
    `${kept.target}-${createHash('sha256').update(JSON.stringify(kept.case)).digest('hex').slice(0, 10)}.json`,
  );
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${text}\n`);
  return path;
};

export const keptIn = async (path: string): Promise<Kept> => JSON.parse(await readFile(path, 'utf8')) as Kept;

export const allKept = async (): Promise<string[]> =>
  (await readdir(findsFolder))
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(findsFolder, name));

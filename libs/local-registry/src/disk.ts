import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes a file beside its target and renames it, so that no reader sees half a file. */
export const writeWhole = async (path: string, content: string | Buffer): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  const beside = join(dirname(path), `.${randomUUID()}`);
  await writeFile(beside, content, { flag: 'wx' });
  await rename(beside, path);
};

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
const unlessAbsent =
  <Instead>(instead: Instead) =>
  (error: unknown): Instead => {
    if (isAbsent(error)) return instead;
    throw error;
  };

export const readOrNothing = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch(unlessAbsent(undefined));

/**
 * Reads a file of at most one line synchronously: faster than four hand-overs to the thread pool for so few bytes.
 */
export const lineOrNothing = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return unlessAbsent(undefined)(error);
  }
};

/** Names in a folder, sorted by their bytes, without temporary files. */
export const namesIn = async (path: string): Promise<string[]> =>
  (await readdir(path).catch(unlessAbsent<string[]>([]))).filter((name) => !name.startsWith('.')).sort();

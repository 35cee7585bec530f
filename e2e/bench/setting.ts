import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
export const images = join(root, 'e2e/images');
export const home = process.env.ASSAY_HOME ? resolve(process.env.ASSAY_HOME) : join(root, '.assay');

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed when the bench ends. */
export const temporary = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `assay-bench-${name}-`));
  folders.push(folder);
  return folder;
};

const filesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  } catch {
    // A folder inside was removed meanwhile. The next look counts the others.
    return [];
  }
};

/** Bytes on disk of all files in the folders of this run. */
export const diskBytes = (): number =>
  folders
    .flatMap(filesIn)
    .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * 512, 0);

/** One line of the result: the measured value and its target. */
export interface BenchRow {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  readonly target?: number;
  /** True if more is better. */
  readonly more?: boolean;
  readonly note?: string;
}

export const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const print = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

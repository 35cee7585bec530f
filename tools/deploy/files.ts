import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** All files below a folder of the repository, except for built or fetched ones. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (['node_modules', 'dist'].includes(name)) return [];
    return statSync(join(root, path)).isDirectory() ? filesBelow(path) : [path];
  });

/** Source files without tests. */
export const sourcesOf = (folder: string): string[] =>
  filesBelow(folder).filter((path) => path.includes('/src/') && path.endsWith('.ts') && !path.endsWith('.spec.ts'));

/** Names of environment variables in a text: ours, and OpenTelemetry's. */
const variablesIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/\b(?:ASSAY|OTEL)_[A-Z][A-Z_]*[A-Z]\b/g)].map(([name]) => name));

export const variablesOf = (paths: readonly string[]): Set<string> =>
  new Set(paths.flatMap((path) => [...variablesIn(read(path))]));

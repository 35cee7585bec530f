import { readFileSync } from 'node:fs';
import type { Declaration } from './setting.ts';

/** A setting and its readers: services, `assay up` and `command line`. */
export interface KnownSetting extends Omit<Declaration, 'by'> {
  readonly readers: readonly string[];
}

let all: readonly KnownSetting[] | undefined;

/**
 * Every setting of every service and of the command line. A service does not load the declarations of the others, so
 * `npm run docs` writes them to a file.
 */
export const everySetting = (): readonly KnownSetting[] =>
  (all ??= JSON.parse(readFileSync(new URL('../settings.json', import.meta.url), 'utf8')) as readonly KnownSetting[]);

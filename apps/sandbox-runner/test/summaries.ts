import type { UnreadCode } from '@assay/events';
import type { DatabaseKind, InstalledPackage, KeptEntry, LayerSummary } from '../src/witness/program/answer.ts';
import { markOf } from '../src/witness/program/marks.ts';

/** The summary of a layer with these entries, and with ordinary files at other paths. */
export const summaryOf = (
  kept: readonly KeptEntry[],
  { files = [], ...more }: { files?: readonly string[]; unnamed?: readonly string[]; unread?: UnreadCode } = {},
): LayerSummary => ({
  diffId: 'sha256:0',
  entries: kept.length + files.length,
  kept,
  files: Buffer.concat(files.map(markOf)).toString('base64'),
  ...more,
});

export const way = (path: string): KeptEntry => ({ path, is: 'way' });
export const file = (path: string): KeptEntry => ({ path, is: 'file' });
export const other = (path: string): KeptEntry => ({ path, is: 'other' });
export const whiteout = (path: string): KeptEntry => ({ path, is: 'whiteout' });
export const opaque = (path: string): KeptEntry => ({ path, is: 'opaque' });
export const symlink = (path: string, to: string): KeptEntry => ({ path, is: 'symlink', to });
export const hardlink = (path: string, to: string): KeptEntry => ({ path, is: 'hardlink', to });

/** A list with packages of these names, all in one version. */
export const listAt = (
  path: string,
  names: readonly string[],
  { kind = 'dpkg', ...more }: { kind?: DatabaseKind; unread?: UnreadCode; unmarked?: readonly InstalledPackage[] } = {},
): KeptEntry => ({ path, is: 'file', list: { kind, packages: names.map((name) => [name, '1']), ...more } });

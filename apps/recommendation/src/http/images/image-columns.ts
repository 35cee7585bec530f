import type { ImageListLine } from './image-list.ts';
import type { CsvColumn } from '../csv.ts';

/** A count, or nothing for an image of which no counts are known: zero would claim that it has no findings. */
const known =
  (of: (line: ImageListLine) => number | null): CsvColumn<ImageListLine>['of'] =>
  (line) =>
    line.counted ? (of(line) ?? 0) : undefined;

/** Columns of images as CSV. */
export const imageColumns: readonly CsvColumn<ImageListLine>[] = [
  { name: 'registryId', of: ({ registry_id: id }) => id },
  { name: 'loginServer', of: ({ login_server: host }) => host },
  { name: 'repository', of: ({ repository }) => repository },
  { name: 'digest', of: ({ digest }) => digest },
  { name: 'tags', of: ({ tags }) => tags?.replaceAll('\n', ' ') },
  { name: 'kind', of: ({ kind }) => kind },
  { name: 'os', of: ({ os }) => os },
  { name: 'status', of: ({ status }) => status },
  { name: 'reason', of: ({ reason }) => reason },
  { name: 'since', of: ({ since_ms: ms }) => (ms === null ? undefined : new Date(Number(ms)).toISOString()) },
  { name: 'critical', of: known(({ critical }) => critical) },
  { name: 'high', of: known(({ high }) => high) },
  { name: 'medium', of: known(({ medium }) => medium) },
  { name: 'low', of: known(({ low }) => low) },
  { name: 'unknown', of: known(({ unknown }) => unknown) },
  { name: 'fixable', of: known(({ fixable }) => fixable) },
  { name: 'exempt', of: known(({ exempt }) => exempt) },
  { name: 'pushedAt', of: ({ pushed_at: at }) => at },
  { name: 'demonstrationDatabase', of: ({ demonstration }) => demonstration },
];

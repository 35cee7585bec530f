import type { StatusTimes } from '@assay/read-model/placement/shown-statuses';
import type { Writer } from '@assay/read-model/store/writer';
import { writeCsv, type CsvColumn } from '../csv-lines.ts';
import { filterOf, imageLines, type ImageFilter, type ImageListLine, type ImageSort } from './image-list.ts';
import type { NamedFix } from '../fixes/fix-list.ts';

/** A count, or nothing for an image of which no counts are known: zero would claim that it has no findings. */
const known =
  (of: (line: ImageListLine) => number | null): CsvColumn<ImageListLine>['of'] =>
  (line) =>
    line.counted ? (of(line) ?? 0) : undefined;

const columns: readonly CsvColumn<ImageListLine>[] = [
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
  { name: 'untagged', of: ({ untagged }) => untagged === true },
  { name: 'running', of: ({ running }) => running },
  { name: 'demonstrationDatabase', of: ({ demonstration }) => demonstration },
];

interface AllImages {
  readonly filter: ImageFilter;
  readonly fix: NamedFix | undefined;
  readonly times: StatusTimes;
  readonly sort: ImageSort | undefined;
}

/** All images of a list as CSV. */
export const imagesCsv: Writer<AllImages> = {
  module: import.meta.url,
  name: 'imagesCsv',
  write: async ({ query, rows, out }, { filter, fix, times, sort }) => {
    const { sql, values } = await imageLines(query, await filterOf(query, filter, fix), times, sort);
    await writeCsv(out, columns, rows<ImageListLine>(sql, values));
  },
};

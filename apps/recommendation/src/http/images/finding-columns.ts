import type { Writer } from '@assay/read-model/store/writer';
import { writeCsv, type CsvColumn } from '../csv-lines.ts';
import { findingLines, type FindingLine, type FindingSort, type ImageFindingsFilter } from './image-findings.ts';

const listed = (json: string | null): string => (json === null ? '' : (JSON.parse(json) as string[]).join(' '));

const columns: readonly CsvColumn<FindingLine>[] = [
  { name: 'registryId', of: ({ registry_id: id }) => id },
  { name: 'repository', of: ({ repository }) => repository },
  { name: 'digest', of: ({ digest }) => digest },
  { name: 'vulnerability', of: ({ vulnerability }) => vulnerability },
  { name: 'aliases', of: ({ aliases }) => listed(aliases) },
  { name: 'severity', of: ({ severity }) => severity },
  { name: 'package', of: (line) => line.package },
  { name: 'packageType', of: ({ package_type: type }) => type },
  { name: 'sourcePackage', of: ({ source_package: source }) => source },
  { name: 'installedVersion', of: ({ installed_version: version }) => version },
  { name: 'fixedVersion', of: ({ fixed_version: version }) => version },
  { name: 'path', of: ({ path }) => path },
  { name: 'state', of: ({ state }) => state },
  { name: 'ruleId', of: ({ rule_id: rule }) => rule },
  { name: 'firstSeenAt', of: ({ first_seen_at: at }) => at },
  { name: 'advisoryRemovedAt', of: ({ advisory_removed_at: at }) => at },
  { name: 'title', of: ({ title }) => title },
];

/** All findings of an image as CSV. */
export const findingsCsv: Writer<{ readonly filter: ImageFindingsFilter; readonly sort: FindingSort | undefined }> = {
  module: import.meta.url,
  name: 'findingsCsv',
  write: async ({ rows, out }, { filter, sort }) => {
    const { sql, values } = findingLines(filter, sort);
    await writeCsv(out, columns, rows<FindingLine>(sql, values));
  },
};

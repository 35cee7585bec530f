import type { FindingLine } from './image-findings.ts';
import type { CsvColumn } from '../csv.ts';

const listed = (json: string | null): string => (json === null ? '' : (JSON.parse(json) as string[]).join(' '));

/** Columns of findings as CSV. */
export const findingColumns: readonly CsvColumn<FindingLine>[] = [
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

import type { RunQuery, SqlStatement } from '@assay/read-model/store/duckdb';
import {
  allOf,
  containsText,
  isFixable,
  meets,
  severityRank,
  type Condition,
  type FindingConditions,
} from '@assay/read-model/store/finding-filter';
import { keysetPage, positionIn, type KeyValue, type SortKey } from '@assay/read-model/store/keyset';
import { placedIn, type PlaceFilter } from '@assay/read-model/store/place-filter';
import { findingsAt, type FindingRecord, type NamedRow } from '../sub-assessments/sub-assessments.ts';

/** The findings of an image that a list shows. */
export interface ImageFindingsFilter extends PlaceFilter, FindingConditions {
  readonly digest: string;
  /** Part of the id or an alias of the vulnerability, of a package or its path; case does not count. */
  readonly text?: string | undefined;
}

export const findingSorts = ['severity', 'vulnerability', 'package', 'fixable', 'since'] as const;

export interface FindingSort {
  readonly by: (typeof findingSorts)[number];
  readonly descending: boolean;
}

const sortKeys: Readonly<Record<FindingSort['by'], (descending: boolean) => readonly SortKey[]>> = {
  // The highest severity has the lowest rank.
  severity: (descending) => [{ sql: severityRank, descending: !descending }],
  vulnerability: (descending) => [{ sql: 'vulnerability', descending }],
  package: (descending) => [{ sql: 'package', descending }],
  fixable: (descending) => [{ sql: `(${isFixable})::integer`, descending }],
  since: (descending) => [{ sql: 'first_seen_at', descending }],
};

/** Ends with the place of the record, which is the order of ids. */
const keysOf = (sort: FindingSort | undefined): readonly SortKey[] => [
  ...(sort ? sortKeys[sort.by](sort.descending) : []),
  { sql: 'registry_key' },
  { sql: 'name::varchar' },
];

const matching = (filter: ImageFindingsFilter): Condition =>
  allOf([
    { where: 'digest = $digest', values: { digest: filter.digest } },
    placedIn(filter),
    ...(filter.text === undefined
      ? []
      : [
          {
            where: containsText(['vulnerability', 'aliases', 'package', 'source_package', 'path'], '$text'),
            values: { text: filter.text.toLowerCase() },
          },
        ]),
  ]);

/** A page of findings, and the numbers of the whole list. */
export interface FindingsPage {
  readonly records: readonly FindingRecord[];
  /** Position of the last record, if there are more. */
  readonly next?: readonly KeyValue[];
  readonly total: number;
  /** Findings that a rule disables, by all conditions but that on their state. */
  readonly exempt: number;
}

export interface FindingsPageOptions {
  readonly sort?: FindingSort | undefined;
  readonly after?: readonly KeyValue[] | undefined;
  readonly size: number;
  readonly staleBefore: number;
}

export const imageFindings = async (
  query: RunQuery,
  filter: ImageFindingsFilter,
  { sort, after, size, staleBefore }: FindingsPageOptions,
): Promise<FindingsPage> => {
  const keys = keysOf(sort);
  const page = keysetPage(keys, after);
  const { where, values } = matching(filter);
  const shown = filter.state === undefined ? 'true' : `state = '${filter.state}'`;
  const rows = await query<{ row: bigint | null; record: string; total: number; exempt: number }>(
    `with matched as materialized (
      select rowid as row, name, registry_key, severity, vulnerability, package, fixed_version, first_seen_at, state
      from findings where ${where} and ${meets({ ...filter, state: undefined })}),
    counts as (select (count(*) filter (where ${shown}))::integer as total,
      (count(*) filter (where state = 'exempt'))::integer as exempt from matched),
    page as (
      select row, name::varchar as record, ${page.select} from matched where ${shown} and ${page.where}
      order by ${page.orderBy} limit ${size + 1})
    select * from counts left join page on true
    order by ${keys.map(({ descending }, at) => `key${at}${descending ? ' desc' : ''}`).join(', ')}`,
    { ...values, ...page.values },
  );
  const found = rows.flatMap((each): NamedRow[] => (each.row === null ? [] : [{ row: each.row, name: each.record }]));
  const last = found.length > size ? rows[size - 1] : undefined;
  return {
    records: await findingsAt(query, found.slice(0, size), staleBefore),
    ...(last ? { next: positionIn({ ...last }, keys) } : {}),
    total: rows[0]?.total ?? 0,
    exempt: rows[0]?.exempt ?? 0,
  };
};

/** The cells of a finding in a table. */
export interface FindingLine {
  readonly registry_id: string;
  readonly repository: string;
  readonly digest: string;
  readonly vulnerability: string;
  readonly aliases: string | null;
  readonly title: string | null;
  readonly severity: string;
  readonly package: string;
  readonly package_type: string;
  readonly source_package: string | null;
  readonly installed_version: string;
  readonly fixed_version: string | null;
  readonly path: string | null;
  readonly state: string;
  readonly rule_id: string | null;
  readonly first_seen_at: string;
  readonly advisory_removed_at: string | null;
}

/** The statement for the lines of all findings that the filter shows, in their order. */
export const findingLines = (filter: ImageFindingsFilter, sort: FindingSort | undefined): SqlStatement => {
  const { where, values } = matching(filter);
  return {
    sql: `with matched as (select * from findings where ${where} and ${meets(filter)})
    select registry_id, repository, digest, matched.vulnerability, aliases,
      (select title from vulnerabilities described where described.vulnerability = matched.vulnerability) as title,
      severity, package, package_type, source_package, installed_version, fixed_version, path, state, rule_id,
      first_seen_at, advisory_removed->>'at' as advisory_removed_at
    from matched order by ${keysetPage(keysOf(sort), undefined).orderBy}`,
    values,
  };
};

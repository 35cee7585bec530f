import { severities, type Severity } from '@assay/events';
import type { RunQuery, SqlStatement } from '@assay/read-model/store/duckdb';
import {
  allOf,
  atLeast,
  containsText,
  meets,
  inSums,
  ofApplicable,
  ofVulnerability,
  type Condition,
} from '@assay/read-model/store/finding-filter';
import { keysetPage, positionIn, type KeyValue, type SortKey } from '@assay/read-model/store/keyset';
import { closedBy, type NamedFix } from '../fixes/fix-list.ts';
import { oneOfTexts } from '../vulnerabilities/vulnerability-list.ts';
import { placedIn, patternOf, type PlaceFilter } from '@assay/read-model/store/place-filter';
import { isLeftOut } from '@assay/read-model/store/left-out';
import { seenRunning } from '@assay/read-model/placement/running';
import { below } from '@assay/read-model/store/readable';
import {
  isUnknown,
  nestingIn,
  statusRank,
  statusValues,
  withShownStatuses,
  type Nesting,
  type StatusTimes,
} from '@assay/read-model/placement/shown-statuses';
import type { ShownStatus } from '@assay/read-model/placement/status';

/** The placements that a list shows. */
export interface ImageFilter extends PlaceFilter {
  readonly statuses?: readonly ShownStatus[] | undefined;
  /** Reasons; one without its part behind a slash stands for all with it. */
  readonly reasons?: readonly string[] | undefined;
  /** An active finding must have at least this severity. */
  readonly severity?: Severity | undefined;
  /** An active finding must have a fix, or must have none. */
  readonly fixable?: boolean | undefined;
  /** Id or alias of a vulnerability that it must have; case does not count. */
  readonly vulnerability?: string | undefined;
  /** Package, or source of one, with a finding; `*` stands for any text, and case does not count. */
  readonly package?: string | undefined;
  /** Further condition on an active finding. */
  readonly finding?: Condition | undefined;
  /** Part of `<login server>/<repository>` with a tag or the digest; case does not count. */
  readonly text?: string | undefined;
  /** True: it runs. False: clusters report, and none has it. */
  readonly running?: boolean | undefined;
  /** Also images that are below an index of the list. */
  readonly children?: boolean | undefined;
  /** Also images that lost their tags, or these alone. Otherwise they are left out. */
  readonly untagged?: (typeof untaggedWords)[number] | undefined;
}

export const untaggedWords = ['include', 'only'] as const;

export const imageSorts = ['critical', 'severity', 'fixable', 'since', 'repository', 'status'] as const;

export interface ImageSort {
  readonly by: (typeof imageSorts)[number];
  readonly descending: boolean;
}

/** The count of an image. One that is not known lies below all that are. */
const known = (column: string): string => `case when counted then coalesce(${column}, 0) else -1 end`;

const severityKeys: readonly string[] = severities.map((severity) => known(severity.toLowerCase()));

const sortKeys: Readonly<Record<ImageSort['by'], readonly string[]>> = {
  critical: severityKeys,
  severity: severityKeys,
  fixable: [known('fixable')],
  since: ['coalesce(since_ms, -1)'],
  repository: ['repository'],
  status: [statusRank],
};

/** Ends with what is particular to a placement. */
const keysOf = (sort: ImageSort | undefined): readonly SortKey[] => [
  ...(sort ? sortKeys[sort.by].map((sql) => ({ sql, descending: sort.descending })) : []),
  { sql: 'registry_key' },
  { sql: 'repository' },
  { sql: 'digest' },
];

const name = "login_server || '/' || repository";
/** Every name by which the image can be pulled. */
const names = [
  `${name} || '@' || digest`,
  `case when tags <> '' then ${name} || ':' || replace(tags, chr(10), chr(10) || ${name} || ':') end`,
];

/** A condition that a finding is in a package, by its name or that of its source. */
const ofPackage = (glob: string): Condition => {
  const isNamed = (column: string): string => oneOfTexts(column, 'regexp_full_match(lower(text), $package)');
  return {
    where: `(${isNamed('package')} or ${isNamed('source_package')})`,
    values: { package: patternOf(glob.toLowerCase()) },
  };
};

/** True of a filter with a condition that counts of an image do not answer. */
export const asksFindings = (filter: ImageFilter): boolean => havingFinding(filter)?.isOfFindings ?? false;

/** A condition on an image, or on findings of which it, or an image below it, must have one. */
type HavingFinding = Condition & { readonly isOfFindings?: true };

const havingFinding = ({
  severity,
  fixable,
  vulnerability,
  package: of,
  finding,
  untagged,
}: ImageFilter): HavingFinding | undefined => {
  const isAboutActive = severity !== undefined || fixable !== undefined || finding !== undefined;
  if (!isAboutActive && vulnerability === undefined && of === undefined) return undefined;
  if (vulnerability === undefined && of === undefined && finding === undefined) {
    // For either of them alone the counts of the image are enough.
    if (fixable === undefined && severity !== undefined)
      return {
        where: `counted and ${atLeast(severity)
          .map((each) => `coalesce(${each.toLowerCase()}, 0)`)
          .join(' + ')} > 0`,
        values: {},
      };
    if (severity === undefined && fixable === true)
      return { where: 'counted and coalesce(fixable, 0) > 0', values: {} };
  }
  const { where, values } = allOf([
    {
      where: `${meets({ severity, fixable, ...(isAboutActive ? { state: 'active' } : {}) })} and ${
        untagged ? ofApplicable : inSums
      }`,
      values: {},
    },
    ...(vulnerability === undefined ? [] : [ofVulnerability(vulnerability)]),
    ...(of === undefined ? [] : [ofPackage(of)]),
    ...(finding ? [finding] : []),
  ]);
  return { where, values, isOfFindings: true };
};

/** A condition on the tags of an image, as a list has it. */
const taggedAs = ({ untagged }: Pick<ImageFilter, 'untagged'>): Condition => ({
  where: { include: 'true', only: 'coalesce(untagged, false)', out: `not (${isLeftOut})` }[untagged ?? 'out'],
  values: {},
});

/** The conditions on the place and the names of an image, and on its own place in the list. */
const named = (filter: ImageFilter, { indexes }: Nesting): Condition =>
  allOf([
    placedIn(filter),
    taggedAs(filter),
    ...(filter.children ? [] : [{ where: 'not is_part', values: {} }]),
    ...(filter.text === undefined
      ? []
      : [
          {
            where:
              indexes === 0
                ? containsText(names, '$text')
                : `(${containsText(names, '$text')} or image in (
                    select parent from below where ${containsText(['digest'], '$text')}))`,
            values: { text: filter.text.toLowerCase() },
          },
        ]),
  ]);

const strings = (parameter: string): string => `(select unnest(from_json(${parameter}, '["varchar"]')))`;

/**
 * Common table expressions, of which `located` has each image that runs or may run: `running`, the clusters that are
 * known to run it or an image below it, and `may_run`, true if another one may. Needs `$now`.
 */
const located = ({ indexes }: Nesting): string => `${seenRunning},
  located as materialized (
    select image, string_agg(distinct cluster, ' ' order by cluster) filter (where is_known) as running,
      bool_or(not is_known) as may_run
    from (select image, digest from images
      ${indexes === 0 ? '' : 'union select parent, digest from below'}) join seen using (digest) group by image)`;

/** Conditions on what is shown of an image. */
const standing = ({ statuses, reasons }: ImageFilter): Condition =>
  allOf([
    ...(statuses
      ? [{ where: `status in ${strings('$statuses')}`, values: { statuses: JSON.stringify(statuses) } }]
      : []),
    ...(reasons
      ? [
          {
            where: `(reason in ${strings('$reasons')} or split_part(reason, '/', 1) in ${strings('$reasons')})`,
            values: { reasons: JSON.stringify(reasons) },
          },
        ]
      : []),
  ]);

const isKnownToRun = 'running is not null';
const isKnownNotToRun = 'running is null and not coalesce(may_run, false) and exists (select 1 from clusters)';

const columns = `image, registry_key, registry_id, login_server, repository, digest, kind, os, tags, pushed_at,
  counted, critical, high, medium, low, unknown, fixable, exempt, since_ms, demonstration, untagged, status, reason`;
const runningColumn = `case when ${isKnownToRun} then running when ${isKnownNotToRun} then '' else '?' end as running`;

/**
 * True of a row whose findings may be others than the known ones. A part of an index that is unknown as a whole is not
 * counted beside it; one of an index with another status is.
 */
const isUnknownRow = ({ indexes }: Nesting): string =>
  indexes === 0
    ? isUnknown
    : `${isUnknown} and (not is_part
        or image not in (select id from below where parent in (select image from rows where ${isUnknown})))`;

/**
 * The placements that meet the filter, but for their standing, as `matched`. `unknown` is the number of images whose
 * findings may be others than the known ones, and `leftOut` of those that are left out without their tags: conditions
 * on findings do not apply to them.
 *
 * @param hasRunning whether the column `running` is needed
 */
const matched = (
  filter: ImageFilter,
  times: StatusTimes,
  nesting: Nesting,
  hasRunning = false,
): { readonly sql: string; readonly unknown: string; readonly leftOut: string } & Pick<Condition, 'values'> => {
  const readable = below('registry_key', filter.prefixes);
  const [place, finding] = [named(filter, nesting), havingFinding(filter)];
  const runs = filter.running === undefined ? 'true' : filter.running ? isKnownToRun : isKnownNotToRun;
  const isLocated = hasRunning || filter.running !== undefined;
  // Findings below an index that is not applicable are none of that index.
  const has = finding?.isOfFindings
    ? "status <> 'not-applicable' and image in (select image from hits)"
    : (finding?.where ?? 'true');
  const hits = finding?.isOfFindings
    ? `found as materialized (select distinct image from findings where ${finding.where}),
  hits as (select image from found${
    nesting.indexes === 0 ? '' : ' union select parent from below join found on found.image = below.id'
  }),`
    : '';
  return {
    unknown: finding
      ? `select count(*) from rows where ${isUnknown} and ${place.where}`
      : `select count(*) from matched where ${isUnknown}`,
    leftOut: filter.untagged
      ? 'select 0'
      : `select count(*) from rows where ${isLeftOut} and ${named({ ...filter, untagged: 'include' }, nesting).where}`,
    sql: `with ${withShownStatuses(readable.where, nesting)}, ${hits} ${isLocated ? `${located(nesting)},` : ''}
  matched as materialized (
    select ${columns}${hasRunning ? `, ${runningColumn}` : ''}
    from rows ${isLocated ? 'left join located using (image)' : ''} where ${place.where} and ${has} and ${runs})`,
    values: { ...statusValues(times), ...readable.values, ...place.values, ...finding?.values },
  };
};

const nestingOf = (query: RunQuery, { prefixes }: PlaceFilter): Promise<Nesting> =>
  nestingIn(query, below('registry_key', prefixes));

/** Images whose findings a list about findings may lack, by why. */
export interface ImagesBeside {
  /** Without a final result: they may have findings that are not known. */
  readonly unknownImages: number;
  /** Left out, since they lost their tags and do not run. */
  readonly untaggedImages: number;
}

export const imagesBeside = async (query: RunQuery, places: PlaceFilter, times: StatusTimes): Promise<ImagesBeside> => {
  const readable = below('registry_key', places.prefixes);
  const { where, values } = placedIn(places);
  const nesting = await nestingOf(query, places);
  const [row] = await query<{ unknown: number; untagged: number }>(
    `with ${withShownStatuses(readable.where, nesting)}
    select count(*) filter (where ${isUnknownRow(nesting)} and not ${isLeftOut})::integer as unknown,
      count(*) filter (where ${isLeftOut} and not is_part)::integer as untagged
    from rows where ${where}`,
    { ...statusValues(times), ...readable.values, ...values },
  );
  return { unknownImages: row?.unknown ?? 0, untaggedImages: row?.untagged ?? 0 };
};

/** Numbers of a list of images. */
export interface ImageTotals {
  /** Images that the filter shows. */
  readonly total: number;
  /** Images that the caller may read, without those below an index. */
  readonly all: number;
  /** By status, with all filters except those of status and reason. */
  readonly counts: Readonly<Record<ShownStatus, number>>;
  /** Findings of the shown images that rules disable. */
  readonly hidden: number;
  /** Images without a final result, by place and text alone, also those that conditions on findings leave out. */
  readonly unknown: number;
  /** Images that lost their tags, by place and text alone, if the list leaves them out. */
  readonly untagged: number;
}

const noImages: ImageTotals['counts'] = {
  unhealthy: 0,
  undetermined: 0,
  healthy: 0,
  'not-applicable': 0,
  scanning: 0,
  queued: 0,
};

interface CountedStatus {
  readonly status: ShownStatus;
  readonly count: number;
  readonly total: number;
  readonly hidden: number;
}

const totalsOf = (
  counted: readonly CountedStatus[],
  { all, unknown, untagged }: Pick<ImageTotals, 'all' | 'unknown' | 'untagged'>,
): ImageTotals => ({
  total: counted.reduce((sum, { total }) => sum + total, 0),
  all,
  counts: Object.assign(
    { ...noImages },
    ...counted.map(({ status, count }) => ({ [status]: count })),
  ) as ImageTotals['counts'],
  hidden: counted.reduce((sum, { hidden }) => sum + hidden, 0),
  unknown,
  untagged,
});

/** A placement in a list. */
export interface ListedImage {
  readonly id: string;
  readonly position: readonly KeyValue[];
}

export interface PageOptions {
  readonly sort?: ImageSort | undefined;
  readonly after?: readonly KeyValue[] | undefined;
  readonly size: number;
}

/** The placements of a page in their order, and the numbers of the whole list. */
export const imagePage = async (
  query: RunQuery,
  filter: ImageFilter,
  times: StatusTimes,
  { sort, after, size }: PageOptions,
): Promise<{ readonly page: readonly ListedImage[]; readonly totals: ImageTotals }> => {
  const nesting = await nestingOf(query, filter);
  const keys = keysOf(sort);
  const page = keysetPage(keys, after);
  const { sql, values, unknown, leftOut } = matched(filter, times, nesting);
  const is = standing(filter);
  const isListed = filter.children ? 'true' : 'not is_part';
  const rows = await query<{ id: string | null; totals: string; unknown: number; untagged: number; every: number }>(
    `${sql},
  counts as (
    select coalesce(to_json(list(each)), '[]')::varchar as totals, (${unknown})::integer as unknown,
      (${leftOut})::integer as untagged,
      (select count(*) from rows where ${isListed})::integer as every from (
      select status, count(*) as count, count(*) filter (where ${is.where}) as total,
        coalesce(sum(case when counted then exempt end) filter (where ${is.where}), 0) as hidden
      from matched group by status) each),
  page as (
    select image::varchar as id, ${page.select} from matched where ${is.where} and ${page.where}
    order by ${page.orderBy} limit ${size})
  select * from counts left join page on true
  order by ${keys.map(({ descending }, at) => `key${at}${descending ? ' desc' : ''}`).join(', ')}`,
    { ...values, ...is.values, ...page.values },
  );
  return {
    totals: totalsOf(JSON.parse(rows[0]?.totals ?? '[]') as CountedStatus[], {
      all: rows[0]?.every ?? 0,
      unknown: rows[0]?.unknown ?? 0,
      untagged: rows[0]?.untagged ?? 0,
    }),
    page: rows.flatMap((row) => (row.id === null ? [] : [{ id: row.id, position: positionIn({ ...row }, keys) }])),
  };
};

/** The cells of an image in a table, from narrow columns alone. */
export interface ImageListLine {
  readonly registry_id: string;
  readonly login_server: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: string | null;
  readonly kind: string | null;
  readonly os: string | null;
  readonly pushed_at: string | null;
  readonly status: ShownStatus;
  readonly reason: string | null;
  readonly since_ms: bigint | null;
  readonly counted: boolean | null;
  readonly critical: number | null;
  readonly high: number | null;
  readonly medium: number | null;
  readonly low: number | null;
  readonly unknown: number | null;
  readonly fixable: number | null;
  readonly exempt: number | null;
  readonly demonstration: boolean;
  readonly untagged: boolean | null;
  /** Clusters with spaces between; `?` if nothing is known. */
  readonly running: string;
}

/** The filter of a request that may name an upgrade. */
export const filterOf = async (query: RunQuery, filter: ImageFilter, fix: NamedFix | undefined): Promise<ImageFilter> =>
  fix ? { ...filter, finding: await closedBy(query, filter.prefixes, fix) } : filter;

/** The statement for the lines of all placements that the filter shows, in their order. */
export const imageLines = async (
  query: RunQuery,
  filter: ImageFilter,
  times: StatusTimes,
  sort: ImageSort | undefined,
): Promise<SqlStatement> => {
  const { sql, values } = matched(filter, times, await nestingOf(query, filter), true);
  const is = standing(filter);
  return {
    sql: `${sql} select * exclude (image, registry_key) from matched where ${is.where}
    order by ${keysetPage(keysOf(sort), undefined).orderBy}`,
    values: { ...values, ...is.values },
  };
};

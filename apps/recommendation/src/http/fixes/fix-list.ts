import { severities, type BySeverity, type Severity } from '@assay/events';
import { languages } from '@assay/read-model/placement/languages';
import { compareVersions, highestVersion, versionsIn } from '../../domain/versions.ts';
import { among, type RunQuery } from '@assay/read-model/store/duckdb';
import { allOf, atLeast, meets, inSums, ofApplicable, type Condition } from '@assay/read-model/store/finding-filter';
import { keysetPage, positionIn, type KeyValue, type SortKey } from '@assay/read-model/store/keyset';
import { placedIn, type PlaceFilter } from '@assay/read-model/store/place-filter';
import { imagesRunning } from '@assay/read-model/placement/running';
import { below } from '@assay/read-model/store/readable';
import { upgradeCommand } from './upgrade-command.ts';

export interface FixFilter extends PlaceFilter {
  /** The least severity of findings that count. */
  readonly severity?: Severity | undefined;
  /** Only what closes findings of this image. */
  readonly digest?: string | undefined;
  /** The time by which it is known what runs, ms since the epoch. */
  readonly now: number;
}

/** One package to upgrade, and what that closes. */
export interface Fix {
  /** The source package, if it is known. */
  readonly package: string;
  readonly type: string;
  /** The system whose package it is, such as `debian 13.0`; absent for a package of a language. */
  readonly system?: string;
  /** The binary packages that are installed of it, by name. */
  readonly packages: readonly string[];
  /** The version that closes all of these findings. */
  readonly fixed: string;
  /** The line to type, if one is known. */
  readonly command?: string;
  /** The installed versions, at most five. */
  readonly installed: readonly string[];
  /** Active findings that the upgrade closes. */
  readonly closes: number;
  /** All active findings of the images that have one of them. */
  readonly of: number;
  readonly images: number;
  /** Those of them that run. Absent if no cluster ever reported. */
  readonly running?: number;
  /** The findings that it closes, by severity. */
  readonly bySeverity: BySeverity;
  readonly worst: Severity;
  /** The first five by name. */
  readonly repositories: readonly string[];
  readonly repositoryCount: number;
}

/** More than a page shows. */
const mostShown = 5;

const isOfSystem = (type: string): string =>
  `${type} not in (${Object.keys(languages)
    .map((each) => `'${each}'`)
    .join(', ')})`;

/**
 * A number and the name of the system of each image, for a group by numbers rather than by texts. A package of a system
 * is fixed by that system's own version, so other systems have other fixes.
 */
const systems = `systems as materialized (
    select image, row_number() over ()::integer as id, registry_key, repository,
      dense_rank() over (order by os_family, os_version)::integer as number,
      trim(coalesce(os_family, '') || ' ' || coalesce(os_version, '')) as name
    from images)`;

/** An image that is asked for by its digest has its upgrades without a tag, too. */
const closing = ({ severity, digest }: Pick<FixFilter, 'severity' | 'digest'>): string =>
  `${meets({ severity, fixable: true, state: 'active' })} and ${digest === undefined ? inSums : ofApplicable}`;

const ofDigest = ({ digest }: FixFilter): readonly Condition[] =>
  digest === undefined ? [] : [{ where: 'digest = $digest', values: { digest } }];

const columnOf = (severity: Severity): string => severity.toLowerCase();
const counted = (sum: string): string =>
  severities
    .map((each) => `(coalesce(${sum} filter (where severity = '${each}'), 0))::integer as ${columnOf(each)}`)
    .join(', ');

/** An upgrade that closes more of the worst comes first: in images that run, then in all. */
const keys: readonly SortKey[] = [
  ...severities.map((severity) => ({ sql: `running_${columnOf(severity)}`, descending: true })),
  ...severities.map((severity) => ({ sql: columnOf(severity), descending: true })),
  { sql: 'type' },
  { sql: 'name' },
  { sql: 'system' },
];

interface GroupRow extends Record<Lowercase<Severity>, number> {
  name: string | null;
  type: string;
  system: string;
  total: number;
  running: number | null;
}

interface VersionsRow {
  packages: string;
  fixed: string;
  installed: string;
}

interface DetailRow extends VersionsRow {
  n: number;
  images: number;
  open: number;
  repositories: string;
  repository_count: number;
}

/** Findings with what groups them; needs `systems`. */
const grouped = (where: string): string => `
  select f.row, f.package_type as type, coalesce(f.source_package, f.package) as name, f.package, f.fixed_version,
    f.installed_version, case when ${isOfSystem('f.package_type')} then systems.name else '' end as system, systems.id
  from (select rowid as row, * from findings where ${where}) f join systems on systems.image = f.image`;

/** Common table expressions with all groups of a list, with the values of their parameters. */
interface Groups {
  readonly sql: string;
  readonly values: Condition['values'];
}

/** The fixes by a look at each finding. */
const foundGroups = (filter: FixFilter): Groups => {
  const { where, values } = allOf([placedIn(filter), ...ofDigest(filter), { where: closing(filter), values: {} }]);
  return {
    sql: `${systems},
    counted as (
      select f.package_type, f.source_package, f.package, f.severity, systems.number, count(*) as n
      from (select * from findings where ${where}) f join systems on systems.image = f.image group by all),
    groups as materialized (
      select package_type as type, coalesce(source_package, package) as name,
        case when ${isOfSystem('package_type')} then named.name else '' end as system, ${counted('sum(n)')}
      from counted join (select distinct number, name from systems) named using (number) group by 1, 2, 3)`,
    values,
  };
};

/** The fixes by the kept counts. */
const keptGroups = (filter: FixFilter): Groups => {
  const { where, values } = placedIn(filter);
  const asked = atLeast(filter.severity ?? 'Unknown').map(columnOf);
  const sums = severities.map(columnOf).map((column) => (asked.includes(column) ? `sum(${column})` : '0'));
  return {
    sql: `groups as materialized (
      select package_type as type, name, system,
        ${severities.map((severity, at) => `${sums[at]}::integer as ${columnOf(severity)}`).join(', ')}
      from fix_counts where ${where} group by package_type, name, system having ${sums.join(' + ')} > 0)`,
    values,
  };
};

/**
 * Common table expressions, of which `in_use` has the upgrades that close findings of images that run, and of those
 * below an index that runs. Needs `$now`, and the parameters of `foundGroups`.
 */
const inUse = (filter: FixFilter, where: string): string => `${imagesRunning},
  run as materialized (
    select image, trim(coalesce(os_family, '') || ' ' || coalesce(os_version, '')) as system from images
    where image in (select image from run_in where running is not null)),
  in_use as materialized (
    select package_type as type, coalesce(source_package, package) as name,
      case when ${isOfSystem('package_type')} then run.system else '' end as system,
      count(distinct image)::integer as running,
      ${severities
        .map((each) => `count(*) filter (where severity = '${each}')::integer as running_${columnOf(each)}`)
        .join(', ')}
    from (select * from findings where ${where}) join run using (image) group by 1, 2, 3)`;

/** The counts are kept by registry. */
const isKept = ({ repository, digest }: FixFilter): boolean => repository === undefined && digest === undefined;

export const fixPage = async (
  query: RunQuery,
  filter: FixFilter,
  { after, size }: { readonly after?: readonly KeyValue[] | undefined; readonly size: number },
): Promise<{ readonly value: readonly Fix[]; readonly total: number; readonly next?: readonly KeyValue[] }> => {
  const page = keysetPage(keys, after);
  const { sql: groups, values } = isKept(filter) ? keptGroups(filter) : foundGroups(filter);
  const used = allOf([placedIn(filter), ...ofDigest(filter), { where: closing(filter), values: {} }]);
  const [cluster] = await query('select 1 from clusters limit 1');
  const rows = await query<GroupRow>(
    `with ${groups}, ${inUse(filter, used.where)},
    ranked as (
      select groups.*, ${cluster ? 'coalesce(running, 0)' : 'null'} as running, ${severities
        .map((each) => `coalesce(running_${columnOf(each)}, 0) as running_${columnOf(each)}`)
        .join(', ')}
      from groups left join in_use using (type, name, system)),
    page as (select *, ${page.select} from ranked where ${page.where} order by ${page.orderBy} limit ${size + 1})
    select (select count(*) from groups)::integer as total, page.* from (select 1) left join page on true
    order by ${keys.map(({ descending }, at) => `key${at}${descending ? ' desc' : ''}`).join(', ')}`,
    { ...values, ...used.values, ...page.values, now: BigInt(filter.now) },
  );
  const found = rows.flatMap((row) => (row.name === null ? [] : [{ ...row, name: row.name }]));
  const shown = found.slice(0, size);
  const last = found.length > size ? shown.at(-1) : undefined;
  const details = await detailsOf(query, filter, shown);
  return {
    value: shown.flatMap((row, n): Fix[] => {
      const detail = details.get(n);
      return detail ? [fixOf(row, detail)] : [];
    }),
    total: rows[0]?.total ?? 0,
    ...(last ? { next: positionIn({ ...last }, keys) } : {}),
  };
};

/** The upgrade alone, without its images. */
export type Upgrade = Pick<
  Fix,
  'package' | 'type' | 'packages' | 'fixed' | 'command' | 'installed' | 'closes' | 'bySeverity'
>;

const upgradeOf = (
  row: Pick<GroupRow, 'type' | Lowercase<Severity>> & { readonly name: string } & VersionsRow,
): Upgrade => {
  const ofSystem = !Object.hasOwn(languages, row.type);
  const bySeverity = Object.fromEntries(
    severities.map((severity) => [severity, row[columnOf(severity) as Lowercase<Severity>]]),
  ) as unknown as BySeverity;
  const newestFirst = (JSON.parse(row.installed) as string[]).toSorted((a, b) => compareVersions(b, a, ofSystem));
  const packages = JSON.parse(row.packages) as string[];
  const fixed = highestVersion(JSON.parse(row.fixed) as string[], ofSystem) ?? '';
  const command = upgradeCommand(row.type, packages, fixed);
  return {
    package: row.name,
    type: row.type,
    packages,
    fixed,
    ...(command === undefined ? {} : { command }),
    installed: newestFirst.slice(0, mostShown),
    closes: Object.values(bySeverity).reduce<number>((sum, count) => sum + Number(count), 0),
    bySeverity,
  };
};

const fixOf = (row: Omit<GroupRow, 'name'> & { readonly name: string }, detail: DetailRow): Fix => {
  const upgrade = upgradeOf({ ...row, ...detail });
  return {
    ...upgrade,
    ...(row.system === '' ? {} : { system: row.system }),
    of: detail.open,
    images: detail.images,
    ...(row.running === null ? {} : { running: row.running }),
    worst: severities.find((severity) => Number(upgrade.bySeverity[severity]) > 0) ?? 'Unknown',
    repositories: JSON.parse(detail.repositories) as string[],
    repositoryCount: detail.repository_count,
  };
};

const versions = `to_json(list_sort(list(distinct package)))::varchar as packages,
  to_json(list(distinct fixed_version))::varchar as fixed,
  to_json(list(distinct installed_version))::varchar as installed`;

/**
 * The upgrade that closes the most of the worst findings of some images.
 *
 * @param images their ids
 * @param of the severities that count
 */
export const firstUpgrade = async (
  query: RunQuery,
  images: readonly string[],
  of: readonly Severity[],
): Promise<Upgrade | undefined> => {
  const [row] = await query<Parameters<typeof upgradeOf>[0]>(
    `select package_type as type, coalesce(source_package, package) as name, ${counted('count(*)')}, ${versions}
    from findings where ${among('image', images)} and ${meets({ fixable: true, state: 'active' })}
      and severity in (${of.map((each) => `'${each}'`).join(', ')})
    group by 1, 2 order by ${severities.map((each) => `${columnOf(each)} desc`).join(', ')}, type, name limit 1`,
  );
  return row && upgradeOf(row);
};

const detailsOf = async (
  query: RunQuery,
  filter: FixFilter,
  groups: readonly { readonly type: string; readonly name: string; readonly system: string }[],
): Promise<ReadonlyMap<number, DetailRow>> => {
  if (groups.length === 0) return new Map();
  const { where, values } = allOf([
    placedIn(filter),
    ...ofDigest(filter),
    {
      where:
        `${closing(filter)} and coalesce(source_package, package) in ` +
        `(select unnest(from_json($names, '["varchar"]')))`,
      values: { names: JSON.stringify([...new Set(groups.map(({ name }) => name))]) },
    },
  ]);
  const rows = await query<DetailRow>(
    `with ${systems},
    wanted as (
      select unnest(from_json($groups, '[{"n":"integer","type":"varchar","name":"varchar","system":"varchar"}]'),
        recursive := true)),
    hits as materialized (
      select wanted.n, found.id, found.package, found.fixed_version, found.installed_version
      from (${grouped(where)}) found join wanted using (type, name, system)),
    open as (
      select systems.id, count(*) as open from findings f join systems on systems.image = f.image
      where ${meets({ state: 'active' })} and systems.id in (select id from hits) group by systems.id),
    totals as (
      select n, count(*)::integer as images, sum(open)::integer as open,
        to_json(list_sort(list(distinct repository))[:${mostShown}])::varchar as repositories,
        count(distinct {'registry': registry_key, 'repository': repository})::integer as repository_count
      from (select distinct n, id from hits) reached join systems using (id) join open using (id)
      group by n),
    versions as (select n, ${versions} from hits group by n)
    select * from totals join versions using (n)`,
    { ...values, groups: JSON.stringify(groups.map(({ type, name, system }, n) => ({ n, type, name, system }))) },
  );
  return new Map(rows.map((row) => [row.n, row]));
};

/** One fix as a list names it: `<package>@<version>`. */
export interface NamedFix {
  readonly package: string;
  readonly version: string;
}

/** @returns undefined if it names no version */
export const fixFrom = (text: string): NamedFix | undefined => {
  const at = text.lastIndexOf('@');
  return at > 0 && at < text.length - 1 ? { package: text.slice(0, at), version: text.slice(at + 1) } : undefined;
};

/**
 * A condition on findings: an upgrade of the package to the version closes them. Versions of one system, or of packages
 * of one type, are compared only among themselves, and only where that version fixes something.
 */
export const closedBy = async (query: RunQuery, prefixes: readonly string[], fix: NamedFix): Promise<Condition> => {
  const { where, values } = allOf([
    below('registry_key', prefixes),
    {
      where: `${closing({})} and coalesce(source_package, package) = $fixPackage`,
      values: { fixPackage: fix.package },
    },
  ]);
  const rows = await query<{ type: string; system: string; fixed_version: string }>(
    `with ${systems} select distinct type, system, fixed_version from (${grouped(where)})`,
    values,
  );
  const groups = Map.groupBy(rows, ({ type, system }) => `${type} ${system}`);
  const closed = [...groups.values()].flatMap((group) => {
    const ofSystem = !Object.hasOwn(languages, group[0]?.type ?? '');
    if (!group.some((row) => versionsIn(row.fixed_version).includes(fix.version))) return [];
    return group.filter((row) =>
      versionsIn(row.fixed_version).some((version) => compareVersions(version, fix.version, ofSystem) <= 0),
    );
  });
  return {
    where: `rowid in (with ${systems} select found.row from (${grouped(where)}) found join (
      select unnest(from_json($fixes, '[{"type":"varchar","system":"varchar","fixed_version":"varchar"}]'),
        recursive := true)) fix using (type, system, fixed_version))`,
    values: { ...values, fixes: JSON.stringify(closed) },
  };
};

import type { BySeverity, ClassificationCause, Status } from '@assay/events';
import { rowIds, type RunQuery } from '../store/duckdb.ts';
import { below } from '../store/readable.ts';

/**
 * A place in all partitions of `recommendation.changed`: the next offset of each. It means the same in every replica,
 * and after a rebuild.
 */
export type ChangePosition = readonly number[];

/** The cause of a change: that of the classification, a decline, or time alone. */
export const changeCauses = ['scan', 'rescan', 'rule', 'recall', 'declined', 'time', 'unknown'] as const;
export type ChangeCause = (typeof changeCauses)[number];

/** A status with its counts. */
export interface CountedStatus {
  readonly status: Status;
  readonly reason?: string;
  readonly bySeverity: BySeverity;
}

/** A change of a recommendation, as it was published. */
export interface PublishedChange extends CountedStatus {
  readonly partition: number;
  readonly offset: number;
  readonly atMs: number;
  readonly registryKey: string;
  readonly subscriptionId: string;
  readonly registryId: string;
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
  /** Absent for the first recommendation about an image. */
  readonly before?: CountedStatus;
  readonly cause: ChangeCause;
  readonly fixable: number;
  readonly exempt: number;
  /** True if it is the first answer to a push, or states that a push has none in time. */
  readonly isPush: boolean;
}

interface Row {
  row: bigint;
  partition: number;
  offset: bigint;
  at_ms: bigint;
  registry_key: string;
  subscription_id: string;
  registry_id: string;
  login_server: string;
  repository: string;
  digest: string;
  previous: string | null;
  status: Status;
  reason: string | null;
  critical: number;
  high: number;
  medium: number;
  low: number;
  unknown: number;
  fixable: number;
  exempt: number;
  lapse: boolean;
  classification: number;
  cause: ClassificationCause | null;
  is_push: boolean;
}

/** The first answer to each push. */
const earliest = 'select image, push, min("offset") as first from changes where not lapse';
/** Whether a change `c` is, or precedes, the first answer `e` to its push. */
const isFirst = 'coalesce(e.first >= c."offset", true)';

/** Some changes, with what other tables know of them. */
const chosen = `with chosen as (
    select rowid as row, image, partition, "offset", at_ms, registry_key, previous, status, reason, critical, high,
      medium, low, unknown, fixable, exempt, lapse, verdict, classification, push
    from changes where rowid in (select unnest($rows::bigint[]))),
  classified as (
    select image, verdict, classification, any_value(cause) as cause from answers
    where image in (select image from chosen) and classification > 0 group by all),
  earlier as (
    ${earliest} and image in (select image from chosen) group by all)
select c.*, i.subscription_id, i.registry_id, i.login_server, i.repository, i.digest, k.cause,
  ${isFirst} as is_push
from chosen c
join images i on i.image = c.image
left join classified k on k.image = c.image and k.verdict = c.verdict and k.classification = c.classification
left join earlier e on e.image = c.image and e.push = c.push`;

const causeIn = ({ lapse, classification, cause }: Row): ChangeCause =>
  lapse ? 'time' : classification === 0 ? 'declined' : (cause ?? 'unknown');

const changeIn = (row: Row): PublishedChange => ({
  partition: row.partition,
  offset: Number(row.offset),
  atMs: Number(row.at_ms),
  registryKey: row.registry_key,
  subscriptionId: row.subscription_id,
  registryId: row.registry_id,
  registry: row.login_server,
  repository: row.repository,
  digest: row.digest,
  ...(row.previous === null ? {} : { before: JSON.parse(row.previous) as CountedStatus }),
  status: row.status,
  ...(row.reason === null ? {} : { reason: row.reason }),
  cause: causeIn(row),
  bySeverity: { Critical: row.critical, High: row.high, Medium: row.medium, Low: row.low, Unknown: row.unknown },
  fixable: row.fixable,
  exempt: row.exempt,
  isPush: row.is_push,
});

/** Reads whole changes, in the order of their places in the table. Only those are decompressed. */
const changesAt = async (query: RunQuery, places: readonly { row: bigint }[]): Promise<readonly PublishedChange[]> => {
  if (places.length === 0) return [];
  const rows = await query<Row>(chosen, { rows: rowIds(places.map(({ row }) => row)) });
  const byRow = new Map(rows.map((row) => [row.row, row]));
  return places.flatMap(({ row }) => {
    const found = byRow.get(row);
    return found ? [changeIn(found)] : [];
  });
};

/**
 * SQL: the rows of the next changes from a position on. Each partition is read in the order of its offsets up to the
 * number that is wanted. DuckDB then skips all parts of the table whose offsets lie behind those, so the work does not
 * grow with the number of changes behind the position.
 */
export const rowsFrom = (position: ChangePosition, most: number): string => {
  const next = position.map(
    (offset, partition) => `(select rowid as row, partition, "offset", at_ms from changes
      where partition = ${partition} and "offset" >= ${offset} order by "offset" limit ${most})`,
  );
  return `select row from (
      select row, partition, "offset", max(at_ms) over (partition by partition order by "offset") as latest_ms
      from (${next.join(' union all ')}))
    order by latest_ms, partition, "offset" limit ${most}`;
};

/**
 * The changes from a position on, in an order that keeps that of each partition. So any part of the answer from its
 * beginning on ends at a position.
 */
export const changesFrom = async (
  query: RunQuery,
  position: ChangePosition,
  most: number,
): Promise<readonly PublishedChange[]> => changesAt(query, await query(rowsFrom(position, most)));

export type LatestPosition = readonly [atMs: number, partition: number, offset: number];

/** The changes that a caller asks about, among those that the caller may read. */
export interface ChangeFilter {
  /** Prefixes of the keys of registries. */
  readonly prefixes: readonly string[];
  /** Only answers to pushes, or only other changes; both without it. */
  readonly isPush?: boolean | undefined;
}

/** Whether a filter lets a change through. */
export const isAmong = (
  { prefixes, isPush }: ChangeFilter,
  change: Pick<PublishedChange, 'registryKey' | 'isPush'>,
): boolean =>
  prefixes.some((prefix) => change.registryKey.startsWith(prefix)) && (isPush ?? change.isPush) === change.isPush;

/**
 * A page of changes, the newest first.
 * @param after the last change of the page before
 */
export const latestChanges = async (
  query: RunQuery,
  { prefixes, isPush }: ChangeFilter,
  size: number,
  after?: LatestPosition,
): Promise<readonly PublishedChange[]> => {
  const { where, values } = below('registry_key', prefixes);
  const [ms, partition, offset] = after ?? [0, 0, 0];
  return changesAt(
    query,
    await query(
      `select c.rowid as row from changes c
      ${isPush === undefined ? '' : `left join (${earliest} group by all) e on e.image = c.image and e.push = c.push`}
      where ${where} and ${isPush === undefined ? 'true' : `${isFirst} = ${isPush}`} and (not $paged
        or (at_ms, partition, "offset") < ($ms::bigint, $partition::integer, $offset::bigint))
      order by at_ms desc, partition desc, "offset" desc limit ${size}`,
      { ...values, paged: after !== undefined, ms: BigInt(ms), partition, offset: BigInt(offset) },
    ),
  );
};

/** The position behind every change that this snapshot of the tables holds. */
export const positionIn = async (query: RunQuery, partitions: number): Promise<ChangePosition> => {
  const rows = await query<{ partition: number; next: bigint }>(
    "select partition, next from positions where topic = 'recommendation.changed'",
  );
  const next = new Map(rows.map((row) => [row.partition, Number(row.next)]));
  return Array.from({ length: partitions }, (_, partition) => next.get(partition) ?? 0);
};

/** The position behind a change. */
export const behind = (position: ChangePosition, { partition, offset }: PublishedChange): ChangePosition =>
  position.with(partition, Math.max(position[partition] ?? 0, offset + 1));

/** Whether a change lies at a position or behind it. */
export const isFrom = (position: ChangePosition, { partition, offset }: PublishedChange): boolean =>
  offset >= (position[partition] ?? 0);

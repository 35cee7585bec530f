import { databaseRecalled, scannerRecalled } from '@assay/verdict';
import { isDemonstration } from './demonstration.ts';
import type { RunQuery } from '../store/duckdb.ts';
import { isLeftOut } from '../store/left-out.ts';
import { daysUntil, missingImages } from './ledger.ts';
import { registriesByKey } from '../placement/registry-keys.ts';
import { nestingIn, statusValues, withShownStatuses, type StatusTimes } from '../placement/shown-statuses.ts';
import { shownStatuses, type ShownStatus } from '../placement/status.ts';

/** Number of images of one status in one registry. */
export interface StatusCount {
  /** Login server, lower case. */
  readonly registry: string;
  readonly status: ShownStatus;
  readonly count: number;
}

/** Numbers of the whole estate, each the same as the API shows it to a reader of everything. */
export interface EstateFigures {
  /** Every status of every registry, with zeros: `/assay/images` has the sums. */
  readonly images: readonly StatusCount[];
  /** Images that are undetermined because a push has no answer in time: reason `overdue` of `/assay/images`. */
  readonly overdue: number;
  /**
   * Pushes of the last 14 days that the ledger misses (`missing` of `/assay/coverage`), without those whose image is
   * shown as overdue.
   */
  readonly missing: readonly { readonly registry: string; readonly count: number }[];
  /** Images that are undetermined by a recall of a scanner or a database, as `/assay/images` shows them. */
  readonly recalled: number;
  /** See `chargeMismatch`. */
  readonly mismatch: number;
  /** Whether the demonstration database is in use, as `/assay/me` has it. */
  readonly demonstration: boolean;
}

/** Time that billing has for a charge, ms. Before, neither a first result nor a charge is alone. */
const settleMs = 15 * 60_000;

/** Removed registries have none of their own, but their images are counted. */
const registriesIn = async (query: RunQuery): Promise<readonly string[]> => {
  const rows = await query<{ registry: string }>(
    "select distinct lower(data ->> '$.loginServer') as registry from registries where not removed order by all",
  );
  return rows.map(({ registry }) => registry);
};

interface CountedRow {
  readonly registry: string;
  readonly status: ShownStatus;
  readonly count: number;
  readonly overdue: number;
  readonly recalled: number;
}

const countedIn = async (query: RunQuery, times: StatusTimes): Promise<readonly CountedRow[]> =>
  query<CountedRow>(
    `with ${withShownStatuses('true', await nestingIn(query, { where: 'true', values: {} }))}
    select lower(login_server) as registry, status, count(*) filter (where not is_part)::integer as count,
      count(*) filter (where reason = 'overdue' and coalesce(kind, '') <> 'index')::integer as overdue,
      count(*) filter (where reason in ('${scannerRecalled}', '${databaseRecalled}')
        and coalesce(kind, '') <> 'index')::integer as recalled
    from rows where not ${isLeftOut} group by all`,
    statusValues(times),
  );

/** Sums by registry, with a zero for each registry that has none. */
const byRegistry = (
  registries: readonly string[],
  counted: readonly { readonly registry: string; readonly count: number }[],
): EstateFigures['missing'] => {
  const sums = new Map(registries.map((registry) => [registry, 0]));
  for (const { registry, count } of counted) sums.set(registry, (sums.get(registry) ?? 0) + count);
  return [...sums].map(([registry, count]) => ({ registry, count }));
};

const missingIn = async (
  query: RunQuery,
  registries: readonly string[],
  times: StatusTimes,
): Promise<EstateFigures['missing']> => {
  const missing = await missingImages(query, { prefixes: [''], ...daysUntil(times.now), ...times });
  if (missing.length === 0) return byRegistry(registries, []);
  const overdue = await query<{ image: string }>(
    `with ${withShownStatuses('true', await nestingIn(query, { where: 'true', values: {} }))}
    select image::varchar as image from shown where reason = 'overdue'`,
    statusValues(times),
  );
  const known = new Set(overdue.map(({ image }) => image));
  const names = await registriesByKey(query);
  return byRegistry(
    registries,
    missing
      .filter(({ image }) => !known.has(image))
      .map(({ registryKey }) => ({
        registry: (names.get(registryKey)?.registry ?? registryKey).toLowerCase(),
        count: 1,
      })),
  );
};

/**
 * Number of faults between what was assessed and what was charged, as both were published. A subscription pays once for
 * an image, at its first result. So these are faults:
 * - an image of a subscription that was healthy or unhealthy 15 minutes ago or before, and has no charge;
 * - one that was charged 15 minutes ago or before, and was never healthy or unhealthy;
 * - each further charge of an image of a subscription.
 *
 * Corrections count as no charge. An image that waits for a price is a fault here, since the log has no prices: the
 * number of those is `assay.charges.waiting`.
 *
 * @param now ms since the epoch
 */
const chargeMismatch = async (query: RunQuery, now: number): Promise<number> => {
  const [row] = await query<{ faults: number }>(
    `with assessed as (
      select i.subscription_id, i.digest, min(a.at_ms) as at_ms
      from (select image, min(at_ms) as at_ms from answers
        where classification > 0 and status in ('healthy', 'unhealthy') group by image) a
      join images i on i.image = a.image group by all),
    charged as (
      select subscription_id, digest, count(*) as charges, min(epoch_ms(time::timestamptz)) as at_ms
      from charges where correction_of is null group by all)
    select coalesce(sum(
      case when c.charges is null then (a.at_ms <= $settled)::integer
        when a.at_ms is null then (c.at_ms <= $settled)::integer else 0 end
      + coalesce(c.charges - 1, 0)), 0)::integer as faults
    from assessed a full join charged c on c.subscription_id = a.subscription_id and c.digest = a.digest`,
    { settled: BigInt(now - settleMs) },
  );
  return row?.faults ?? 0;
};

/**
 * The numbers of the whole estate, of one snapshot.
 * @param times the present time, and the limit of stale results
 */
export const estateFigures = async (query: RunQuery, times: StatusTimes): Promise<EstateFigures> => {
  const registries = await registriesIn(query);
  const counted = await countedIn(query, times);
  return {
    images: shownStatuses.flatMap((status) =>
      byRegistry(
        [...new Set([...registries, ...counted.map(({ registry }) => registry)])],
        counted.filter((each) => each.status === status),
      ).map((each) => ({ ...each, status })),
    ),
    overdue: counted.reduce((sum, { overdue }) => sum + overdue, 0),
    missing: await missingIn(query, registries, times),
    recalled: counted.reduce((sum, { recalled }) => sum + recalled, 0),
    mismatch: await chargeMismatch(query, times.now),
    demonstration: await isDemonstration(query, ['']),
  };
};

import { at } from '@assay/events';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { isLeftOut } from '@assay/read-model/store/left-out';
import { meets, inSums } from '@assay/read-model/store/finding-filter';
import { haltsOfImages } from '@assay/read-model/placement/halted-digests';
import { below } from '@assay/read-model/store/readable';

/** Severities of counts by day, the worst first. */
export const trendSeverities = ['critical', 'high', 'medium', 'low', 'unknown'] as const;
export type TrendSeverity = (typeof trendSeverities)[number];

/** Images at the end of a day, UTC, by their status as it was published. */
export interface TrendDay {
  readonly day: string;
  /** Unhealthy images by their worst finding that counts. */
  readonly unhealthyBySeverity: Readonly<Record<TrendSeverity, number>>;
  readonly healthy: number;
  readonly undetermined: number;
  readonly notApplicable: number;
}

/** Ages of findings that count: less than so many days. The last bucket has all older ones. */
export const ageBuckets = ['<7d', '<30d', '<90d', '<180d', '>=180d'] as const;
const limits = [7, 30, 90, 180];

/** Findings that count now, by the time since they were first seen in their image. */
export interface TrendAges extends Readonly<Record<TrendSeverity, number>> {
  readonly bucket: (typeof ageBuckets)[number];
}

/** The images that are asked about. */
export interface TrendFilter {
  /** Prefixes of the keys of their registries. */
  readonly prefixes: readonly string[];
  /** Beginning of the first day, ms since the epoch. */
  readonly from: number;
  /** End of the last day. */
  readonly until: number;
}

const dayMs = 24 * 60 * 60_000;

const groups = [...trendSeverities, 'healthy', 'undetermined', 'notApplicable'] as const;
type Group = (typeof groups)[number];
const numberOf = (group: Group): number => groups.indexOf(group);

/**
 * The number of the group in which an image counts: an unhealthy one where its worst finding is. An image that was
 * deleted has none (-1). DuckDB takes the last of numbers much faster than that of texts.
 */
const group = `(case when status = 'unhealthy' then case ${trendSeverities
  .slice(0, -1)
  .map((severity) => `when ${severity} > 0 then ${numberOf(severity)}`)
  .join(' ')} else ${numberOf('unknown')} end
  when status = 'healthy' then ${numberOf('healthy')} when status = 'undetermined' then ${numberOf('undetermined')}
  when reason = 'image-deleted' then -1 else ${numberOf('notApplicable')} end)::tinyint`;

const [healthy, undetermined] = [numberOf('healthy'), numberOf('undetermined')];

/**
 * The images that each group gained or lost on each day. Changes before the first day count for that day. All
 * changes of an image lie in one partition, so the highest offset of a day is the last of them. A parked event changes
 * nothing that is published: with one at the end of a day, a healthy image is undetermined. An image that is left out
 * now without its tags counts until the day on which it lost them.
 */
const gains = (where: string): string => `with told as (
    select image, (greatest(at_ms, $from) // ${dayMs})::integer as day, "offset", ${group} as of
    from changes where at_ms < $until and ${where}),
  last as (select image, day, arg_max(of, "offset") as of from told group by image, day),
  halts as materialized (${haltsOfImages(where)}),
  untagged as materialized (
    select image, epoch_ms((state ->> '$.tagged.at')::timestamp) as at_ms from images where ${isLeftOut} and ${where}),
  edges as (
    select image, unnest([from_ms, until_ms]) as at_ms from halts union all select image, at_ms from untagged),
  known as (
    from last union select e.image, e.day, last.of from (
      select image, (greatest(at_ms, $from) // ${dayMs})::integer as day from edges where at_ms < $until) e
    asof join last on e.image = last.image and e.day >= last.day),
  shown as (
    select image, day, case when exists (
        from untagged where untagged.image = known.image and at_ms < (day + 1) * ${dayMs}::bigint) then -1
      when of = ${healthy} and exists (
        from halts where halts.image = known.image and from_ms < (day + 1) * ${dayMs}::bigint
          and coalesce(until_ms >= (day + 1) * ${dayMs}::bigint, true)) then ${undetermined} else of end as of
    from known),
  steps as (select day, of, lag(of, 1, -1) over (partition by image order by day) as before from shown),
  moves as (select day, of, before, count(*) as images from steps where of <> before group by all),
  moved as (
    select day, of, images as gain from moves union all select day, before as of, -images as gain from moves)
select day, of, sum(gain)::integer as gain from moved where of >= 0 group by day, of`;

/** The images of each day by status, from the changes that were published. */
export const statusesByDay = async (query: RunQuery, filter: TrendFilter): Promise<TrendDay[]> => {
  const { where, values } = below('registry_key', filter.prefixes);
  const rows = await query<{ day: number; of: number; gain: number }>(gains(where), {
    ...values,
    from: BigInt(filter.from),
    until: BigInt(filter.until),
  });
  const byDay = Map.groupBy(rows, ({ day }) => day);
  const sums = Object.fromEntries(groups.map((each) => [each, 0])) as Record<Group, number>;
  const days: TrendDay[] = [];
  for (let day = filter.from / dayMs; day < filter.until / dayMs; day += 1) {
    for (const { of, gain } of byDay.get(day) ?? []) sums[at(groups, of)] += gain;
    const { critical, high, medium, low, unknown, ...others } = sums;
    days.push({
      day: new Date(day * dayMs).toISOString().slice(0, 10),
      unhealthyBySeverity: { critical, high, medium, low, unknown },
      ...others,
    });
  }
  return days;
};

/**
 * The ages of all findings that count.
 * @param now ms since the epoch
 */
export const agesOf = async (
  query: RunQuery,
  { prefixes }: Pick<TrendFilter, 'prefixes'>,
  now: number,
): Promise<TrendAges[]> => {
  const { where, values } = below('registry_key', prefixes);
  // Times of events sort as texts: all have the same form.
  const since = limits.map((days) => new Date(now - days * dayMs).toISOString());
  const rows = await query<{ bucket: number; severity: TrendSeverity; findings: number }>(
    `select bucket, lower(severity) as severity, count(*)::integer as findings
    from (select severity, case ${since.map((_, at) => `when first_seen_at > $since${at} then ${at}`).join(' ')}
        else ${since.length} end as bucket
      from findings where ${meets({ state: 'active' })} and ${inSums} and ${where})
    group by all`,
    { ...values, ...Object.fromEntries(since.map((time, at) => [`since${at}`, time])) },
  );
  return ageBuckets.map((bucket, at) => ({
    bucket,
    ...(Object.fromEntries(
      trendSeverities.map((severity) => [
        severity,
        rows.find((row) => row.bucket === at && row.severity === severity)?.findings ?? 0,
      ]),
    ) as Record<TrendSeverity, number>),
  }));
};

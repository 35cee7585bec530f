import type { RunQuery } from '../store/duckdb.ts';

const dayMs = 24 * 3_600_000;
/** A cluster without a report for so long is silent: what runs there now is not known, ms. */
const silentAfterMs = 2 * dayMs;
/** `image.running` comes again each week. Without it for so long, nothing is known of the image there, ms. */
const forgottenAfterMs = 15 * dayMs;

/** The time before which the last report of a silent cluster was, in SQL; needs `$now`. */
const silentBefore = `$now - ${silentAfterMs}`;

/**
 * Common table expression `seen`: where digests run by the last word of each cluster. It is known to be so only where
 * `is_known`. Needs `$now`.
 */
export const seenRunning = `seen as materialized (
  select digest, cluster, namespaces, since, reported_ms >= ${silentBefore} and not forgotten as is_known,
    if(forgotten, seen_ms, reported_ms) as seen_ms
  from (select *, seen_ms < $now - ${forgottenAfterMs} as forgotten from sightings where running) join clusters
    using (cluster))`;

/**
 * Common table expressions, of which `run_in` has each image that runs or may run, by its digest or that of an index
 * which lists it: the clusters that are known to run it, as `running`, and whether others may. Needs `$now`.
 */
export const imagesRunning = `${seenRunning},
  run_in as materialized (
    select image, string_agg(distinct cluster, ' ' order by cluster) filter (where is_known) as running,
      bool_or(not is_known) as may_run
    from (
      select image, digest from images union all
      select id as image, digest from (
        select digest, unnest(from_json(children, '[{"id":"uuid"}]'), recursive := true) from images
        where children is not null)) join seen using (digest) group by image)`;

/** A cluster in which a digest runs, or ran when that was last known. */
export interface RunningIn {
  readonly cluster: string;
  /** Absent where digests alone are reported. */
  readonly namespaces?: readonly string[];
  readonly since: string;
  /** Last report of the cluster that had it. */
  readonly seenAt: string;
  /** True if the cluster has not reported for two days, or no longer names the image: it may run there or not. */
  readonly silent?: true;
}

interface Row {
  digest: string | null;
  cluster: string;
  namespaces: string | null;
  since: string;
  is_known: boolean;
  seen_ms: bigint;
}

/**
 * The clusters in which digests run, by digest.
 *
 * @param now ms since the epoch
 * @returns undefined if no cluster ever reported: then nothing is known
 */
export const runningByDigest = async (
  query: RunQuery,
  digests: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, readonly RunningIn[]> | undefined> => {
  const rows = await query<Row>(
    `with ${seenRunning} select seen.* from (select 1 from clusters limit 1) left join seen
    on digest in (select unnest(from_json($digests, '["varchar"]'))) order by cluster`,
    { now: BigInt(now), digests: JSON.stringify(digests) },
  );
  if (rows.length === 0) return undefined;
  const byDigest = Map.groupBy(rows, ({ digest }) => digest ?? '');
  return new Map([...byDigest].map(([digest, all]) => [digest, all.map(runningIn)]));
};

const runningIn = ({ cluster, namespaces, since, is_known: isKnown, seen_ms: seen }: Row): RunningIn => ({
  cluster,
  ...(namespaces === null ? {} : { namespaces: namespaces.split('\n') }),
  since,
  seenAt: new Date(Number(seen)).toISOString(),
  ...(isKnown ? {} : { silent: true }),
});

/** A cluster and its last report. */
export interface ClusterRecord {
  readonly cluster: string;
  readonly reportedAt: string;
  readonly digests: number;
  readonly silent?: true;
}

/** All clusters that ever reported, by name. */
export const clustersKnown = async (query: RunQuery, now: number): Promise<ClusterRecord[]> => {
  const rows = await query<{ cluster: string; reported_ms: bigint; digests: number; is_silent: boolean }>(
    `select *, reported_ms < ${silentBefore} as is_silent from clusters order by cluster`,
    { now: BigInt(now) },
  );
  return rows.map(({ cluster, reported_ms: at, digests, is_silent: isSilent }) => ({
    cluster,
    reportedAt: new Date(Number(at)).toISOString(),
    digests,
    ...(isSilent ? { silent: true as const } : {}),
  }));
};

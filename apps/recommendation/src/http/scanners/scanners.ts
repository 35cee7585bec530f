import type { RunQuery } from '@assay/read-model/store/duckdb';

/** A system of present images that a build does not know, or of which it lists no packages. */
interface UnreadSystem {
  readonly family: string;
  readonly version: string;
  readonly images: number;
  readonly why: 'not-known' | 'no-packages';
}

/** One build of a scanner: the number of its results, and whether it was recalled. */
export interface ScannerRecord {
  readonly digest: string;
  readonly name?: string;
  readonly version?: string;
  /** Number of present images whose newest result is from this build. */
  readonly images: number;
  readonly recalled?: { readonly by: string; readonly why: string; readonly since: string };
  /** Those of the most images first. A newer build may read them. */
  readonly unread?: readonly UnreadSystem[];
}

interface Row {
  digest: string;
  name: string | null;
  version: string | null;
  images: bigint | null;
  recalled_by: string | null;
  why: string | null;
  since: string | null;
}

/** So many systems are named for a build. */
const mostSystems = 20;

/** The systems that builds do not read, by the digest of the build. */
const unreadSystems = async (query: RunQuery): Promise<ReadonlyMap<string, readonly UnreadSystem[]>> => {
  const rows = await query<Omit<UnreadSystem, 'images'> & { digest: string; images: bigint }>(`with scanned as (
      select os_family as family, coalesce(os_version, '') as version,
        json_extract_string(state, '$.classified.scanner.digest') as digest,
        case when json_extract_string(state, '$.classified.os.known') = 'false' then 'not-known'
          when coalesce(json_extract_string(state, '$.classified.system.count'), '0') = '0' then 'no-packages'
          end as why
      from images where not deleted and os_family not in ('', 'none'))
    select family, version, digest, why, count(*) as images from scanned
    where why is not null and digest is not null group by all order by images desc, family, version`);
  const byBuild = Map.groupBy(rows, ({ digest }) => digest);
  return new Map(
    [...byBuild].map(([digest, systems]) => [
      digest,
      systems
        .slice(0, mostSystems)
        .map(({ family, version, why, images }) => ({ family, version, why, images: Number(images) })),
    ]),
  );
};

/** Every build that was recalled or has a result in use, sorted by digest. */
export const scannersKnown = async (query: RunQuery): Promise<ScannerRecord[]> => {
  const rows = await query<Row>(`with used as (
      select json_extract_string(state, '$.classified.scanner.digest') as digest,
        any_value(json_extract_string(state, '$.classified.scanner.name')) as name,
        any_value(json_extract_string(state, '$.classified.scanner.version')) as version,
        count(*) as images
      from images where not deleted and json_extract_string(state, '$.classified.scanner.digest') is not null
      group by 1)
    select coalesce(u.digest, r.digest) as digest, u.name, u.version, u.images, r.recalled_by, r.why, r.since
    from used u full join recalls r on r.digest = u.digest order by 1`);
  const unread = await unreadSystems(query);
  return rows.map(({ digest, name, version, images, recalled_by: by, why, since }) => ({
    digest,
    ...(name ? { name } : {}),
    ...(version ? { version } : {}),
    images: Number(images ?? 0),
    ...(unread.has(digest) ? { unread: unread.get(digest) ?? [] } : {}),
    ...(since && by !== null && why !== null ? { recalled: { by, why, since } } : {}),
  }));
};

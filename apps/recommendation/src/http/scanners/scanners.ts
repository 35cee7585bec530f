import type { RunQuery } from '@assay/read-model/store/duckdb';

/** One build of a scanner: the number of its results, and whether it was recalled. */
export interface ScannerRecord {
  readonly digest: string;
  readonly name?: string;
  readonly version?: string;
  /** Number of present images whose newest result is from this build. */
  readonly images: number;
  readonly recalled?: { readonly by: string; readonly why: string; readonly since: string };
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
  return rows.map(({ digest, name, version, images, recalled_by: by, why, since }) => ({
    digest,
    ...(name ? { name } : {}),
    ...(version ? { version } : {}),
    images: Number(images ?? 0),
    ...(since && by !== null && why !== null ? { recalled: { by, why, since } } : {}),
  }));
};

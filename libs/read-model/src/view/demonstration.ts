import type { RunQuery } from '../store/duckdb.ts';
import { below } from '../store/readable.ts';

/**
 * Whether the demonstration database is in use: it was the last that a scanner announced, or a present image below the
 * prefixes was assessed with it and with no other since. A mark counts as an assessment of each image that it covers:
 * `writeMarks` sets the column of these.
 */
export const isDemonstration = async (query: RunQuery, prefixes: readonly string[]): Promise<boolean> => {
  const { where, values } = below('registry_key', prefixes);
  const [row] = await query<{ demonstration: boolean }>(
    `select exists (select 1 from advisories where json_extract_string(data, '$.database.demonstration') = 'true')
      or exists (select 1 from images where demonstration and not deleted and ${where}) as demonstration`,
    values,
  );
  return row?.demonstration === true;
};

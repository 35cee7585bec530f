import { decode, targetOf, type BlobReference, type ScanCompleted, type ScanReassessed } from '@assay/events';
import { positionBehind, type LogPosition } from '@assay/messaging';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import type { ImageReads } from '../lanes.ts';

/** Images rarely have this many results; older ones count as missing. */
const mostResults = 500;

/** Offsets of the first pages of a digest's results, the newest first. All are in one partition of one topic. */
const resultsOf = (query: RunQuery, digest: string): Promise<readonly { partition: number; first: bigint }[]> =>
  query(
    `select any_value(partition) as partition, min("offset") as first from timeline ` +
      `where digest = $digest and topic in ('scan.completed', 'scan.reassessed') ` +
      `group by id order by first desc limit ${mostResults}`,
    { digest },
  );

/** A result of the scans of an image. Without a number, the newest one counts. */
export interface ImageResult {
  readonly digest: string;
  readonly result?: number | undefined;
}

/**
 * The name of the inventory of a scan. It is read from the log, at offsets that the view knows.
 * @returns undefined if no result names one
 */
export const inventoryOf = async (
  { history, read }: ImageReads,
  { digest, result: last }: ImageResult,
): Promise<BlobReference | undefined> => {
  for (const { partition, first } of await read((query) => resultsOf(query, digest))) {
    const record = await history.record(
      targetOf({ app: 'view', topic: 'scan.completed', partition, offset: Number(first) }),
    );
    const decoded = record && decode(record.topic, record);
    if (decoded?.kind !== 'event') continue;
    const { packages, result = 0 } = decoded.event.data as Partial<ScanCompleted | ScanReassessed>;
    // A newer result may have been read that the classifier has not answered yet.
    if (packages && result <= (last ?? result)) return packages;
  }
  return undefined;
};

/** The place in the log behind all that is known of the classifications of an image. */
export const classifiedUpTo = async (query: RunQuery, digest: string): Promise<readonly LogPosition[]> => {
  const topic = 'finding.classified';
  const found = await query<{ partition: number; last: bigint }>(
    `select partition, max("offset") as last from timeline where digest = $digest and topic = '${topic}'
    group by partition`,
    { digest },
  );
  return found.map(({ partition, last }) => positionBehind(topic, partition, Number(last)));
};

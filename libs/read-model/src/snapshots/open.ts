import { rename, rm } from 'node:fs/promises';
import { ReadModelDatabase } from '../store/database.ts';
import { inMemory, type DatabaseOptions } from '../store/duckdb.ts';
import { fetchedSnapshot, SnapshotLeft } from './restored.ts';
import type { SnapshotLog } from './snapshot-fit.ts';
import { SnapshotUnfit, type SnapshotPosition } from './snapshot-header.ts';
import type { SnapshotOptions } from './taker.ts';

export interface OpenPorts {
  readonly log: SnapshotLog;
  /** Topics that the read model follows. */
  readonly topics: readonly string[];
  readonly snapshots: SnapshotOptions | undefined;
  readonly onError: (error: unknown) => void;
}

/** Folder of snapshots on their way from or to their store. It lies beside the file, so that a file can be moved. */
export const snapshotFolder = (path: string): string => `${path}.snapshot`;

/**
 * Opens the read model. A file that holds nothing is replaced by the newest snapshot that fits.
 *
 * @throws FolderInUse, ReadModelMemory
 */
export const openedReadModel = async (
  options: DatabaseOptions,
  { log, topics, snapshots, onError }: OpenPorts,
): Promise<ReadModelDatabase> => {
  const { path } = options;
  const database = await ReadModelDatabase.open(options);
  if (!snapshots || path === inMemory) return database;
  // The file is open, so no other process can use the folder.
  const folder = snapshotFolder(path);
  if ((await placesIn(database)).length > 0) {
    await rm(folder, { recursive: true, force: true });
    return database;
  }
  const { store, key, onProgress } = snapshots;
  const fetched = await fetchedSnapshot({ store, key, log, topics, folder, onError });
  if (!fetched) return database;
  const { dataref, file, header } = fetched;
  await database.close();
  await rm(`${path}.wal`, { force: true });
  await rename(file, path);
  await rm(folder, { recursive: true, force: true });
  const filled = await ReadModelDatabase.open(options);
  if ((await placesIn(filled)).join() === header.positions.map(placeOf).toSorted().join())
    onProgress?.(
      `the read model starts from the snapshot ${dataref} of ${header.takenAt} ` +
        `(${(header.bytes / 2 ** 20).toFixed(1)} MB) and reads what came later from the log`,
    );
  else
    onError(
      new SnapshotLeft(dataref, new SnapshotUnfit('snapshot-damaged', 'DuckDB cannot read it, so it is removed')),
    );
  return filled;
};

const placeOf = ({ topic, partition, next }: Pick<SnapshotPosition, 'topic' | 'partition' | 'next'>): string =>
  `${topic}/${partition}/${next}`;

/** The positions up to which the log was read. */
const placesIn = async ({ writing }: ReadModelDatabase): Promise<readonly string[]> =>
  (await writing.query<{ topic: string; partition: number; next: bigint }>('select * from positions'))
    .map(({ next, ...place }) => placeOf({ ...place, next: Number(next) }))
    .toSorted();

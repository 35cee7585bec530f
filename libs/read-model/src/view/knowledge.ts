import type { Database } from '@assay/events';
import type { PartitionMarks } from '../placement/coverage.ts';
import type { RunQuery } from '../store/duckdb.ts';
import { builtMs } from '../placement/placement.ts';

/** How long it took, or takes, until all images were assessed with the newest database. */
export interface Knowledge {
  /** The last announced one with which a partition was assessed. */
  readonly database: Database;
  /** Present images that have a result. */
  readonly images: number;
  /** Those of them that were assessed with it. The others are excepted by marks, or have their turn. */
  readonly assessed: number;
  /** The time at which the last partition was assessed with it; absent while one was not. */
  readonly completedAt?: string;
  /** From the build of the database until then, or until now. */
  readonly latencySeconds: number;
}

interface Row {
  partition: number;
  built: bigint | null;
  images: bigint;
}

/** @param now ms since the epoch */
export const knowledgeIn = async (
  query: RunQuery,
  marks: PartitionMarks,
  now: number,
): Promise<Knowledge | undefined> => {
  const [first, ...others] = marks.values();
  if (!first) return undefined;
  const { database, announced } = others.reduce((last, mark) => (mark.announced > last.announced ? mark : last), first);
  const rows = await query<Row>(
    `select partition, database_built_ms as built, count(*) as images from images
    where not deleted and epoch is not null group by all`,
  );
  const sum = (some: readonly Row[]): number => some.reduce((all, { images }) => all + Number(images), 0);
  const built = builtMs(database);
  const own = rows.flatMap(({ partition }) => marks.get(partition) ?? []);
  const isComplete = rows.every(({ partition }) => marks.get(partition)?.announced === announced);
  const completedMs = Math.max(...(own.length > 0 ? own : [first]).map(({ time }) => Date.parse(time)));
  return {
    database,
    images: sum(rows),
    assessed: sum(rows.filter((row) => (row.built === null ? undefined : Number(row.built)) === built)),
    ...(isComplete ? { completedAt: new Date(completedMs).toISOString() } : {}),
    latencySeconds: Math.max(0, Math.round(((isComplete ? completedMs : now) - Date.parse(database.builtAt)) / 1000)),
  };
};

import { setTimeout as pause } from 'node:timers/promises';
import { changeIn, retryUntilAnswered, type EventLog } from '@assay/messaging';
import { schemaVersion } from '../store/schema.ts';
import { SnapshotUnfit, type SnapshotHeader } from './snapshot-header.ts';

/** The log as snapshots see it. */
export type SnapshotLog = Pick<EventLog, 'partitions' | 'read' | 'end' | 'topicIds'>;

/** Ids of topics, by topic; empty if the log has none. */
export const topicIdsOf = async (
  log: SnapshotLog,
  topics: readonly string[],
): Promise<Readonly<Record<string, string>>> => Object.fromEntries((await log.topicIds?.(topics)) ?? []);

/** Delay before a second look at a log that seems to lack records. */
const logAgainMs = 1000;

/**
 * Checks that a snapshot is of these tables.
 *
 * @throws SnapshotUnfit
 */
export const checkSchema = ({ schema }: Pick<SnapshotHeader, 'schema'>): void => {
  if (schema !== schemaVersion)
    throw new SnapshotUnfit(
      'snapshot-schema',
      `it has version ${schema} of the tables, and this program has ${schemaVersion}`,
    );
};

/**
 * Checks that a snapshot is of this log, by the ids of the topics.
 *
 * @param ids of all topics, if the log has ids
 * @throws SnapshotUnfit
 */
export const checkTopics = (
  { partitions, topics, positions }: Pick<SnapshotHeader, 'partitions' | 'topics' | 'positions'>,
  ids: Readonly<Record<string, string>>,
  log: Pick<SnapshotLog, 'partitions'>,
): void => {
  if (partitions !== log.partitions)
    throw new SnapshotUnfit('snapshot-log', `its log had ${partitions} partitions, and this one has ${log.partitions}`);
  for (const topic of new Set(positions.map((position) => position.topic)))
    if (topics[topic] !== ids[topic])
      throw new SnapshotUnfit('snapshot-log', `${topic} was made again since, or is that of another log`);
};

/**
 * Checks that the log still has the last record that the snapshot holds of each partition. A topic that was made again
 * may have grown past it, so the offset proves nothing.
 *
 * @throws SnapshotUnfit; errors of the log that no retry cures
 */
export const checkPositions = async (
  { positions }: Pick<SnapshotHeader, 'positions'>,
  log: SnapshotLog,
): Promise<void> => {
  const changes = await retryUntilAnswered(() =>
    Promise.all(
      positions.map(async ({ topic, partition, next, read }) => {
        const change = await changeIn(log, { topic, partition, next, mark: read }, () => pause(logAgainMs));
        return change === undefined ? undefined : `${topic}/${partition} differs from what it holds: ${change}`;
      }),
    ),
  );
  const change = changes.find((each) => each !== undefined);
  if (change !== undefined) throw new SnapshotUnfit('snapshot-log', change);
};

import { topicsOfProcessor, stepOf, type App } from '@assay/events';
import type { EventLog, Wait } from '@assay/messaging';
import { lastEmitted } from './restore.ts';
import { lackingIn, standsStillIn } from './lacking.ts';
import { compareSequences, isStoreUpToDate } from '../processor/sequence.ts';
import type { PartitionCheckpoint, Store } from '../stores/store.ts';

/**
 * A store holds less than the log, or was made by another version of the program. It is empty, being restored, or was
 * rolled back, and that passes. It does not pass if its owner waits for an upgrade, or stands still.
 */
export class StoreIncomplete extends Error {
  readonly code = 'not-whole';
  readonly retriable = true;

  /** @param needsOperator true if it lasts until an operator does what the message asks for */
  constructor(
    message: string,
    readonly needsOperator = false,
  ) {
    super(message);
  }
}

export interface CompletenessPorts {
  readonly app: App;
  /** The version of the states that the reader understands. */
  readonly stateVersion: number;
  readonly store: Pick<Store, 'checkpoint'>;
  readonly log: Pick<EventLog, 'partitions' | 'end' | 'read'>;
  /** Reasons why this process does not read some topics of the service any further. */
  readonly waits?: (() => readonly Wait[]) | undefined;
}

/** @throws StoreIncomplete unless every key of the partition is restored and evaluated */
const evaluatedCheckpoint = (
  { app, stateVersion, log: { partitions } }: CompletenessPorts,
  partition: number,
  head: PartitionCheckpoint | undefined,
): PartitionCheckpoint => {
  const still = standsStillIn(app, partition, head);
  if (still) throw new StoreIncomplete(still, true);
  if (head?.restored && head.stateVersion !== stateVersion) {
    throw new StoreIncomplete(
      `the store of ${app} is of another version of the program: ` +
        `partition ${partition} of 0 to ${partitions - 1} has states of version ${head.stateVersion ?? 'none'}, ` +
        `and this process reads ${stateVersion}`,
    );
  }
  if (head?.restored && head.evaluated) return head;
  throw new StoreIncomplete(
    `the store of ${app} is being filled from the log: partition ${partition} of 0 to ${partitions - 1} ` +
      `is not ${head?.restored ? 'evaluated' : 'restored'} yet`,
  );
};

/** @throws StoreIncomplete also if the owner cannot consume everything until an operator acts */
const completeCheckpoint = async (ports: CompletenessPorts, partition: number): Promise<PartitionCheckpoint> => {
  const head = await ports.store.checkpoint(partition);
  const lacking = lackingIn(ports.app, partition, head, ports.waits?.());
  if (lacking) throw new StoreIncomplete(lacking, true);
  return evaluatedCheckpoint(ports, partition, head);
};

/**
 * Checks that the owner of a partition can read its next records. A damaged record, or a record in an unknown codec,
 * blocks the partition of a topic, and no store records that.
 * @throws StoreIncomplete if a record cannot be read
 */
const refuseUnreadable = async (
  { app, log }: CompletenessPorts,
  partition: number,
  { offsets }: PartitionCheckpoint,
): Promise<void> => {
  for (const topic of stepOf(app).consumes) {
    const next = offsets[topic] ?? 0;
    if ((await log.end(topic, partition)) <= next) continue;
    try {
      for await (const _ of log.read(topic, partition, next, next + 1)) break;
    } catch (error) {
      const { message, remedy, retriable } = error as Error & {
        readonly remedy?: string;
        readonly retriable?: boolean;
      };
      if (retriable || remedy === undefined) throw error;
      throw new StoreIncomplete(`${app} has not consumed all events: ${message}; ${remedy}`, true);
    }
  }
};

/**
 * The checkpoint of a complete partition that has all events of the log: an owner commits an event before it appends
 * it, so a store behind the log was rolled back.
 * @throws StoreIncomplete also if the store lacks events of the log
 */
const currentCheckpoint = async (ports: CompletenessPorts, partition: number): Promise<PartitionCheckpoint> => {
  const { event } = await lastEmitted(ports.log as EventLog, topicsOfProcessor(ports.app), partition);
  const head = await completeCheckpoint(ports, partition);
  if (compareSequences(head.lastEmitted, event) >= 0) return head;
  throw new StoreIncomplete(
    `the store of ${ports.app} was rolled back: partition ${partition} lacks events of the log`,
  );
};

/**
 * Reads one partition of a store for a process that does not own it. Returns the result only if the store was complete
 * for the whole time. Stores are emptied, rolled back and restored while others read them, and a part looks like the
 * whole. The log is compared before and after: an owner restores a store that was rolled back before its claim within
 * one epoch.
 * @throws StoreIncomplete if the store was not complete, or if its owner changed meanwhile
 */
export const whenComplete = async <T>(
  ports: CompletenessPorts,
  partition: number,
  read: () => Promise<T>,
): Promise<T> => {
  const before = await currentCheckpoint(ports, partition);
  const found = await read();
  const after = await currentCheckpoint(ports, partition);
  if (after.epoch !== before.epoch)
    throw new StoreIncomplete(`partition ${partition} of ${ports.app} got another owner meanwhile`);
  await refuseUnreadable(ports, partition, after);
  return found;
};

/**
 * Why a store is incomplete now, in one line, or `undefined` if it is complete. Reads the checkpoints only. For probes,
 * so it answers with a reason and never throws.
 */
export const incompleteReason = async (ports: CompletenessPorts): Promise<string | undefined> => {
  try {
    for (let partition = 0; partition < ports.log.partitions; partition += 1)
      evaluatedCheckpoint(ports, partition, await ports.store.checkpoint(partition));
    return undefined;
  } catch (error) {
    return error instanceof StoreIncomplete
      ? error.message
      : `the store of ${ports.app} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/**
 * True if all events emitted by a partition of a store are in the log. Events not in the log yet could be lost with the
 * store, and be emitted differently then.
 */
export const isAllEmitted = async (ports: CompletenessPorts, partition: number): Promise<boolean> => {
  const { lastEmitted: stored } = await completeCheckpoint(ports, partition);
  const { event } = await lastEmitted(ports.log as EventLog, topicsOfProcessor(ports.app), partition);
  return isStoreUpToDate(stored, event) || compareSequences(event, stored) > 0;
};

import { topicsOfProcessor, stepOf, type App } from '@assay/events';
import type { EventLog, Wait } from '@assay/messaging';
import { lastEmitted } from './restore.ts';
import { lackingIn, standsStillIn } from './lacking.ts';
import { compareSequences, isStoreUpToDate } from './sequence.ts';
import type { PartitionCheckpoint, Store } from './store.ts';

/**
 * A store holds less than the log says, or was made by another version of the program: it is empty, being filled, or
 * was rolled back, and that passes. Where its owner waits for an upgrade, or stands still, it does not.
 */
export class StoreIncomplete extends Error {
  readonly code = 'not-whole';
  readonly retriable = true;

  /** @param needsOperator whether it lasts until somebody does what the message says */
  constructor(
    message: string,
    readonly needsOperator = false,
  ) {
    super(message);
  }
}

export interface CompletenessPorts {
  readonly app: App;
  /** Of the states that whoever reads can read. */
  readonly stateVersion: number;
  readonly store: Pick<Store, 'checkpoint'>;
  readonly log: Pick<EventLog, 'partitions' | 'end' | 'read'>;
  /** Why some of what the service should hear or follow is not read on in this process. */
  readonly waits?: (() => readonly Wait[]) | undefined;
}

/** @throws NotWhole where not every key of the partition is there and was asked about */
const standing = (
  { app, stateVersion, log: { partitions } }: CompletenessPorts,
  partition: number,
  head: PartitionCheckpoint | undefined,
): PartitionCheckpoint => {
  const still = standsStillIn(app, partition, head);
  if (still) throw new StoreIncomplete(still, true);
  if (head?.restored && head.stateVersion !== stateVersion) {
    throw new StoreIncomplete(
      `the store of ${app} is of another version of the program: partition ${partition} of 0 to ${partitions - 1} has states of version ${head.stateVersion ?? 'none'}, and this process reads ${stateVersion}`,
    );
  }
  if (head?.restored && head.evaluated) return head;
  throw new StoreIncomplete(
    `the store of ${app} is being filled from the log: partition ${partition} of 0 to ${partitions - 1} is not ${head?.restored ? 'evaluated' : 'restored'} yet`,
  );
};

/** @throws NotWhole also where it has not heard all that it should, and somebody has to help */
const heardAndStanding = async (ports: CompletenessPorts, partition: number): Promise<PartitionCheckpoint> => {
  const head = await ports.store.checkpoint(partition);
  const lacking = lackingIn(ports.app, partition, head, ports.waits?.());
  if (lacking) throw new StoreIncomplete(lacking, true);
  return standing(ports, partition, head);
};

/**
 * Looks at what the owner of a partition has to hear next. What lies there damaged, or compressed with an unknown
 * codec, holds the partition of a topic, and no store says so.
 *
 * @throws NotWhole where it cannot be read
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
      throw new StoreIncomplete(`${app} has not heard everything that was said: ${message}; ${remedy}`, true);
    }
  }
};

/**
 * Reads one partition of a store for somebody who does not own it, and answers only where it held all the while what
 * the log says. A store is emptied, rolled back and filled anew under its readers, and a part of it looks like all of
 * it.
 *
 * @throws NotWhole where it did not, or where its owner changed meanwhile
 */
export const whenComplete = async <T>(
  ports: CompletenessPorts,
  partition: number,
  read: () => Promise<T>,
): Promise<T> => {
  const before = await heardAndStanding(ports, partition);
  const found = await read();
  // The log first: an owner writes down what it says before it says it, so a store that is behind the log was rolled
  // back.
  const { event } = await lastEmitted(ports.log as EventLog, topicsOfProcessor(ports.app), partition);
  const after = await heardAndStanding(ports, partition);
  if (after.epoch !== before.epoch)
    throw new StoreIncomplete(`partition ${partition} of ${ports.app} got another owner meanwhile`);
  if (compareSequences(after.lastEmitted, event) < 0)
    throw new StoreIncomplete(
      `the store of ${ports.app} was rolled back: partition ${partition} lacks what the log says`,
    );
  await refuseUnreadable(ports, partition, after);
  return found;
};

/**
 * Why a store cannot be read as a whole just now, in a line; undefined where it can. A look at the heads alone, for
 * probes, whose answer is a reason and never an error.
 */
export const incompleteReason = async (ports: CompletenessPorts): Promise<string | undefined> => {
  try {
    for (let partition = 0; partition < ports.log.partitions; partition += 1)
      standing(ports, partition, await ports.store.checkpoint(partition));
    return undefined;
  } catch (error) {
    return error instanceof StoreIncomplete
      ? error.message
      : `the store of ${ports.app} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/**
 * Whether all that a partition of a store says that it said is in the log: what is not yet could be lost with the
 * store, and said otherwise.
 */
export const isAllEmitted = async (ports: CompletenessPorts, partition: number): Promise<boolean> => {
  const { lastEmitted: stored } = await heardAndStanding(ports, partition);
  const { event } = await lastEmitted(ports.log as EventLog, topicsOfProcessor(ports.app), partition);
  return isStoreUpToDate(stored, event) || compareSequences(event, stored) > 0;
};

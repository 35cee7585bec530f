import { randomUUID } from 'node:crypto';
import {
  databaseRecallOf,
  decode,
  recalledDatabaseIn,
  recallWithdrawn,
  withdrawnDatabaseIn,
  type Advisories,
  type AnyEvent,
  type AssayEvent,
  type DataOf,
  type OfferedAdvisories,
  type Topic,
} from '@assay/events';
import { systemClock, type Clock } from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';

/** The author of an order, and the reason. */
export interface Order {
  readonly by: string;
  readonly why: string;
}

const append = async <T extends Topic>(
  log: EventLog,
  topic: T,
  subject: string,
  data: DataOf<T>,
  clock: Pick<Clock, 'now'> = systemClock,
): Promise<AssayEvent<T>> => {
  const id = randomUUID();
  const event = {
    id,
    source: '/assay/ingestion',
    subject,
    time: new Date(clock.now()).toISOString(),
    correlationid: id,
    topic,
    data,
  };
  await log.append([recordOf(event as unknown as AnyEvent, log.partitions)]);
  return event as unknown as AssayEvent<T>;
};

/** Announces a database: from now on images are assessed by it. */
export const announce = async (log: EventLog, data: Advisories): Promise<void> => {
  await append(log, 'advisories.updated', data.scanner, data);
};

/**
 * Records the state of a database that takes much away.
 *
 * @param clock the one by which the answers are waited for
 */
export const offer = (
  log: EventLog,
  data: OfferedAdvisories,
  clock?: Pick<Clock, 'now'>,
): Promise<AssayEvent<'advisories.offered'>> => append(log, 'advisories.offered', data.scanner, data, clock);

/** Records that an operator released or refused a held database. */
export const recordOrder = async (
  log: EventLog,
  command: 'release' | 'refuse',
  digest: string,
  order: Order,
): Promise<void> => {
  await append(log, 'operator.acted', databaseRecallOf(digest), {
    command,
    target: databaseRecallOf(digest),
    ...order,
    outcome: 'ordered',
  });
};

/** Records that a database was recalled. */
export const recordRecall = (log: EventLog, digest: string, order: Order): Promise<void> =>
  recorded(log, digest, { ...order, outcome: 'ordered' });

/** Records that the recall of a database was taken back. */
export const withdrawRecall = (log: EventLog, digest: string): Promise<void> =>
  recorded(log, digest, { by: 'ingestion', why: 'an operator ordered it again', outcome: recallWithdrawn });

const recorded = async (log: EventLog, digest: string, how: Order & { readonly outcome: string }): Promise<void> => {
  await append(log, 'operator.acted', databaseRecallOf(digest), {
    command: 'recall',
    target: databaseRecallOf(digest),
    ...how,
  });
};

/** The digests of all databases that are recalled. */
export const recalledDatabases = async (log: Pick<EventLog, 'end' | 'read'>): Promise<ReadonlySet<string>> => {
  const recalled = new Set<string>();
  const topic = 'operator.acted';
  for await (const { records } of log.read(topic, 0, 0, await log.end(topic, 0)))
    for (const record of records) {
      const decoded = decode(topic, record);
      if (decoded.kind !== 'event') continue;
      const digest = recalledDatabaseIn(decoded.event);
      if (digest !== undefined) recalled.add(digest);
      recalled.delete(withdrawnDatabaseIn(decoded.event) ?? '');
    }
  return recalled;
};

import {
  channelOf,
  decode,
  isOf,
  present,
  targetIn,
  type AnyEvent,
  type AssayEvent,
  type configTopics,
  type Topic,
} from '@assay/events';
import { partitionOf, type Batch, type EventLog, type LogRecord } from '@assay/messaging';

/** An event with its place in the log. */
export interface Logged<E extends AnyEvent = AnyEvent> {
  readonly event: E;
  readonly partition: number;
  readonly offset: number;
}
export type LoggedEvent<T extends Topic> = Logged<AssayEvent<T>>;

/** Clocks of the hosts that append may differ by this much. */
const skewMs = 60_000;
/** Records that are read at once. */
const chunk = 500;
/** A notification lies close before its push. Beyond this many records it counts as missing. */
const mostSearched = 20 * chunk;

const loggedIn = <T extends Topic>(topic: T, { partition, records }: Batch): LoggedEvent<T>[] =>
  records.flatMap((record) => {
    const decoded = decode(channelOf(topic), record);
    if (decoded.kind !== 'event') return [];
    const event: AnyEvent = decoded.event;
    return isOf(event, topic) ? [{ event, partition, offset: record.offset }] : [];
  });

/** Events of the past, read from the log itself. Takes seconds at most, so it is for questions of people. */
export class History {
  constructor(private readonly log: Pick<EventLog, 'partitions' | 'read' | 'end'>) {}

  /** The record that a target names. */
  async record(target: string): Promise<LogRecord | undefined> {
    const { topic, partition, offset } = present(targetIn(target), 'target');
    if ((await this.log.end(topic, partition)) <= offset) return undefined;
    for await (const { records } of this.log.read(topic, partition, offset, offset + 1)) return records[0];
    return undefined;
  }

  /** The event at a place; undefined if the log no longer has it, or if it cannot be read. */
  async at<T extends Topic>(topic: T, partition: number, offset: number): Promise<LoggedEvent<T> | undefined> {
    const channel = channelOf(topic);
    if ((await this.log.end(channel, partition)) <= offset) return undefined;
    for await (const batch of this.log.read(channel, partition, offset, offset + 1))
      for (const logged of loggedIn(topic, batch)) if (logged.offset === offset) return logged;
    return undefined;
  }

  /** The events of a config topic that are wanted, in their order. Reads the whole topic. */
  async config<T extends (typeof configTopics)[number]>(
    topic: T,
    isWanted: (event: AssayEvent<T>) => boolean,
  ): Promise<LoggedEvent<T>[]> {
    const found = new Map<string, LoggedEvent<T>>();
    for await (const batch of this.log.read(topic, 0, 0, await this.log.end(topic, 0)))
      for (const logged of loggedIn(topic, batch))
        if (isWanted(logged.event) && !found.has(logged.event.id)) found.set(logged.event.id, logged);
    return [...found.values()];
  }

  /**
   * The notification with an id. The read model does not follow notifications, so their places are unknown. Searches
   * backwards from the time of the push that it caused.
   * @param before time of that push, ms since the epoch
   */
  async notification(
    digest: string,
    id: string,
    before: number,
  ): Promise<LoggedEvent<'notification.received'> | undefined> {
    const topic = 'notification.received';
    const partition = partitionOf(digest, this.log.partitions);
    const end = await this.#endAt(topic, partition, before + skewMs);
    for (let until = end; until > Math.max(0, end - mostSearched); until -= chunk)
      for await (const batch of this.log.read(topic, partition, Math.max(0, until - chunk), until)) {
        const found = loggedIn(topic, batch).find(({ event }) => event.id === id);
        if (found) return found;
      }
    return undefined;
  }

  /**
   * An offset after every record that was appended before a time. No event is dated after its record was appended, so a
   * later time in a chunk shows that the chunk lies after it. The reverse is not sure, since a sweep dates its
   * notifications at its start. Then the offset is larger than it need be.
   */
  async #endAt(topic: string, partition: number, ms: number): Promise<number> {
    let from = 0;
    let until = await this.log.end(topic, partition);
    while (until - from > chunk) {
      const middle = Math.floor((from + until) / 2);
      if ((await this.#newest(topic, partition, middle, Math.min(middle + chunk / 10, until))) > ms) until = middle;
      else from = middle;
    }
    return Math.min(until + chunk, await this.log.end(topic, partition));
  }

  /** The latest time of the events in a range, ms since the epoch. */
  async #newest(topic: string, partition: number, from: number, until: number): Promise<number> {
    let newest = 0;
    for await (const { records } of this.log.read(topic, partition, from, until))
      for (const { headers } of records) {
        const ms = Date.parse(headers.ce_time ?? '');
        if (ms > newest) newest = ms;
      }
    return newest;
  }
}

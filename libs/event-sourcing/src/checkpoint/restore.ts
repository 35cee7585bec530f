import {
  at,
  decode,
  derivedId,
  encodeFence,
  fenceType,
  isSequence,
  topicsOfProcessor,
  type AnyEvent,
  type App,
  type Mark,
  sequenceIn,
} from '@assay/events';
import {
  newerAt,
  Waits,
  type Batch,
  type EventLog,
  type LogRecord,
  type NewRecord,
  type Offsets,
} from '@assay/messaging';
import type { Decider } from '../decider/decider.ts';
import { beforeAll, compareSequences, epochOf, sequence } from '../processor/sequence.ts';

const lastRecords = 64;
const emittedAtOnce = 500;

/** The end of a service's own topics in one partition. */
export interface LastEmitted {
  /** Sequence of the last event that consumers accept. Fences do not count, nor do events behind a later fence. */
  readonly event: string;
  /** The highest epoch in the topics, even if only of a fence. */
  readonly epoch: number;
  /** The last event of each topic that has one. */
  readonly records: readonly LogRecord[];
  /** The end offset of each topic at the time of reading, in the order of the topics. */
  readonly ends: readonly number[];
}

/** Reads the end of each own topic, as far back as there are no events. */
export const lastEmitted = async (
  log: EventLog,
  topics: readonly string[],
  partition: number,
): Promise<LastEmitted> => {
  const ends = await Promise.all(topics.map((topic) => endOf(log, topic, partition)));
  return {
    event: ends.map(({ event }) => event).reduce(higher, beforeAll),
    epoch: Math.max(...ends.map(({ mark }) => epochOf(mark))),
    records: ends.flatMap(({ record }) => record ?? []),
    ends: ends.map(({ end }) => end),
  };
};

const higher = (a: string, b: string): string => (compareSequences(a, b) < 0 ? b : a);

const endOf = async (
  log: EventLog,
  topic: string,
  partition: number,
): Promise<{ event: string; record: LogRecord | undefined; mark: string; end: number }> => {
  const end = await log.end(topic, partition);
  const seen: LogRecord[] = [];
  // If a service was started again and again, there may be a long run of fences only.
  for (let until = end, count = lastRecords; ; until -= count, count *= 2) {
    const page: LogRecord[] = [];
    for await (const { records } of log.read(topic, partition, Math.max(0, until - count), until))
      page.push(...records);
    seen.unshift(...page);
    const { mark, event, record } = trusted(topic, seen);
    if (event !== beforeAll || until <= count) return { event, record, mark, end };
  }
};

interface Highest {
  readonly mark: string;
  readonly marked: LogRecord | undefined;
  readonly event: string;
  readonly record: LogRecord | undefined;
}

/**
 * Finds the highest sequence among records, and that of the last event which is not behind a higher one. Returns both
 * with their records.
 */
const highestIn = (records: readonly LogRecord[]): Highest => {
  let highest: Highest = { mark: beforeAll, marked: undefined, event: beforeAll, record: undefined };
  for (const record of records) {
    const { ce_sequence: of = beforeAll, ce_type: type } = record.headers;
    if (!isSequence(of) || compareSequences(of, highest.mark) <= 0) continue;
    highest = { ...highest, mark: of, marked: record, ...(type === fenceType ? {} : { event: of, record }) };
  }
  return highest;
};

/** Ignores the sequences of unreadable records: no owner emitted them, so no store would ever catch up with them. */
const trusted = (topic: string, records: readonly LogRecord[]): Highest => {
  for (let rest = records; ;) {
    const highest = highestIn(rest);
    const unreadable = [highest.marked, highest.record].filter(
      (record) => record && decode(topic, record).kind === 'invalid',
    );
    if (unreadable.length === 0) return highest;
    rest = rest.filter((record) => !unreadable.includes(record));
  }
};

/** Makes the fences of an epoch. Consumers behind them drop what owners of earlier epochs still append. */
export const fenceOf = (app: App, partition: number, epoch: number, time: string): NewRecord[] =>
  topicsOfProcessor(app).map((topic) => ({
    topic,
    partition,
    ...encodeFence({
      id: derivedId('fence', app, topic, partition, epoch),
      source: `/assay/${app}`,
      time,
      sequence: sequence(epoch, 0),
    }),
  }));

/** An own record that is restored. A mark is of no key. */
export type Restored = AnyEvent | Mark;

export interface RestorePorts {
  readonly log: EventLog;
  readonly decider: Pick<Decider<never, never, never>, 'app'>;
  readonly partition: number;
  readonly consumes: readonly string[];
  readonly emitted: (restored: readonly Restored[]) => Promise<void>;
  readonly received: (batch: Batch) => Promise<void | 'waiting'>;
}

/**
 * Reads into an empty store the emitted events first, then the received events, up to the present end. A later call
 * adds what came since.
 */
export class Restorer {
  readonly #own: readonly OwnTopic[];

  constructor(private readonly ports: RestorePorts) {
    this.#own = topicsOfProcessor(ports.decider.app).map(
      (topic) => new OwnTopic(ports.log, ports.decider.app, topic, ports.partition),
    );
  }

  /**
   * @param last sequence of the last emitted event. The own topics end at different moments, so later events wait for
   * the next call
   * @param from next offset to receive, by topic
   */
  async restore(last: string, from: Offsets): Promise<void> {
    const { log, partition, consumes, emitted, received } = this.ports;
    let waiting: Restored[] = [];
    for await (const event of this.#inOrder(last)) {
      waiting.push(event);
      if (waiting.length >= emittedAtOnce) {
        await emitted(waiting);
        waiting = [];
      }
    }
    if (waiting.length > 0) await emitted(waiting);
    for (const topic of consumes) {
      const [start, end] = [from[topic] ?? 0, await log.end(topic, partition)];
      if (start < end)
        for await (const batch of log.read(topic, partition, start, end))
          if ((await received(batch)) === 'waiting') break;
    }
  }

  /** Merges the own topics in the order in which their events were emitted, without repeats. */
  async *#inOrder(last: string): AsyncIterable<Restored> {
    await Promise.all(this.#own.map((topic) => topic.extend()));
    for (;;) {
      const [first] = this.#own
        .flatMap((topic) => {
          const { event } = topic;
          const place = event?.sequence;
          return event && place !== undefined && compareSequences(place, last) <= 0 ? { topic, event, place } : [];
        })
        .toSorted((a, b) => compareSequences(a.place, b.place));
      if (!first) return;
      yield first.event;
      await first.topic.advance();
    }
  }
}

/** Reads one own topic event by event, and skips what a fenced owner still appended. */
class OwnTopic {
  event: Restored | undefined;
  #batches: AsyncIterator<Batch> | undefined;
  #records: readonly LogRecord[] = [];
  #at = 0;
  #mark = beforeAll;
  /** The end of the range being read, and the end of the topic. */
  #until = 0;
  #end = 0;

  constructor(
    private readonly log: EventLog,
    private readonly app: App,
    readonly topic: string,
    private readonly partition: number,
  ) {}

  /** Extends the range to the present end of the topic. */
  async extend(): Promise<void> {
    this.#end = await this.log.end(this.topic, this.partition);
    if (this.event === undefined) await this.advance();
  }

  async advance(): Promise<void> {
    this.event = undefined;
    while (this.event === undefined) {
      if (this.#at >= this.#records.length) {
        const next = await this.#batches?.next();
        if (next === undefined || next.done) {
          // An event of the previous range may have waited for this call. The next range comes after it.
          if (this.#until >= this.#end) {
            this.#batches = undefined;
            return;
          }
          this.#batches = this.log.read(this.topic, this.partition, this.#until, this.#end)[Symbol.asyncIterator]();
          this.#until = this.#end;
          continue;
        }
        this.#records = next.value.records;
        this.#at = 0;
      }
      const record = at(this.#records, this.#at);
      this.#at += 1;
      const decoded = decode(this.topic, record);
      // Nothing that cannot be read counts: no owner emitted it.
      const of = decoded.kind === 'invalid' ? undefined : sequenceIn(decoded);
      if (of === undefined || compareSequences(of, this.#mark) <= 0) continue;
      // Without this event, it would be emitted again.
      if (decoded.kind === 'newer')
        throw new Waits(newerAt(record, `${decoded.message}, and ${this.app} published it`));
      this.#mark = of;
      if (decoded.kind === 'event') this.event = decoded.event;
      if (decoded.kind === 'mark') this.event = decoded.mark;
    }
  }
}

import {
  decode,
  derivedId,
  encodeFence,
  fenceType,
  isSequence,
  topicsOfProcessor,
  type AnyEvent,
  type App,
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
import type { Decider } from './decider.ts';
import { beforeAll, compareSequences, epochOf, sequence } from './sequence.ts';

const lastRecords = 64;
const emittedAtOnce = 500;

/** The end of a service's own topics in one partition. */
export interface LastEmitted {
  /**
   * Sequence of the last event that readers take in; fences are none, and what stands behind a later fence is not taken
   * in.
   */
  readonly event: string;
  /** The highest epoch that spoke, be it with a fence alone. */
  readonly epoch: number;
  /** The last event of each topic that has one. */
  readonly records: readonly LogRecord[];
  /** Where each topic ended at the time of the look, in the order of the topics. */
  readonly ends: readonly number[];
}

/** Looks at the end of each own topic, as far back as there is no event. */
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
  // Of a service that was started again and again there may be nothing but fences for long.
  for (let until = end, most = lastRecords; ; until -= most, most *= 2) {
    const page: LogRecord[] = [];
    for await (const { records } of log.read(topic, partition, Math.max(0, until - most), until)) page.push(...records);
    seen.unshift(...page);
    const { mark, event, record } = believed(topic, seen);
    if (event !== beforeAll || until <= most) return { event, record, mark, end };
  }
};

interface Highest {
  readonly mark: string;
  readonly marked: LogRecord | undefined;
  readonly event: string;
  readonly record: LogRecord | undefined;
}

/**
 * The highest sequence among records, and that of the last event which is not behind a higher one, with the record of
 * each.
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

/** A sequence of what cannot be read is not believed: nobody said it, and no store would ever have come as far. */
const believed = (topic: string, records: readonly LogRecord[]): Highest => {
  for (let rest = records; ;) {
    const highest = highestIn(rest);
    const unreadable = [highest.marked, highest.record].filter(
      (record) => record && decode(topic, record).kind === 'invalid',
    );
    if (unreadable.length === 0) return highest;
    rest = rest.filter((record) => !unreadable.includes(record));
  }
};

/** Shuts out what owners of before this epoch still append: whoever reads on from here drops it. */
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

export interface RestorePorts {
  readonly log: EventLog;
  readonly decider: Pick<Decider<never, never, never>, 'app'>;
  readonly partition: number;
  readonly consumes: readonly string[];
  readonly emitted: (events: readonly AnyEvent[]) => Promise<void>;
  readonly received: (batch: Batch) => Promise<void | 'waiting'>;
}

/**
 * Reads into an empty store what the service said before, then what it heard, up to the present end; and later what
 * came since.
 */
export class Restorer {
  readonly #own: readonly OwnTopic[];

  constructor(private readonly filling: RestorePorts) {
    this.#own = topicsOfProcessor(filling.decider.app).map(
      (topic) => new OwnTopic(filling.log, filling.decider.app, topic, filling.partition),
    );
  }

  /**
   * @param last sequence of the last event said: the own topics end at different moments, and what lies beyond waits
   * for the next time
   * @param from next offset to hear, by topic
   */
  async restore(last: string, from: Offsets): Promise<void> {
    const { log, partition, consumes, emitted, received } = this.filling;
    let waiting: AnyEvent[] = [];
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

  /** The own topics merged in the order in which the events were said, without repeats. */
  async *#inOrder(last: string): AsyncIterable<AnyEvent> {
    await Promise.all(this.#own.map((topic) => topic.extend()));
    for (;;) {
      const [first] = this.#own
        .filter(({ event }) => event !== undefined && compareSequences(event.sequence!, last) <= 0)
        .toSorted((a, b) => compareSequences(a.event!.sequence!, b.event!.sequence!));
      if (!first) return;
      yield first.event!;
      await first.advance();
    }
  }
}

/** One own topic, read event by event; what a fenced owner still appended is left out. */
class OwnTopic {
  event: AnyEvent | undefined;
  #batches: AsyncIterator<Batch> | undefined;
  #records: readonly LogRecord[] = [];
  #at = 0;
  #mark = beforeAll;
  /** Up to where it is being read, and where it ends by now. */
  #until = 0;
  #end = 0;

  constructor(
    private readonly log: EventLog,
    private readonly app: App,
    readonly topic: string,
    private readonly partition: number,
  ) {}

  /** Goes on to where the topic ends by now. */
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
          // The stretch before may have held an event that had to wait; what came since is behind it.
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
      const record = this.#records[this.#at++]!;
      const decoded = decode(this.topic, record);
      const of =
        decoded.kind === 'event'
          ? decoded.event.sequence
          : decoded.kind === 'fence' || decoded.kind === 'newer'
            ? decoded.sequence
            : undefined;
      if (of === undefined || compareSequences(of, this.#mark) <= 0) continue;
      // Were it left out, it would be said once more.
      if (decoded.kind === 'newer') throw new Waits(newerAt(record, `${decoded.message}, and ${this.app} said it`));
      this.#mark = of;
      if (decoded.kind === 'event') this.event = decoded.event;
    }
  }
}

import {
  channelOf,
  decode,
  definitions,
  isConfigTopic,
  sequenceIn,
  type AnyEvent,
  type AssayEvent,
  type Topic,
} from '@assay/events';
import { compareSequences } from '@assay/event-sourcing';
import type { EventLog, LogRecord } from '@assay/messaging';
import { LawJudge, type LawFault } from '../../laws/judge.ts';

/** An event of the log. Its findings are judged when it is read, and then left out. */
export type Received<T extends Topic = Topic> = {
  [K in T]: {
    readonly topic: K;
    readonly partition: number;
    readonly offset: number;
    readonly event: AssayEvent<K>;
  };
}[T];

/** The whole log, read by the rules that hold for every consumer, without any of the code under test. */
export class LogReading {
  readonly #received: Received[] = [];
  /** Events whose sequence is not above the highest before them: repeats, and late records of a fenced owner. */
  readonly dropped: Received[] = [];
  readonly #accepted = new Set<string>();
  /** Records that are no event, or of an unknown version or type. */
  readonly unreadable: LogRecord[] = [];
  /** Ids of all records in the log, including those that were dropped or could not be read. */
  readonly ids = new Set<string>();
  /** Notifications, commands and audit records have no sequence: their repeats have the same id. */
  repeatedById = 0;
  records = 0;
  /** Laws of sets and marks that the log breaks. */
  readonly broken: LawFault[] = [];
  readonly #laws = new LawJudge({
    found: () => undefined,
    isEndOfLife: () => undefined,
    isUncovered: () => undefined,
    isAssessed: () => undefined,
  });
  readonly #marks = new Map<string, string>();
  readonly #byTopic = new Map<Topic, Received[]>();

  /** Records of one topic and partition must come in their order. */
  take(record: LogRecord): this {
    this.records += 1;
    const { topic, partition, offset } = record;
    const it = decode(topic, record);
    const sequence = sequenceIn(it);
    const isRepeat = sequence !== undefined && this.#isRepeat(`${topic}/${partition}`, sequence);
    if (it.kind === 'unknown' || it.kind === 'newer' || it.kind === 'invalid') {
      this.unreadable.push(record);
      this.ids.add(record.headers.ce_id ?? '');
    } else this.broken.push(...this.#laws.take(record));
    if (it.kind !== 'event') return this;
    const received = { topic: it.event.topic, partition, offset, event: light(it.event) } as Received;
    if (sequence === undefined && this.ids.has(it.event.id)) this.repeatedById += 1;
    else if (isRepeat) this.dropped.push(received);
    else this.#accept(received);
    this.ids.add(it.event.id);
    return this;
  }

  #isRepeat(at: string, sequence: string): boolean {
    const mark = this.#marks.get(at);
    if (mark !== undefined && compareSequences(sequence, mark) <= 0) return true;
    this.#marks.set(at, sequence);
    return false;
  }

  #accept(received: Received): void {
    this.#received.push(received);
    this.#accepted.add(received.event.id);
    const known = this.#byTopic.get(received.topic);
    if (known) known.push(received);
    else this.#byTopic.set(received.topic, [received]);
  }

  /**
   * Dropped events that were received under no other sequence: their owner had lost its partition, and the new owner
   * decided again.
   */
  get void(): readonly Received[] {
    return this.dropped.filter(({ event: { id } }) => !this.#accepted.has(id));
  }

  /** The events that consumers receive, in the order of each partition. */
  get received(): readonly Received[] {
    return this.#received;
  }

  of<T extends Topic>(topic: T): readonly Received<T>[] {
    return (this.#byTopic.get(topic) ?? []) as unknown as readonly Received<T>[];
  }
}

const light = (event: AnyEvent): AssayEvent =>
  ({
    ...event,
    data: 'findings' in event.data && Array.isArray(event.data.findings) ? { ...event.data, findings: [] } : event.data,
  }) as unknown as AssayEvent;

/** The judge of sets and marks reads causes before their answers: what a mark covers is behind it then. */
const judgedFirst: readonly Topic[] = ['advisories.updated', 'scan.approved', 'scan.declined', 'scan.completed'];

const topics: readonly Topic[] = [
  ...judgedFirst,
  ...definitions
    .map(({ topic }) => topic)
    .filter((topic) => channelOf(topic) === topic && !judgedFirst.includes(topic)),
];

/** Reads every topic to its present end. */
export const readAll = async (log: EventLog): Promise<LogReading> => {
  const reading = new LogReading();
  for (const topic of topics) {
    for (let partition = 0; partition < (isConfigTopic(topic) ? 1 : log.partitions); partition += 1) {
      const end = await log.end(topic, partition);
      let next = 0;
      for await (const { records, nextOffset } of log.read(topic, partition, 0, end)) {
        for (const record of records) reading.take(record);
        next = nextOffset;
      }
      if (next < end) throw new Error(`${topic}/${partition} could be read up to ${next} of ${end} only`);
    }
  }
  return reading;
};

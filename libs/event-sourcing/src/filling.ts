import { decode, derivedId, encodeFence, saidByWorker, type AnyEvent } from '@assay/events';
import type { Batch, EventLog, LogRecord } from '@assay/messaging';
import type { Program } from './program.ts';
import { beforeAll, compareSequences, sequence } from './sequence.ts';

const lastRecords = 64;
const saidAtOnce = 500;

/** The highest sequence in a service's own topics of one partition. A zombie's late append may stand behind it, so a few are looked at. */
export const highestSaid = async (log: EventLog, topics: readonly string[], partition: number): Promise<string> => {
  let highest = beforeAll;
  for (const topic of topics) {
    const end = await log.end(topic, partition);
    for await (const { records } of log.read(topic, partition, Math.max(0, end - lastRecords), end)) {
      for (const { headers } of records) {
        if (headers.ce_sequence && compareSequences(headers.ce_sequence, highest) > 0) highest = headers.ce_sequence;
      }
    }
  }
  return highest;
};

export interface Filling {
  readonly log: EventLog;
  readonly program: Pick<Program<never, never, never>, 'app'>;
  readonly partition: number;
  readonly hears: readonly string[];
  /** Under which epoch older ones are shut out; none for a mute rebuild, which says nothing at all. */
  readonly fence?: { readonly epoch: number; readonly time: string } | undefined;
  readonly said: (events: readonly AnyEvent[]) => Promise<void>;
  readonly heard: (batch: Batch) => Promise<void>;
}

/** Reads into an empty store what the service said before, then what it heard, up to the present end. */
export const fillFromLog = async ({ log, program, partition, hears, fence, said, heard }: Filling): Promise<void> => {
  const own = saidByWorker(program.app);
  if (fence) {
    await log.append(own.map((topic) => ({ topic, partition, ...encodeFence({
      id: derivedId('fence', program.app, topic, partition, fence.epoch), source: `/assay/${program.app}`, time: fence.time, sequence: sequence(fence.epoch, 0) }) })));
  }
  let waiting: AnyEvent[] = [];
  for await (const event of inOrderSaid(log, own, partition)) {
    waiting.push(event);
    if (waiting.length >= saidAtOnce) { await said(waiting); waiting = []; }
  }
  if (waiting.length > 0) await said(waiting);
  for (const topic of hears) {
    for await (const batch of log.read(topic, partition, 0, await log.end(topic, partition))) await heard(batch);
  }
};

/** The own topics of a partition merged in the order in which the events were said, without repeats. */
async function* inOrderSaid(log: EventLog, topics: readonly string[], partition: number): AsyncIterable<AnyEvent> {
  const readers = await Promise.all(topics.map(async (topic) => new Said(log, topic, partition, await log.end(topic, partition))));
  await Promise.all(readers.map((reader) => reader.advance()));
  for (;;) {
    const [first] = readers.filter((reader) => reader.event).toSorted((a, b) => compareSequences(a.event!.sequence!, b.event!.sequence!));
    if (!first?.event) return;
    yield first.event;
    await first.advance();
  }
}

/** One own topic, read event by event; what a fenced owner still appended is left out. */
class Said {
  event: AnyEvent | undefined;
  readonly #batches: AsyncIterator<Batch>;
  #records: readonly LogRecord[] = [];
  #at = 0;
  #mark = beforeAll;

  constructor(log: EventLog, readonly topic: string, partition: number, until: number) {
    this.#batches = log.read(topic, partition, 0, until)[Symbol.asyncIterator]();
  }

  async advance(): Promise<void> {
    this.event = undefined;
    while (this.event === undefined) {
      if (this.#at >= this.#records.length) {
        const next = await this.#batches.next();
        if (next.done) return;
        this.#records = next.value.records;
        this.#at = 0;
      }
      const decoded = decode(this.topic, this.#records[this.#at++]!);
      const of = decoded.kind === 'fence' ? decoded.sequence : decoded.kind === 'event' ? decoded.event.sequence : undefined;
      if (of === undefined || compareSequences(of, this.#mark) <= 0) continue;
      this.#mark = of;
      if (decoded.kind === 'event') this.event = decoded.event;
    }
  }
}

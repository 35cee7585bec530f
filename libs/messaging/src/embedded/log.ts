import { setTimeout as pause } from 'node:timers/promises';
import { isConfigTopic } from '@assay/events';
import {
  RecordTooLarge,
  tooLargeIn,
  type Batch,
  type Consumer,
  type EventLog,
  type Follower,
  type FollowOptions,
  type NewRecord,
  type PartitionOwner,
} from '../log.ts';
import { Appended } from '../positions.ts';
import { EmbeddedGroup } from './group.ts';
import { EmbeddedRecords, unfit } from './records.ts';
import { AppendSignal } from './append-signal.ts';

const batchRecords = 500;

interface Waiting {
  records: readonly NewRecord[];
  resolve: (offsets: readonly number[]) => void;
  reject: (error: unknown) => void;
}

/** The log in one SQLite file, for one process. Appends in the same turn of the event loop share a commit. */
export class EmbeddedLog implements EventLog {
  readonly #records: EmbeddedRecords;
  readonly #wakes = new AppendSignal();
  readonly #groups = new Map<string, EmbeddedGroup>();
  readonly #followers = new Set<Follower>();
  #waiting: Waiting[] = [];

  /** @throws DataInUse, DataUnfit, PartitionsFixed */
  constructor(
    file: string,
    readonly partitions = 12,
    { readOnly = false }: { readonly readOnly?: boolean } = {},
  ) {
    try {
      this.#records = new EmbeddedRecords(file, partitions, readOnly);
    } catch (error) {
      throw unfit(file, error, 'full');
    }
  }

  append(records: readonly NewRecord[]): Promise<readonly number[]> {
    if (records.length === 0) return Promise.resolve([]);
    const appending = new Promise<readonly number[]>((resolve, reject) => {
      const tooLarge = tooLargeIn(records);
      if (tooLarge) throw new RecordTooLarge(tooLarge);
      if (this.#waiting.push({ records, resolve, reject }) === 1) setImmediate(() => this.#flush());
    });
    return Appended.by(records, appending);
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const offsets = this.#records.append(waiting.flatMap(({ records }) => records));
      let from = 0;
      for (const { records, resolve } of waiting) resolve(offsets.slice(from, (from += records.length)));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    this.#wakes.wake(
      new Set(waiting.flatMap(({ records }) => records.map(({ topic, partition }) => `${topic}/${partition}`))),
    );
  }

  async consume(name: string, topics: readonly string[], owner: PartitionOwner): Promise<Consumer> {
    const group =
      this.#groups.get(name) ??
      new EmbeddedGroup(this.partitions, this.#wakes, (topic, partition, from) => this.#batch(topic, partition, from));
    this.#groups.set(name, group);
    return group.join(topics, owner);
  }

  follow(topics: readonly string[], options: FollowOptions): Promise<Follower> {
    const parts = topics.flatMap((topic) =>
      Array.from({ length: isConfigTopic(topic) ? 1 : this.partitions }, (_, partition) => ({ topic, partition })),
    );
    const positions = new Map(
      parts.map(({ topic, partition }) => [
        `${topic}/${partition}`,
        { topic, partition, next: options.from?.(topic, partition) ?? 0 },
      ]),
    );
    const abort = new AbortController();
    const reached = new AppendSignal();
    const lag = (): number =>
      [...positions.values()].reduce(
        (sum, { topic, partition, next }) => sum + Math.max(0, this.#records.end(topic, partition) - next),
        0,
      );
    const run = async (): Promise<void> => {
      while (!abort.signal.aborted) {
        const wake = this.#wakes.next(positions.keys(), abort.signal);
        let idle = true;
        for (const position of positions.values()) {
          const batch = this.#batch(position.topic, position.partition, position.next);
          if (!batch || abort.signal.aborted) continue;
          idle = false;
          try {
            await options.onBatch(batch);
            position.next = batch.nextOffset;
          } catch {
            await pause(500, undefined, { signal: abort.signal }).catch(() => undefined);
          }
        }
        if (idle) {
          reached.wake(new Set(['all']));
          await wake;
        }
      }
    };
    const running = run();
    const follower: Follower = {
      caughtUp: async () => {
        const goals = [...positions.values()].map((position) => ({
          position,
          end: this.#records.end(position.topic, position.partition),
        }));
        const behind = (): boolean => goals.some(({ position, end }) => position.next < end);
        while (behind() && !abort.signal.aborted) await reached.next(['all'], abort.signal);
      },
      lag: () => Promise.resolve(lag()),
      close: async () => {
        abort.abort();
        await running;
        this.#followers.delete(follower);
      },
    };
    this.#followers.add(follower);
    return Promise.resolve(follower);
  }

  async *read(topic: string, partition: number, from: number, until: number): AsyncIterable<Batch> {
    for (let at = from; at < until;) {
      const records = this.#records.read(topic, partition, at, until, batchRecords);
      const last = records.at(-1);
      if (!last) return;
      const nextOffset = last.offset + 1;
      yield { topic, partition, records, fetchedOffset: at, nextOffset };
      at = nextOffset;
      // Reading is synchronous: without this pause a long range would block the process.
      await new Promise(setImmediate);
    }
  }

  end(topic: string, partition: number): Promise<number> {
    return Promise.resolve(this.#records.end(topic, partition));
  }

  #batch(topic: string, partition: number, from: number): Batch | undefined {
    const records = this.#records.read(topic, partition, from, Number.MAX_SAFE_INTEGER, batchRecords);
    const last = records.at(-1);
    return last && { topic, partition, records, fetchedOffset: from, nextOffset: last.offset + 1 };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.close()));
    await Promise.all([...this.#groups.values()].map((group) => group.close()));
    if (this.#waiting.length > 0) this.#flush();
    this.#records.close();
  }
}

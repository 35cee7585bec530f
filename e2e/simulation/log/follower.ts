import { isConfigTopic } from '@assay/events';
import { sleep } from '@assay/event-sourcing';
import type { Follower, FollowOptions } from '@assay/messaging';
import type { Process } from '../world/process.ts';
import type { SimulatedRecords } from './records.ts';
import { WakeUp } from './waiting.ts';

interface Part {
  readonly topic: string;
  readonly partition: number;
  next: number;
  cuts: number;
}

/** Reads whole topics from the start, and continues with new records. */
export class Following implements Follower {
  readonly #parts: readonly Part[];
  readonly #waiting = new WakeUp();
  readonly #unwatch: () => void;
  readonly #running: Promise<void>;
  #reached = new Set<() => void>();
  #closed = false;

  constructor(
    private readonly records: SimulatedRecords,
    private readonly process: Process,
    topics: readonly string[],
    private readonly options: FollowOptions,
  ) {
    this.#parts = topics.flatMap((topic) =>
      Array.from({ length: isConfigTopic(topic) ? 1 : records.partitions }, (_, partition) => ({
        topic,
        partition,
        next: options.from?.(topic, partition) ?? 0,
        cuts: records.cuts(topic, partition),
      })),
    );
    this.#unwatch = records.watch(this.#parts, () => process.notify(() => this.#waiting.wake()));
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const ready = this.#parts.filter(
        ({ topic, partition, next, cuts }) =>
          this.records.end(topic, partition) > next || this.records.cuts(topic, partition) !== cuts,
      );
      if (ready.length === 0) {
        await this.#waiting.next();
        continue;
      }
      try {
        await this.#read(this.process.world.random.pick(ready));
      } catch {
        await sleep(this.process, 500);
      }
      for (const reached of this.#reached) reached();
    }
  }

  async #read(part: Part): Promise<void> {
    const { topic, partition, next } = part;
    const cuts = this.records.cuts(topic, partition);
    const fetched = await this.process.call('log', `follow ${topic}`, () =>
      this.records.batch(topic, partition, next, 500),
    );
    const wasCut = this.records.cuts(topic, partition) !== part.cuts;
    const batch = wasCut
      ? { topic, partition, records: [], fetchedOffset: next, nextOffset: next, ...fetched, resumed: true }
      : fetched;
    if (!batch || this.#closed) return;
    await this.options.onBatch(batch);
    part.next = batch.nextOffset;
    part.cuts = cuts;
  }

  async caughtUp(): Promise<void> {
    const goals = this.#parts.map((part) => ({ part, end: this.records.end(part.topic, part.partition) }));
    const isBehind = (): boolean => goals.some(({ part, end }) => part.next < end);
    while (isBehind() && !this.#closed)
      await new Promise<void>((resolve) => {
        const reached = (): void => {
          this.#reached.delete(reached);
          resolve();
        };
        this.#reached.add(reached);
      });
  }

  lag(): Promise<number> {
    return Promise.resolve(
      this.#parts.reduce(
        (lag, { topic, partition, next }) => lag + Math.max(0, this.records.end(topic, partition) - next),
        0,
      ),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    this.#waiting.wake();
    await this.#running;
    for (const reached of this.#reached) reached();
  }
}

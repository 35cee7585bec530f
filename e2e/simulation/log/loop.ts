import { backoffMs } from '@assay/backoff';
import { sleep } from '@assay/event-sourcing';
import { notRead, type Batch, type PartitionOwner } from '@assay/messaging';
import type { Process } from '../world/process.ts';
import type { SimulatedRecords } from './records.ts';
import { WakeUp } from './waiting.ts';

/** Reads one partition number for its owner, one batch at a time, from any of its topics with a batch. */
export class Loop {
  readonly #waiting = new WakeUp();
  readonly #running: Promise<void>;
  #unwatch: () => void;
  #stopped = false;
  #reopen = false;

  constructor(
    readonly partition: number,
    private readonly topics: readonly string[],
    private readonly owner: PartitionOwner,
    private readonly records: SimulatedRecords,
    private readonly process: Process,
  ) {
    const parts = topics.map((topic) => ({ topic, partition }));
    this.#unwatch = records.watch(parts, () => process.notify(() => this.#waiting.wake()));
    this.#running = this.#run();
  }

  reopen(): void {
    this.#reopen = true;
    this.#waiting.wake();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopped;) {
      try {
        this.#reopen = false;
        const seen = new Map(this.topics.map((topic) => [topic, this.#cuts(topic)]));
        const next: Record<string, number> = { ...(await this.owner.opened(this.partition)) };
        failures = 0;
        await this.#read(next, seen);
      } catch {
        // The owner has reported the reason. The loop only retries the same batch, with growing pauses.
        failures += 1;
        await sleep(
          this.process,
          backoffMs({ firstMs: 100, longestMs: 5000 }, failures - 1, this.process.world.random.between(0, 1)),
        );
      }
    }
  }

  #cuts(topic: string): number {
    return this.records.cuts(topic, this.partition);
  }

  async #read(next: Record<string, number>, seen: Map<string, number>): Promise<void> {
    const waiting = new Set<string>();
    while (!this.#stopped && !this.#reopen) {
      const ready = this.topics.filter(
        (topic) =>
          next[topic] !== notRead &&
          !waiting.has(topic) &&
          (this.records.end(topic, this.partition) > (next[topic] ?? 0) || this.#cuts(topic) !== seen.get(topic)),
      );
      if (ready.length === 0) {
        await this.#waiting.next();
        continue;
      }
      const topic = this.process.world.random.pick(ready);
      const [cuts, fetched] = [this.#cuts(topic), await this.#fetch(topic, next)];
      // A broker was away, or has no records at the position: a reader that passes a cut learns of it by `resumed`.
      const resumed = this.#cuts(topic) !== seen.get(topic) ? { resumed: true } : {};
      const [position] = [next[topic] ?? 0];
      const batch = fetched
        ? { ...fetched, ...resumed }
        : cuts === seen.get(topic)
          ? undefined
          : {
              topic,
              partition: this.partition,
              records: [],
              fetchedOffset: position,
              nextOffset: position,
              resumed: true,
            };
      if (!batch || this.#stopped || this.#reopen) continue;
      if ((await this.owner.received(batch)) === 'waiting') waiting.add(topic);
      else next[topic] = batch.nextOffset;
      if (this.#cuts(topic) === cuts) seen.set(topic, cuts);
    }
  }

  async #fetch(topic: string, next: Record<string, number>): Promise<Batch | undefined> {
    const { random, weather, tally } = this.process.world;
    const position = next[topic] ?? 0;
    const isStale = random.chance(weather.staleBatch);
    const from = isStale ? random.whole(0, this.records.end(topic, this.partition)) : position;
    if (from !== position) tally.count('batch of another offset');
    const most = random.chance(0.5) ? 100 : random.whole(1, 3);
    try {
      return await this.process.call('log', `fetch ${topic}`, () =>
        this.records.batch(topic, this.partition, from, most),
      );
    } catch {
      await sleep(this.process, 100);
      return undefined;
    }
  }

  /** Resolves when the owner has let go. */
  async stop(): Promise<void> {
    if (this.#stopped) return this.#running;
    this.#stopped = true;
    this.#unwatch();
    this.#waiting.wake();
    await this.#running;
    await this.owner.closed(this.partition);
  }
}

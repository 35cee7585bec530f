import { setTimeout as pause } from 'node:timers/promises';
import { Feed, type Position } from './feed.ts';
import { createErrorFromCode, fetchFrom, type FetchedPartition, type FetchRequest } from './internals.ts';
import { readCommitted } from './connection.ts';
import { isStale } from './failure.ts';
import { backoffMs, type Wire } from './wire.ts';

/** How long a broker holds a fetch that finds nothing. */
const longWaitMs = 200;
/** While a position waits for the running fetch to end before it can take part: hardly. */
const shortWaitMs = 10;
const bytesPerPartition = 2 ** 20;
const bytesPerFetch = 8 * 2 ** 20;
/** A position whose offset the log does not have is asked about again after this long. */
const outOfRangeAgainMs = 5000;
const outOfRange = 1;

export interface FetcherOptions {
  readonly wire: Wire;
  readonly nameOf: (topic: string) => string;
  readonly report: (what: string, error: unknown) => void;
}

/**
 * Fetches for all feeds of a log, with one request under way per broker. It always asks for every position that has
 * room, also while what came before is still worked on, so that nobody who works slowly holds up anybody else.
 */
export class Fetcher {
  readonly #feeds = new Set<Feed>();
  readonly #loops = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  readonly #resting = new Set<Position>();
  #wakes = new Set<() => void>();
  #routing: Promise<void> | undefined;
  #restless = false;
  /** When a broker last answered a fetch, ms since 1970; 0 before the first. */
  lastAnswer = 0;

  constructor(private readonly options: FetcherOptions) {}

  get isReading(): boolean {
    return this.#feeds.size > 0;
  }

  /** Begins to read some partitions, each from an offset. */
  open(from: Iterable<{ topic: string; partition: number; offset: number }>): Feed {
    const feed = new Feed(() => this.#wake(), (left) => this.#feeds.delete(left));
    for (const { topic, partition, offset } of from) feed.positions.push({ topic, name: this.options.nameOf(topic), partition, feed, next: offset, node: undefined });
    this.#feeds.add(feed);
    this.#route();
    return feed;
  }

  #positions(): Position[] {
    return [...this.#feeds].flatMap(({ positions }) => positions);
  }

  #wake(): void {
    this.#restless = true;
    const wakes = this.#wakes;
    this.#wakes = new Set();
    for (const wake of wakes) wake();
  }

  /** Finds out who leads what, until it is known of all. */
  #route(): void {
    this.#routing ??= this.#routeAll().finally(() => { this.#routing = undefined; });
  }

  async #routeAll(): Promise<void> {
    const { wire, report } = this.options;
    for (let failures = 0; !this.#abort.signal.aborted;) {
      const lost = this.#positions().filter((position) => position.node === undefined && !this.#resting.has(position));
      if (lost.length === 0) return;
      try {
        for (const position of lost) position.node = await wire.leader(position.name, position.partition);
        const leaderless = lost.find(({ node }) => node === undefined);
        for (const node of new Set(lost.flatMap(({ node: leader }) => leader ?? []))) if (!this.#loops.has(node)) this.#loops.set(node, this.#run(node));
        this.#wake();
        if (leaderless) throw createErrorFromCode(5);
        failures = 0;
      } catch (error) {
        report('looking for the leaders', error);
        await wire.mend(error);
        await this.#pause(backoffMs(failures));
        failures += 1;
      }
    }
  }

  async #run(node: string): Promise<void> {
    for (let failures = 0; !this.#abort.signal.aborted;) {
      const mine = this.#positions().filter((position) => position.node === node);
      const wanted = mine.filter(({ feed }) => !feed.isFull);
      if (wanted.length === 0) {
        await new Promise<void>((resolve) => { this.#wakes.add(resolve); });
        continue;
      }
      try {
        await this.#fetch(node, wanted, this.#restless || wanted.length < mine.length ? shortWaitMs : longWaitMs);
        failures = 0;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        failures += 1;
        this.options.report('fetching', error);
        await this.options.wire.mend(error);
        await this.#pause(backoffMs(failures));
        for (const position of mine) position.node = undefined;
        this.#route();
        await this.#routing;
      }
    }
  }

  async #fetch(node: string, wanted: readonly Position[], maxWaitTime: number): Promise<void> {
    this.#restless = false;
    const broker = await this.options.wire.broker(node);
    const fetched = await fetchFrom(broker, request(wanted, maxWaitTime));
    this.lastAnswer = Date.now();
    const byPlace = new Map(wanted.map((position) => [`${position.name}/${position.partition}`, position]));
    for (const { topicName, partitions } of fetched) {
      for (const partition of partitions) this.#take(byPlace.get(`${topicName}/${partition.partition}`)!, partition);
    }
  }

  #take(position: Position, fetched: FetchedPartition): void {
    if (fetched.errorCode === 0) return position.feed.take(position, fetched);
    const error = createErrorFromCode(fetched.errorCode);
    position.node = undefined;
    if (isStale(error) && fetched.errorCode !== outOfRange) {
      void this.options.wire.mend(error).then(() => this.#route());
      return;
    }
    // Only this position suffers; what it waits for may come (a restored broker), and the others go on.
    this.options.report(`${position.topic}/${position.partition} at ${position.next}`, error);
    this.#resting.add(position);
    void this.#pause(outOfRangeAgainMs).then(() => { this.#resting.delete(position); this.#route(); });
  }

  #pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.#abort.signal, ref: false }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    for (const feed of this.#feeds) feed.close();
    this.#wake();
    await this.options.wire.close();
    await Promise.all(this.#loops.values());
    await this.#routing;
  }
}

const request = (wanted: readonly Position[], maxWaitTime: number): FetchRequest => ({
  maxWaitTime, minBytes: 1, maxBytes: bytesPerFetch, isolationLevel: readCommitted,
  topics: [...Map.groupBy(wanted, ({ name }) => name)].map(([topic, positions]) => ({
    topic, partitions: positions.map(({ partition, next }) => ({ partition, fetchOffset: String(next), maxBytes: bytesPerPartition })) })),
});

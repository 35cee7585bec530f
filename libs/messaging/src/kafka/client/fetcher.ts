import { present } from '@assay/events';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { brokerBackoff } from '../../backoff.ts';
import { readCommitted } from './connection.ts';
import { isGone, isStale } from './failure.ts';
import { FetchBuffer, type FetchPosition } from './fetch-buffer.ts';
import { createErrorFromCode, fetchFrom, leaderNotAvailable, type FetchRequest } from './internals.ts';
import { checkGaps } from '../consumer-group/check-gaps.ts';
import { quietFailures, type ClusterConnection } from './cluster-connection.ts';

/** How long a broker holds a fetch that finds nothing. */
const longWaitMs = 500;
/** Used while a position waits for the running fetch to end before it can join the next. */
const shortWaitMs = 10;
/**
 * Bounds the records alive at once: compressed ones take twenty times their bytes and more, and buffered ones survive
 * one garbage collection after the other. More would only be dropped when it is decoded (`decoding.ts`).
 */
const bytesPerFetch = 2 ** 19;
const bytesPerPartition = 2 ** 17;
/** Pause of a position without a leader; much longer for an offset that the log does not have, or has damaged. */
const leaderlessMs = 100;
const goneMs = 5000;

/** After a fetch of at most this size (characters of values; some hundred events) a pause lets more records gather. */
const smallFetch = 2 ** 18;

export interface FetcherOptions {
  readonly wire: ClusterConnection;
  readonly nameOf: (topic: string) => string;
  readonly report: (context: string, error: unknown) => void;
  /** Pause after a fetch that brought little, ms. */
  readonly restMs?: number;
}

/**
 * Fetches for all feeds of a log, with one request in flight per broker. A request names every position that has room,
 * also while earlier records are still processed. So a slow reader delays no other.
 */
export class Fetcher {
  readonly #feeds = new Set<FetchBuffer>();
  readonly #loops = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  readonly #paused = new Set<FetchPosition>();
  #wakes: (() => void)[] = [];
  #routing: Promise<void> = Promise.resolve();
  #isWaitShort = false;
  #turn = 0;
  /** The metadata may be out of date. */
  #isStale = false;
  /**
   * Start of the time for which a broker owes an answer to a fetch, ms since 1970. It is the last answer, or the moment
   * when there was room again; 0 before the first.
   */
  lastAnswer = 0;

  constructor(private readonly options: FetcherOptions) {}

  /** True if it waits for a broker; false while all its feeds are full. */
  get isReading(): boolean {
    return [...this.#feeds].some(({ isFull }) => !isFull);
  }

  /** Starts reading some partitions, each from an offset. */
  open(from: Iterable<{ topic: string; partition: number; offset: number }>): FetchBuffer {
    const feed = new FetchBuffer(
      () => this.#wake(),
      (left) => this.#feeds.delete(left),
    );
    for (const { topic, partition, offset } of from)
      feed.positions.push({
        topic,
        name: this.options.nameOf(topic),
        partition,
        feed,
        next: offset,
        isUnbroken: false,
        node: undefined,
      });
    this.#feeds.add(feed);
    this.#route();
    return feed;
  }

  #positions(): FetchPosition[] {
    return [...this.#feeds].flatMap(({ positions }) => positions);
  }

  #wake(): void {
    this.#isWaitShort = true;
    for (const wake of this.#wakes.splice(0)) wake();
  }

  /** Looks up the leaders until all are known. */
  #route(): void {
    this.#routing = this.#routing.then(() => this.#routeAll());
  }

  async #routeAll(): Promise<void> {
    for (let failures = 0; !this.#abort.signal.aborted; failures += 1) {
      const lost = this.#positions().filter((position) => position.node === undefined && !this.#paused.has(position));
      if (lost.length === 0) return;
      try {
        await this.options.wire.attempt(() => this.#find(lost));
      } catch (error) {
        if (failures > quietFailures) this.options.report('looking for the leaders', error);
        await this.#pause(backoffMs(brokerBackoff, failures));
      }
    }
  }

  async #find(lost: readonly FetchPosition[]): Promise<void> {
    if (this.#isStale) await (await this.options.wire.cluster()).refreshMetadata();
    this.#isStale = false;
    let failed: unknown;
    for (const position of lost)
      position.node = await this.options.wire.leader(position.name, position.partition).catch((error: unknown) => {
        failed ??= error;
        return undefined;
      });
    for (const { node } of lost)
      if (node !== undefined && !this.#loops.has(node)) this.#loops.set(node, this.#run(node));
    this.#wake();
    if (lost.some(({ node }) => node === undefined)) throw failed ?? createErrorFromCode(leaderNotAvailable);
  }

  async #run(node: string): Promise<void> {
    for (let failures = 0; !this.#abort.signal.aborted;) {
      const led = this.#positions().filter((position) => position.node === node);
      const wanted = led.filter(({ feed }) => !feed.isFull);
      if (wanted.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wakes.push(resolve);
        });
        this.lastAnswer = Date.now();
        continue;
      }
      try {
        const maxWaitTime =
          this.#isWaitShort || areApart(wanted) || wanted.length < led.length ? shortWaitMs : longWaitMs;
        const size = await this.options.wire.attempt(() => this.#fetch(node, wanted, maxWaitTime));
        failures = 0;
        if (this.options.restMs !== undefined && size > 0 && size <= smallFetch) await this.#pause(this.options.restMs);
        // Lets readers start on their batches before the next request on the same thread.
        else await new Promise(setImmediate);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        if (failures > quietFailures) this.options.report('fetching', error);
        await this.#pause(backoffMs(brokerBackoff, failures));
        failures += 1;
        for (const position of led) Object.assign(position, { node: undefined, isUnbroken: false });
        this.#route();
        await this.#routing;
      }
    }
  }

  /** @returns the size of the records fetched (characters of values) */
  async #fetch(node: string, wanted: readonly FetchPosition[], maxWaitTime: number): Promise<number> {
    this.#isWaitShort = false;
    // A request has one offset per partition, but several feeds may read it at different offsets. The offsets take
    // turns, each for all positions that share it.
    this.#turn += 1;
    const byPlace = new Map(
      [...Map.groupBy(wanted, ({ name, partition }) => `${name}/${partition}`)].map(([place, positions]) => {
        const offsets = [...new Set(positions.map(({ next }) => next))];
        const offset = offsets[this.#turn % offsets.length];
        return [place, positions.filter(({ next }) => next === offset)] as const;
      }),
    );
    const fetched = await fetchFrom(
      await this.options.wire.broker(node),
      request(this.#rotated([...byPlace.values()].flatMap((positions) => positions.slice(0, 1))), maxWaitTime),
    );
    this.lastAnswer = Date.now();
    let size = 0;
    for (const { topicName, partitions } of fetched) {
      for (const partition of partitions) {
        const place = `${topicName}/${partition.partition}`;
        for (const position of present(byPlace.get(place), `position at ${place}`)) {
          if (partition.errorCode !== 0) {
            this.#setAside(position, createErrorFromCode(partition.errorCode));
            continue;
          }
          const whole = checkGaps(partition, position.next);
          size += position.feed.take(position, whole);
          if (whole.messages.damage) this.#setAside(position, whole.messages.damage);
        }
      }
    }
    return size;
  }

  /**
   * A broker fills an answer up to its limit, and gives one large batch to the first partition with data. So every
   * partition is first in turn.
   */
  #rotated(positions: readonly FetchPosition[]): readonly FetchPosition[] {
    const first = this.#turn % positions.length;
    return [...positions.slice(first), ...positions.slice(0, first)];
  }

  /** Pauses one position; the others continue. */
  #setAside(position: FetchPosition, error: Error): void {
    const leaderless = isStale(error);
    if (!leaderless) this.options.report(`${position.topic}/${position.partition} at ${position.next}`, error);
    if (isGone(error)) position.feed.miss(position);
    Object.assign(position, { node: undefined, isUnbroken: false });
    this.#paused.add(position);
    void this.#pause(leaderless ? leaderlessMs : goneMs).then(() => {
      this.#paused.delete(position);
      this.#isStale ||= leaderless;
      this.#route();
    });
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

/** True if some positions are at different offsets of one partition, so that one request cannot fetch for all. */
const areApart = (wanted: readonly FetchPosition[]): boolean =>
  new Set(wanted.map(({ name, partition, next }) => `${name}/${partition}/${next}`)).size >
  new Set(wanted.map(({ name, partition }) => `${name}/${partition}`)).size;

const request = (wanted: readonly FetchPosition[], maxWaitTime: number): FetchRequest => ({
  maxWaitTime,
  minBytes: 1,
  maxBytes: bytesPerFetch,
  isolationLevel: readCommitted,
  topics: [...Map.groupBy(wanted, ({ name }) => name)].map(([topic, positions]) => ({
    topic,
    partitions: positions.map(({ partition, next }) => ({
      partition,
      fetchOffset: String(next),
      maxBytes: bytesPerPartition,
    })),
  })),
});

import { setTimeout as pause } from 'node:timers/promises';
import { steadyClock, type Clock } from '@assay/event-sourcing';
import { configTopics, keyedTopics, targetIn } from '@assay/events';
import { untilAnswered, type Batch as LogBatch, type EventLog, type Follower, type LogRecord } from '@assay/messaging';
import type { DuckDBInstance } from '@duckdb/node-api';
import { staleAfterMs } from '../domain/lapse.ts';
import { Batch } from './batch.ts';
import { leaveToOthers } from './courtesy.ts';
import { isBroken, openFile, ReadModelBroken, type Query } from './duckdb.ts';
import { Freshness, type Freshly } from './freshness.ts';
import { heardIn, positionKey, type Position } from './marks.ts';
import { News } from './news.ts';
import { UnfinishedPages } from './pages.ts';
import { ParkedEvents, type ParkedEvent } from './parked.ts';
import { Readers } from './readers.ts';
import { bytesOf, slicesOf } from './slices.ts';
import type { Reading } from './status.ts';
import { Writer } from './writer.ts';
import { WritingConnection } from './writing-connection.ts';

export interface ViewOptions {
  /** The DuckDB file; one process opens it. */
  readonly path: string;
  readonly log: EventLog;
  /** What "now" is where a status depends on it. */
  readonly clock?: (() => number) | undefined;
  /** By what it tells how long ago something was. */
  readonly steadyClock?: Clock;
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** How old the newest answer may be before readers are sent away. */
  readonly freshMs?: number;
  readonly staleAfterMs?: number;
  /** How long an order about a parked event waits for what comes of it. */
  readonly answerMs?: number;
  /** Told of a batch that could not be written; it is tried again until it can. */
  readonly onError?: (error: unknown) => void;
  /** Told that nothing can be written any more in this process. */
  readonly onBroken?: (error: ReadModelBroken) => void;
}

/** What the view follows: everything but the raw notifications, which say nothing that `image.pushed` does not. */
export const followedTopics: readonly string[] = [...keyedTopics.filter((topic) => topic !== 'notification.received'), ...configTopics];

/** Read ahead while a transaction is written: the more events of one placement fall into one, the less is written. */
const mostRecords = 8_000;
const mostBytes = 16 << 20;
/**
 * What is heard waits this long for what follows on it: of one image several events come within milliseconds, and each
 * transaction costs as much as many rows. And whoever decides about the same events is not held up by their being written down.
 */
const gatherMs = 70;
/** More than this (records, and bytes of them) is worth a transaction at once. */
const [fewRecords, fewBytes] = [100, 1 << 20];
/**
 * With more records than this to take in, readers are sent away for a while in any case: it writes when those who decide on
 * the same thread leave time, or three times a minute, so that what is said about images is not late as well.
 */
const farBehind = 100_000;

/**
 * The queryable read model behind the APIs. It follows the whole log with offsets of its own, kept in the transaction
 * of the rows, so what it holds is always the sum of a known stretch of the log, each event once.
 *
 * Its class is its injection token: `{ provide: View, useFactory: () => View.open({ … }) }`. Nest closes it with the module.
 */
export class View {
  readonly #clock: () => number;
  readonly #steadyClock: Clock;
  readonly #staleAfterMs: number;
  readonly #freshMs: number;
  readonly #answerMs: number;
  readonly partitions: number;
  readonly news = new News();
  readonly #onError: (error: unknown) => void;
  readonly #onBroken: (error: unknown) => void;
  readonly #log: EventLog;
  readonly #positions = new Map<string, Position>();
  #queue: (readonly LogRecord[])[] = [];
  #queued = 0;
  #queuedBytes = 0;
  /** Records that were ever queued. */
  #taken = 0;
  #writing: Promise<void> | undefined;
  #turn: PromiseWithResolvers<void> | undefined;
  #pages!: UnfinishedPages;
  #parked!: ParkedEvents;
  #writer!: Writer;
  #follower!: Follower;
  #freshness!: Freshness;
  /** Records in the log that could not be read here when it was last looked. */
  #behind = 0;
  /** How many callers wait for what they know of. */
  #awaited = 0;
  #closed = false;

  private constructor(options: ViewOptions, private readonly instance: DuckDBInstance, private readonly connection: WritingConnection, private readonly readers: Readers, private readonly queries: Readers) {
    this.#clock = options.clock ?? Date.now;
    this.#steadyClock = options.steadyClock ?? steadyClock;
    this.#staleAfterMs = options.staleAfterMs ?? staleAfterMs;
    this.#freshMs = options.freshMs ?? 10_000;
    this.#answerMs = options.answerMs ?? 10_000;
    this.partitions = options.log.partitions;
    this.#onError = options.onError ?? (() => undefined);
    this.#onBroken = (error) => options.onBroken?.(new ReadModelBroken(options.path, error));
    this.#log = options.log;
  }

  static async open(options: ViewOptions): Promise<View> {
    const instance = await openFile({ path: options.path, memoryLimit: options.memoryLimit ?? '400MB', threads: options.threads ?? 2 });
    const view = new View(options, instance, new WritingConnection(await instance.connect()), await Readers.of(instance, 2), await Readers.of(instance, 2));
    await view.#load(options.log);
    view.#follower = await options.log.follow(followedTopics, {
      from: (topic, partition) => view.#positions.get(positionKey({ topic, partition }))?.next,
      onBatch: (batch) => view.#hear(batch),
      patient: true,
    });
    view.#freshness = new Freshness(async () => (view.#behind = await view.lag()), () => view.caughtUp(), view.#freshMs, view.#steadyClock);
    return view;
  }

  /** What the file knows, if it belongs to this log: a log that ends before our position is another one, and we begin anew. */
  async #load(log: EventLog): Promise<void> {
    const { query } = this.connection;
    const stored = await query<{ topic: string; partition: number; next: bigint; mark: string }>('select * from positions');
    const ends = await untilAnswered(() => Promise.all(stored.map(({ topic, partition }) => log.end(topic, partition))));
    if (stored.some(({ next }, index) => Number(next) > ends[index]!)) await this.#clear();
    else for (const row of stored) this.#positions.set(positionKey(row), { ...row, next: Number(row.next) });
    this.#pages = await UnfinishedPages.stored(query);
    this.#parked = await ParkedEvents.stored(query);
    this.#writer = new Writer(this.connection);
  }

  async #clear(): Promise<void> {
    const names = await this.connection.query<{ name: string }>("select table_name as name from duckdb_tables() where table_name <> 'about'");
    await this.connection.transaction(async () => {
      for (const { name } of names) await this.connection.run(`delete from ${name}`);
    });
  }

  /** Takes a batch in; waits only while too much is queued. */
  async #hear(batch: LogBatch): Promise<void> {
    for (const slice of slicesOf(batch.records)) {
      while ((this.#queued >= mostRecords || this.#queuedBytes >= mostBytes) && !this.#closed) await this.#nextTurn();
      if (this.#closed) return;
      this.#queue.push(slice);
      this.#taken += slice.length;
      this.#queued += slice.length;
      this.#queuedBytes += bytesOf(slice);
      this.#writing ??= this.#write();
    }
  }

  /** Resolves when the next transaction has ended, well or not. */
  #nextTurn(): Promise<void> {
    return (this.#turn ??= Promise.withResolvers<void>()).promise;
  }

  #endTurn(): void {
    this.#turn?.resolve();
    this.#turn = undefined;
  }

  /** Writes whatever is queued, all of it in one transaction, until nothing is left. */
  async #write(): Promise<void> {
    try {
      for (let failures = 0; this.#queue.length > 0 && !this.#closed;) {
        if (this.#queued < fewRecords && this.#queuedBytes < fewBytes && this.#awaited === 0) await pause(gatherMs);
        if (this.#behind > farBehind) await leaveToOthers(() => this.#closed || this.#awaited > 0, this.#steadyClock);
        if (this.#closed) return;
        const slices = [...this.#queue];
        try {
          await this.#commit(slices);
          failures = 0;
          this.#queue = this.#queue.slice(slices.length);
        } catch (error) {
          // The slices stay queued: nothing of them was written, and nothing behind them may be.
          if (isBroken(error)) return this.#onBroken(error);
          this.#onError(error);
          failures += 1;
          await new Promise((resolve) => { setTimeout(resolve, Math.min(5_000, 100 * 2 ** failures)); });
        }
        this.#queued = this.#queue.reduce((sum, slice) => sum + slice.length, 0);
        this.#queuedBytes = this.#queue.reduce((sum, slice) => sum + bytesOf(slice), 0);
        this.#endTurn();
      }
    } finally {
      // Here and not when the promise has settled: what is queued in between would wait for the next one to be queued.
      this.#writing = undefined;
      this.#endTurn();
    }
  }

  async #commit(slices: readonly (readonly LogRecord[])[]): Promise<void> {
    const batch = new Batch(this.#pages.copy(), this.#parked);
    const positions = new Map<string, Position>();
    for (const records of slices) {
      const { topic, partition } = records[0]!;
      const key = positionKey({ topic, partition });
      const { heard, position } = heardIn(records, positions.get(key) ?? this.#positions.get(key) ?? { topic, partition, next: 0, mark: '0.0' });
      for (const one of heard) batch.take(one);
      positions.set(key, position);
    }
    await batch.takeAgain((target) => this.record(target));
    await this.#writer.write(batch, [...positions.values()]);
    for (const [key, position] of positions) this.#positions.set(key, position);
    this.#pages = batch.pages;
    this.#parked.take(batch.config.parked.changed);
    this.news.tell(batch.digests);
  }

  /** Asks within one snapshot: whole batches, none half. */
  read<T>(ask: (query: Query) => Promise<T>): Promise<T> {
    return this.readers.read(ask);
  }

  /** The same for queries of callers' own, which have connections of their own and a limit to their time. */
  readWithin<T>(limitMs: number, ask: (query: Query) => Promise<T>): Promise<T> {
    return this.queries.readWithin(limitMs, ask);
  }

  /** What the status of a digest's images depends on, now. */
  reading(digest: string): Reading {
    return { now: this.now(), parked: this.#parked.halts(digest), staleAfterMs: this.#staleAfterMs };
  }

  now(): number {
    return this.#clock();
  }

  /** Healthy by a database built before this (ms since the epoch) is not believed any more. */
  staleBefore(): number {
    return this.now() - this.#staleAfterMs;
  }

  get parked(): ParkedEvents {
    return this.#parked;
  }

  /** The record that a target names, as it lies in the log. */
  async record(target: string): Promise<LogRecord | undefined> {
    const { topic, partition, offset } = targetIn(target)!;
    if (await this.#log.end(topic, partition) <= offset) return undefined;
    for await (const { records } of this.#log.read(topic, partition, offset, offset + 1)) return records[0];
    return undefined;
  }

  /** Next offsets of a topic, by partition. */
  heard(topic: string): readonly number[] {
    return Array.from({ length: this.partitions }, (_, partition) => this.#positions.get(positionKey({ topic, partition }))?.next ?? 0);
  }

  /** Waits until as much of a topic was heard here as somebody saw elsewhere; false when that takes too long. */
  async reached(topic: string, offsets: readonly number[]): Promise<boolean> {
    const isThere = (): boolean => this.heard(topic).every((next, partition) => next >= (offsets[partition] ?? 0));
    return await this.#until(() => isThere() || undefined, this.#freshMs) ?? false;
  }

  /** Waits for what became of a parked event by an order, or by another that came before it; nothing when that takes too long. */
  answered(target: string, order: string): Promise<ParkedEvent | undefined> {
    return this.#until(() => {
      const event = this.#parked.get(target);
      return event?.answers === order || (event && event.outcome !== 'parked') ? event : undefined;
    }, this.#answerMs);
  }

  async #until<T>(look: () => T | undefined, ms: number): Promise<T | undefined> {
    this.#awaited += 1;
    try {
      for (const until = performance.now() + ms; ; await pause(20)) {
        const seen = look();
        if (seen !== undefined || this.#closed || performance.now() > until) return seen;
      }
    } finally {
      this.#awaited -= 1;
    }
  }

  freshness(): Promise<Freshly> {
    return this.#freshness.now();
  }

  /** Resolves when everything that was in the log at the time of the call can be read here. */
  async caughtUp(): Promise<void> {
    await this.#follower.caughtUp();
    for (const goal = this.#taken; this.#taken - this.#queued < goal && this.#writing;) await this.#nextTurn();
  }

  /** Records in the log that cannot be read here yet. */
  async lag(): Promise<number> {
    return await this.#follower.lag() + this.#queued;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.news.end();
    this.#endTurn();
    this.#freshness.close();
    await this.#follower.close();
    await this.#writing;
    await this.readers.close();
    await this.queries.close();
    this.connection.close();
    this.instance.closeSync();
  }

  /** Called by Nest. */
  async onModuleDestroy(): Promise<void> {
    await this.close();
  }
}

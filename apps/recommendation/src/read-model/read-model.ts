import { setTimeout as pause } from 'node:timers/promises';
import { steadyClock, type Clock } from '@assay/event-sourcing';
import { configTopics, keyedTopics, targetIn } from '@assay/events';
import {
  changeIn,
  LogChanged,
  untilAnswered,
  Waits,
  type Batch as LogBatch,
  type EventLog,
  type Follower,
  type LogRecord,
  type Wait,
} from '@assay/messaging';
import { staleAfterMs } from '../domain/lapse.ts';
import { Batch } from './batch.ts';
import { Copies, type CopyOptions, type Original } from './copies.ts';
import { leaveToOthers } from './yield-to-event-loop.ts';
import { Database } from './database.ts';
import { isBroken, ReadModelBroken, type Query } from './duckdb.ts';
import { Freshness, type Freshly } from './freshness.ts';
import { HaltedPartitions } from './halted.ts';
import { heardIn, positionKey, type Position, type Skipped } from './marks.ts';
import { ImageChangeNotifier } from './image-change-notifier.ts';
import { UnfinishedPages } from './pages.ts';
import { ParkedEvents, type ParkedEvent } from './parked.ts';
import type { Reading } from './status.ts';
import { WriteQueue, type Slice } from './write-queue.ts';
import { Writer } from './writer.ts';

export interface ViewOptions {
  /** The DuckDB file; one process opens it. */
  readonly path: string;
  readonly log: EventLog;
  /** What "now" is where a status depends on it. */
  readonly clock?: (() => number) | undefined;
  /** By what it tells how long ago something was. */
  readonly steadyClock?: Clock;
  /** What DuckDB may take in memory for whoever writes and whoever reads over REST. */
  readonly memoryMb?: number;
  readonly threads?: number;
  /** For queries of callers' own, which have a process of their own. */
  readonly queries?: CopyOptions;
  /** How old the newest answer may be before readers are sent away. */
  readonly freshMs?: number;
  readonly staleAfterMs?: number;
  /** How long an order about a parked event waits for what comes of it. */
  readonly answerMs?: number;
  /** Told of a batch that could not be written; it is tried again until it can. */
  readonly onError?: (error: unknown) => void;
  /** Told that some of the log is for a newer program. */
  readonly onWait?: (wait: Wait) => void;
  /** Told that nothing can be written any more in this process. */
  readonly onBroken?: (error: ReadModelBroken) => void;
}

/** What the view follows: everything but the raw notifications, which say nothing that `image.pushed` does not. */
export const followedTopics: readonly string[] = [
  ...keyedTopics.filter((topic) => topic !== 'notification.received'),
  ...configTopics,
];

/**
 * With more records than this to take in, readers are sent away for a while in any case: it writes when those who
 * decide on the same thread leave time, or three times a minute, so that what is said about images is not late as well.
 */
const farBehind = 100_000;

/** Whoever writes types that there are not may write many: of so many it is told. */
const mostSkipped = 100;

/** A log that seems to lack something is asked once more after this long. */
const logAgainMs = 1000;

/**
 * The queryable read model behind the APIs. It follows the whole log with offsets of its own, kept in the transaction
 * of the rows, so what it holds is always the sum of a known stretch of the log, each event once.
 *
 * Its class is its injection token: `{ provide: View, useFactory: () => View.open({ … }) }`. Nest closes it with the
 * module.
 */
export class View {
  readonly #clock: () => number;
  readonly #steadyClock: Clock;
  readonly #staleAfterMs: number;
  readonly #freshMs: number;
  readonly #answerMs: number;
  readonly partitions: number;
  readonly news = new ImageChangeNotifier();
  readonly #onError: (error: unknown) => void;
  readonly #onWait: (wait: Wait) => void;
  readonly #waits = new Map<string, Wait>();
  /** Types that are none of their topics, as far as they were told of: each is, once. */
  readonly #skipped = new Set<string>();
  readonly #onBroken: (error: unknown) => void;
  readonly #log: EventLog;
  readonly #positions = new Map<string, Position>();
  readonly #queue: WriteQueue;
  /** Of what something was heard since the log is followed. */
  readonly #heardOf = new Set<string>();
  /** While it is filled anew, since the log was not what had been read. */
  #renewing: Promise<void> | undefined;
  /** What is heard before it begins anew is of no use. */
  #isDeaf = false;
  /** How often something was written. */
  #written = 0;
  #pages!: UnfinishedPages;
  #parked!: ParkedEvents;
  #halted!: HaltedPartitions;
  #writer!: Writer;
  #follower!: Follower;
  #freshness!: Freshness;
  /** Records in the log that could not be read here when it was last looked. */
  #behind = 0;
  /** How many callers wait for what they know of. */
  #awaited = 0;
  #closed = false;

  /** Queries of callers' own, which may take what they want without anybody else noticing. */
  readonly queries: Copies;

  private constructor(
    options: ViewOptions,
    private database: Promise<Database>,
  ) {
    this.#clock = options.clock ?? Date.now;
    this.#steadyClock = options.steadyClock ?? steadyClock;
    this.#staleAfterMs = options.staleAfterMs ?? staleAfterMs;
    this.#freshMs = options.freshMs ?? 10_000;
    this.#answerMs = options.answerMs ?? 10_000;
    this.partitions = options.log.partitions;
    this.#onError = options.onError ?? (() => undefined);
    this.#onWait = options.onWait ?? (() => undefined);
    this.#onBroken = (error) => options.onBroken?.(new ReadModelBroken(options.path, error));
    this.#log = options.log;
    this.#queue = new WriteQueue({
      clock: steadyClock,
      isFatal: isBroken,
      commit: (slices) => this.#commit(slices),
      mend: (why) => this.#mended(why),
      isUrgent: () => this.#awaited > 0,
      failed: this.#onError,
      gaveUp: this.#onBroken,
      rest: async () => {
        if (this.#behind > farBehind) await leaveToOthers(() => this.#closed || this.#awaited > 0, this.#steadyClock);
      },
    });
    this.queries = new Copies(this.#original(options.path), { onError: this.#onError, ...options.queries });
  }

  /**
   * @throws FolderInUse where another process has the file
   * @throws ReadModelMemory where `memoryMb` does not do for it
   */
  static async open(options: ViewOptions): Promise<View> {
    const database = await Database.open({
      path: options.path,
      memoryLimit: `${options.memoryMb ?? 400}MB`,
      threads: options.threads ?? 2,
    });
    const view = new View(options, Promise.resolve(database));
    await view.#load(options.log);
    view.#freshness = new Freshness(
      async () => {
        view.#refuseToWait();
        return (view.#behind = await view.lag());
      },
      async () => {
        await view.#level();
        view.#refuseToWait();
      },
      view.#freshMs,
      view.#steadyClock,
    );
    await view.#follow();
    return view;
  }

  /** Why some of the log is not read on. */
  get waits(): readonly Wait[] {
    return [...this.#waits.values()];
  }

  /**
   * What only a newer program can read is as far away as a log that cannot be reached: readers are told of what moment
   * all was known.
   */
  #refuseToWait(): void {
    for (const wait of this.waits) throw new Waits(wait);
  }

  #original(path: string): Original {
    const [written, asOf] = [() => this.#written, () => this.#freshness.asOf];
    return {
      path,
      get written() {
        return written();
      },
      get asOf() {
        return asOf();
      },
      copied: async (...parts) => (await this.database).copied(...parts),
      writeTo: async (file) => (await this.database).writeTo(file),
    };
  }

  async #follow(): Promise<void> {
    this.#heardOf.clear();
    this.#waits.clear();
    this.#follower = await this.#log.follow(followedTopics, {
      from: (topic, partition) => this.#positions.get(positionKey({ topic, partition }))?.next,
      onBatch: (batch) => this.#hear(batch),
      patient: true,
    });
  }

  /** What the file knows, if it belongs to this log: where the log is not the one that was read, we begin anew. */
  async #load(log: EventLog): Promise<void> {
    const { writing } = await this.database;
    const { query } = writing;
    const stored = (
      await query<{ topic: string; partition: number; next: bigint; mark: string; read: string | null }>(
        'select * from positions',
      )
    ).map((row): Position => ({ ...row, next: Number(row.next), read: row.read ?? undefined }));
    const changes = await untilAnswered(() => Promise.all(stored.map((position) => this.#changeIn(log, position))));
    const change = changes.find((each) => each !== undefined);
    if (change) {
      this.#onError(change);
      await this.#clear();
    } else for (const position of stored) this.#positions.set(positionKey(position), position);
    this.#pages = await UnfinishedPages.stored(query);
    this.#parked = await ParkedEvents.stored(query);
    this.#halted = await HaltedPartitions.stored(query);
    this.#writer = new Writer(writing);
  }

  async #changeIn(log: EventLog, { topic, partition, next, read }: Position): Promise<LogChanged | undefined> {
    const how = await changeIn(log, { topic, partition, next, mark: read }, () => pause(logAgainMs));
    return how === undefined
      ? undefined
      : new LogChanged(`${topic}/${partition}`, how, 'the read model is filled anew from the log as it is');
  }

  /** The log was out of sight: sees whether it is still the one that was read, once all is written that was. */
  async #isTheSame(batch: LogBatch): Promise<boolean> {
    const key = positionKey(batch);
    // Of one that was not heard since it is followed nothing is on its way.
    if (this.#heardOf.has(key)) await this.#queue.idle();
    this.#heardOf.add(key);
    const position = this.#positions.get(key);
    const change = position && (await this.#changeIn(this.#log, position));
    if (!change || this.#closed) return !this.#closed;
    this.#onError(change);
    this.#renewing ??= this.#renew()
      .catch((error: unknown) => this.#queue.giveUp(error))
      .finally(() => {
        this.#renewing = undefined;
      });
    return false;
  }

  /** Forgets everything and reads the log from its beginning. Who waits until all was read waits for this, too. */
  async #renew(): Promise<void> {
    this.#isDeaf = true;
    this.#freshness.forget();
    await this.#follower.close();
    await this.#queue.idle();
    if (this.#closed) return;
    await this.#clear();
    this.#positions.clear();
    await this.#load(this.#log);
    this.#isDeaf = false;
    await this.#follow();
  }

  async #clear(): Promise<void> {
    const { writing } = await this.database;
    const names = await writing.query<{ name: string }>(
      "select table_name as name from duckdb_tables() where table_name <> 'about'",
    );
    await writing.transaction(async () => {
      for (const { name } of names) await writing.run(`delete from ${name}`);
    });
  }

  /**
   * Opens a database anew in which nothing can be written any more, or which gave up. Whoever reads waits for it.
   *
   * @returns whether that could be
   */
  async #mended(why: unknown): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<Database>();
    promise.catch(() => undefined);
    const before = await this.database;
    this.database = promise;
    try {
      resolve(await before.anew());
      await this.#loadAgain();
      return true;
    } catch (error) {
      reject(why);
      this.#onError(error);
      return false;
    }
  }

  /** What was written last may be there although it was said to have failed; the queue holds all that may not be. */
  async #loadAgain(): Promise<void> {
    const before = new Map(this.#positions);
    await this.#load(this.#log);
    for (const [key, { next }] of before)
      if (next > (this.#positions.get(key)?.next ?? 0)) throw new Error('the file lost what was written');
  }

  async #hear(batch: LogBatch): Promise<void> {
    if (this.#isDeaf || (batch.resumed && !(await this.#isTheSame(batch)))) return;
    await this.#queue.take(batch.records);
  }

  /**
   * Why nothing can be written any more, as far as opening the database anew did not help; the process ends by itself
   * soon.
   */
  get trouble(): string | undefined {
    return this.#queue.trouble;
  }

  async #commit(slices: readonly Slice[]): Promise<void> {
    const batch = new Batch(this.#pages.copy(), this.#parked, this.#halted);
    const positions = new Map<string, Position>();
    const waits = new Map<string, Wait>();
    for (const records of slices) {
      const { topic, partition } = records[0]!;
      const key = positionKey({ topic, partition });
      if (waits.has(key) || this.#waits.has(key)) continue;
      const { received, skipped, position, wait } = heardIn(
        records,
        positions.get(key) ?? this.#positions.get(key) ?? { topic, partition, next: 0, mark: '0.0', read: undefined },
      );
      for (const one of received) batch.take(one);
      for (const one of skipped) this.#skip(one);
      positions.set(key, position);
      if (wait) waits.set(key, wait);
    }
    await batch.takeAgain((target) => this.record(target));
    await this.#writer.write(batch, [...positions.values()]);
    for (const [key, position] of positions) this.#positions.set(key, position);
    for (const [key, wait] of waits) {
      this.#waits.set(key, wait);
      this.#onWait(wait);
    }
    this.#pages = batch.pages;
    this.#parked.take(batch.config.parked.changed);
    this.#halted.take(batch.config.halted.changed);
    this.#written += 1;
    this.news.tell(batch.digests);
  }

  #skip({ record: { topic, partition, offset }, type }: Skipped): void {
    const what = `${topic} ${type}`;
    if (this.#skipped.size >= mostSkipped || this.#skipped.has(what)) return;
    this.#skipped.add(what);
    this.#onError(
      new Error(`${topic}/${partition} at ${offset} is passed over: '${type.slice(0, 100)}' is no type of this topic`),
    );
  }

  /** Asks within one snapshot: whole batches, none half. */
  async read<T>(ask: (query: Query) => Promise<T>): Promise<T> {
    for (let isAgain = false; ; isAgain = true) {
      const database = await this.database;
      try {
        return await database.readers.read(ask);
      } catch (error) {
        if (isAgain || this.#closed) throw error;
        if (isBroken(error)) {
          await this.#queue.broke(error);
        } else if (database === (await this.database)) throw error;
      }
    }
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

  /** Partitions of services that stand still. */
  get halted(): HaltedPartitions {
    return this.#halted;
  }

  /** Waits until a partition that stood still was said to go on; false when that takes too long. */
  async resumed(target: string): Promise<boolean> {
    return (
      (await this.#until(() => this.#halted.get(target)?.outcome === 'resumed' || undefined, this.#answerMs)) ?? false
    );
  }

  /** The record that a target names, as it lies in the log. */
  async record(target: string): Promise<LogRecord | undefined> {
    const { topic, partition, offset } = targetIn(target)!;
    if ((await this.#log.end(topic, partition)) <= offset) return undefined;
    for await (const { records } of this.#log.read(topic, partition, offset, offset + 1)) return records[0];
    return undefined;
  }

  /** Next offsets of a topic, by partition. */
  received(topic: string): readonly number[] {
    return Array.from(
      { length: this.partitions },
      (_, partition) => this.#positions.get(positionKey({ topic, partition }))?.next ?? 0,
    );
  }

  /** Waits until as much of a topic was heard here as somebody saw elsewhere; false when that takes too long. */
  async reached(topic: string, offsets: readonly number[]): Promise<boolean> {
    const isThere = (): boolean => this.received(topic).every((next, partition) => next >= (offsets[partition] ?? 0));
    return (await this.#until(() => isThere() || undefined, this.#freshMs)) ?? false;
  }

  /**
   * Waits for what became of a parked event by an order, or by another that came before it; nothing when that takes too
   * long.
   */
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

  /**
   * Resolves when everything that was in the log at the time of the call can be read here, and is by the next query.
   */
  async caughtUp(): Promise<void> {
    await this.#level();
    this.queries.told();
  }

  async #level(): Promise<void> {
    while (this.#renewing) await this.#renewing;
    await this.#follower.caughtUp();
    await this.#queue.written();
  }

  /** Records in the log that cannot be read here yet. */
  async lag(): Promise<number> {
    if (this.#renewing) return Number.NaN;
    return (await this.#follower.lag()) + this.#queue.length;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.news.end();
    const written = this.#queue.close();
    this.#freshness.close();
    await this.#renewing;
    await this.#follower.close();
    await written;
    await this.queries.close();
    await (await this.database.catch(() => undefined))?.close();
  }

  /** Called by Nest. */
  async onModuleDestroy(): Promise<void> {
    await this.close();
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { steadyClock, type Clock } from '@assay/event-sourcing';
import { at, configTopics, keyedTopics, present, targetIn } from '@assay/events';
import {
  changeIn,
  LogChanged,
  retryUntilAnswered,
  Waits,
  type Batch as LogBatch,
  type EventLog,
  type Follower,
  type LogRecord,
  type Wait,
} from '@assay/messaging';
import { staleAfterMs } from '../placement/lapse.ts';
import { WriteBatch } from '../intake/batch.ts';
import { ChangeFeed } from './change-feed.ts';
import { changesFrom, positionIn, type ChangePosition } from '../intake/changes.ts';
import { marksIn, type PartitionMarks } from '../placement/coverage.ts';
import { Copies, type CopyOptions, type Original } from '../store/copies.ts';
import { leaveToOthers } from './yield-to-event-loop.ts';
import type { ReadModelDatabase } from '../store/database.ts';
import { inMemory, isBroken, ReadModelBroken, type RunQuery } from '../store/duckdb.ts';
import { Freshness, type Freshly } from './freshness.ts';
import { HaltedPartitions } from '../intake/halted.ts';
import { History } from '../intake/history.ts';
import { receivedIn, positionKey, type ReadPosition, type Skipped } from '../intake/marks.ts';
import { ImageChangeNotifier } from './image-change-notifier.ts';
import { knowledgeIn, type Knowledge } from './knowledge.ts';
import { UnfinishedPages } from '../intake/pages.ts';
import { ParkedEvents, type ParkedEvent } from '../intake/parked.ts';
import { openedReadModel, snapshotFolder } from '../snapshots/open.ts';
import { SnapshotTaker, type SnapshotOptions } from '../snapshots/taker.ts';
import { setFromLog } from '../intake/repair.ts';
import type { StatusFacts } from '../placement/status.ts';
import { WriteQueue, type Slice } from '../intake/write-queue.ts';
import { Writer } from '../intake/writer.ts';

export interface ViewOptions {
  /** The DuckDB file; only one process opens it. */
  readonly path: string;
  readonly log: EventLog;
  /** The current time, for statuses that depend on it. */
  readonly clock?: (() => number) | undefined;
  /** Measures durations. */
  readonly steadyClock?: Clock;
  /** DuckDB's memory limit for writes and for reads over REST. */
  readonly memoryMb?: number;
  readonly threads?: number;
  /** For callers' queries, which run in a separate process. */
  readonly queries?: CopyOptions;
  /** Without it, no snapshots are taken or used. */
  readonly snapshots?: SnapshotOptions | undefined;
  /** Maximum age of the newest answer before readers get an error. */
  readonly freshMs?: number;
  readonly staleAfterMs?: number;
  /** How long a request about a parked event waits for the outcome. */
  readonly answerMs?: number;
  /** Called when a batch could not be written; the write is retried until it succeeds. */
  readonly onError?: (error: unknown) => void;
  /** Called when part of the log needs a newer program. */
  readonly onWait?: (wait: Wait) => void;
  /** Called when this process can no longer write. */
  readonly onBroken?: (error: ReadModelBroken) => void;
}

/** Topics that the view follows: all except raw notifications, which add nothing to `image.pushed`. */
export const followedTopics: readonly string[] = [
  ...keyedTopics.filter((topic) => topic !== 'notification.received'),
  ...configTopics,
];

/**
 * Beyond this many unread records, readers get an error for a while in any case. So the view writes only when the
 * deciders on the same thread leave time, or three times a minute, to keep their decisions prompt.
 */
const farBehind = 100_000;

/** A producer of unknown types may write many; at most this many types are reported. */
const mostSkipped = 100;

/** An export reads rows in the order of its pages, so it needs little; the next one gets a copy of its own. */
const exportCopies: CopyOptions = { name: 'exports', memoryMb: 200, threads: 1, idleMs: 1_000 };

/** Delay before a second look at a log that seems to lack records. */
const logAgainMs = 1000;

/**
 * The queryable read model behind the APIs. It follows the whole log with its own offsets, stored in the same
 * transaction as the rows. So it always holds exactly the events of a known range of the log, each once.
 *
 * The class is its injection token: `{ provide: View, useFactory: () => View.open({ … }) }`. Nest closes it with the
 * module.
 */
export class View {
  readonly #clock: () => number;
  readonly #steadyClock: Clock;
  readonly #staleAfterMs: number;
  readonly #freshMs: number;
  readonly #answerMs: number;
  readonly partitions: number;
  /** The log itself, for questions that the tables do not answer. */
  readonly history: History;
  readonly imageChanges = new ImageChangeNotifier();
  /** Changes of recommendations as they are written. */
  readonly changeFeed = new ChangeFeed({
    position: () => this.changePosition(),
    read: (position, most) => this.read((query) => changesFrom(query, position, most)),
  });
  readonly #onError: (error: unknown) => void;
  readonly #onWait: (wait: Wait) => void;
  readonly #waits = new Map<string, Wait>();
  /** Unknown types of a topic that were reported; each is reported once. */
  readonly #skipped = new Set<string>();
  readonly #onBroken: (error: unknown) => void;
  readonly #log: EventLog;
  readonly #positions = new Map<string, ReadPosition>();
  readonly #queue: WriteQueue;
  /** Partitions received from since the log is followed. */
  readonly #receivedFrom = new Set<string>();
  /** Set while the view is refilled because the log differs from what had been read. */
  #renewing: Promise<void> | undefined;
  /** While true, batches are ignored: the view is about to start from scratch. */
  #isRestarting = false;
  /** Number of writes so far. */
  #written = 0;
  #pages!: UnfinishedPages;
  /** The latest mark of each partition of `finding.classified`. */
  #marks: PartitionMarks = new Map();
  #parked!: ParkedEvents;
  #halted!: HaltedPartitions;
  #writer!: Writer;
  #follower!: Follower;
  #freshness!: Freshness;
  /** Records that the view lacked at the last look. */
  #behind = 0;
  /** Number of callers that wait for records they know of. */
  #awaited = 0;
  #closed = false;

  /** Callers' queries, which cannot slow down anything else. */
  readonly queries: Copies;
  /** Exports, which take as long as their clients take. */
  readonly exports: Copies;
  /** Takes snapshots, if they are switched on. */
  readonly snapshots: SnapshotTaker | undefined;

  private constructor(
    options: ViewOptions,
    private database: Promise<ReadModelDatabase>,
  ) {
    this.#clock = options.clock ?? Date.now;
    this.#steadyClock = options.steadyClock ?? steadyClock;
    this.#staleAfterMs = options.staleAfterMs ?? staleAfterMs;
    this.#freshMs = options.freshMs ?? 10_000;
    this.#answerMs = options.answerMs ?? 10_000;
    this.partitions = options.log.partitions;
    this.history = new History(options.log);
    this.#onError = options.onError ?? (() => undefined);
    this.#onWait = options.onWait ?? (() => undefined);
    this.#onBroken = (error) => options.onBroken?.(new ReadModelBroken(options.path, error));
    this.#log = options.log;
    this.#queue = new WriteQueue({
      clock: steadyClock,
      isFatal: isBroken,
      commit: (slices) => this.#commit(slices),
      repair: (why) => this.#reopened(why),
      isUrgent: () => this.#awaited > 0,
      failed: this.#onError,
      gaveUp: this.#onBroken,
      rest: async () => {
        if (this.#behind > farBehind) await leaveToOthers(() => this.#closed || this.#awaited > 0, this.#steadyClock);
      },
    });
    const original = this.#original(options.path);
    this.queries = new Copies(original, { onError: this.#onError, ...options.queries });
    this.exports = new Copies(original, { onError: this.#onError, ...exportCopies });
    this.snapshots =
      options.snapshots && options.path !== inMemory
        ? new SnapshotTaker({
            options: options.snapshots,
            log: options.log,
            topics: followedTopics,
            path: options.path,
            folder: snapshotFolder(options.path),
            database: () => this.database,
            read: () => [...this.#positions.values()].reduce((sum, { next }) => sum + next, 0),
            onError: this.#onError,
          })
        : undefined;
  }

  /**
   * @throws FolderInUse if another process has the file open
   * @throws ReadModelMemory if `memoryMb` is too low for it
   */
  static async open(options: ViewOptions): Promise<View> {
    const database = await openedReadModel(
      { path: options.path, memoryLimit: `${options.memoryMb ?? 400}MB`, threads: options.threads ?? 2 },
      {
        log: options.log,
        topics: followedTopics,
        snapshots: options.snapshots,
        onError: options.onError ?? (() => undefined),
      },
    );
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

  /** Reasons why parts of the log are not read on. */
  get waits(): readonly Wait[] {
    return [...this.#waits.values()];
  }

  /**
   * Records for a newer program count like a log that cannot be reached: readers are informed up to when the data is
   * complete.
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
    this.#receivedFrom.clear();
    this.#waits.clear();
    this.#follower = await this.#log.follow(followedTopics, {
      from: (topic, partition) => this.#positions.get(positionKey({ topic, partition }))?.next,
      onBatch: (batch) => this.#receive(batch),
      patient: true,
    });
  }

  /**
   * Loads the state of the file if it belongs to this log. If the log differs from the one that was read, starts from
   * scratch.
   */
  async #load(log: EventLog): Promise<void> {
    const { writing } = await this.database;
    const { query } = writing;
    const stored = (
      await query<{ topic: string; partition: number; next: bigint; mark: string; read: string | null }>(
        'select * from positions',
      )
    ).map((row): ReadPosition => ({ ...row, next: Number(row.next), read: row.read ?? undefined }));
    const changes = await retryUntilAnswered(() =>
      Promise.all(stored.map((position) => this.#changeIn(log, position))),
    );
    const change = changes.find((each) => each !== undefined);
    if (change) {
      this.#onError(change);
      await this.#clear();
    } else for (const position of stored) this.#positions.set(positionKey(position), position);
    this.#pages = await UnfinishedPages.stored(query);
    this.#marks = await marksIn(query);
    this.#parked = await ParkedEvents.stored(query);
    this.#halted = await HaltedPartitions.stored(query);
    this.#writer = new Writer(writing, {
      partitions: this.partitions,
      fromLog: (places, wanted) =>
        setFromLog(places, ({ partition, offset }) => this.history.at('finding.classified', partition, offset), wanted),
    });
  }

  async #changeIn(log: EventLog, { topic, partition, next, read }: ReadPosition): Promise<LogChanged | undefined> {
    const how = await changeIn(log, { topic, partition, next, mark: read }, () => pause(logAgainMs));
    return how === undefined
      ? undefined
      : new LogChanged(`${topic}/${partition}`, how, 'the read model is rebuilt from the log as it is');
  }

  /**
   * Checks, after an interruption, that the log is still the one that was read. Waits until queued records are written.
   */
  async #isTheSame(batch: LogBatch): Promise<boolean> {
    const key = positionKey(batch);
    // No record of a partition that was not received from yet can be queued.
    if (this.#receivedFrom.has(key)) await this.#queue.idle();
    this.#receivedFrom.add(key);
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

  /** Clears everything and reads the log from its beginning. `caughtUp` waits for this, too. */
  async #renew(): Promise<void> {
    this.#isRestarting = true;
    this.#freshness.forget();
    await this.#follower.close();
    await this.#queue.idle();
    if (this.#closed) return;
    await this.#clear();
    this.changeFeed.restart();
    this.#positions.clear();
    await this.#load(this.#log);
    this.#isRestarting = false;
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
   * Reopens a database that gave up or can no longer be written. Reads wait for it.
   *
   * @returns whether it could be reopened
   */
  async #reopened(why: unknown): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<ReadModelDatabase>();
    promise.catch(() => undefined);
    const before = await this.database;
    this.database = promise;
    try {
      resolve(await before.reopened());
      await this.#loadAgain();
      return true;
    } catch (error) {
      reject(why);
      this.#onError(error);
      return false;
    }
  }

  /**
   * The last write may be in the file although it was reported as failed. The queue still holds all that may be
   * missing.
   */
  async #loadAgain(): Promise<void> {
    const before = new Map(this.#positions);
    await this.#load(this.#log);
    for (const [key, { next }] of before)
      if (next > (this.#positions.get(key)?.next ?? 0)) throw new Error('the file lost what was written');
  }

  async #receive(batch: LogBatch): Promise<void> {
    if (this.#isRestarting || (batch.resumed && !(await this.#isTheSame(batch)))) return;
    await this.#queue.take(batch.records);
  }

  /** Why nothing can be written, if reopening the database did not help. The process will end by itself soon. */
  get trouble(): string | undefined {
    return this.#queue.trouble;
  }

  async #commit(slices: readonly Slice[]): Promise<void> {
    const batch = new WriteBatch(this.#pages.copy(), new Map(this.#marks), this.#parked, this.#halted);
    const positions = new Map<string, ReadPosition>();
    const waits = new Map<string, Wait>();
    for (const records of slices) {
      const { topic, partition } = at(records, 0);
      const key = positionKey({ topic, partition });
      if (waits.has(key) || this.#waits.has(key)) continue;
      const { received, skipped, position, wait } = receivedIn(
        records,
        positions.get(key) ?? this.#positions.get(key) ?? { topic, partition, next: 0, mark: '0.0', read: undefined },
      );
      for (const one of received) batch.take(one);
      for (const one of skipped) this.#skip(one);
      positions.set(key, position);
      if (wait) waits.set(key, wait);
    }
    await batch.takeAgain((target) => this.record(target));
    const dropped = await this.#writer.write(batch, [...positions.values()], this.#parked.dropped);
    for (const [key, position] of positions) this.#positions.set(key, position);
    for (const [key, wait] of waits) {
      this.#waits.set(key, wait);
      this.#onWait(wait);
    }
    this.#pages = batch.pages;
    this.#marks = batch.marks;
    this.#parked.take(batch.config.parked.changed);
    this.#parked.dropped = dropped;
    this.#halted.take(batch.config.halted.changed);
    this.#written += 1;
    this.imageChanges.notify(batch.digests);
    if (batch.changes.length > 0) this.changeFeed.notify();
  }

  #skip({ record: { topic, partition, offset }, type }: Skipped): void {
    const name = `${topic} ${type}`;
    if (this.#skipped.size >= mostSkipped || this.#skipped.has(name)) return;
    this.#skipped.add(name);
    this.#onError(
      new Error(`${topic}/${partition} at ${offset} is skipped: '${type.slice(0, 100)}' is not a type of this topic`),
    );
  }

  /** Reads within one snapshot, which holds whole batches only. */
  async read<T>(work: (query: RunQuery) => Promise<T>): Promise<T> {
    for (let isAgain = false; ; isAgain = true) {
      const database = await this.database;
      try {
        return await database.readers.read(work);
      } catch (error) {
        if (isAgain || this.#closed) throw error;
        if (isBroken(error)) {
          await this.#queue.broke(error);
        } else if (database === (await this.database)) throw error;
      }
    }
  }

  /** The position behind every change of a recommendation that can be read now. */
  changePosition(): Promise<ChangePosition> {
    return this.read((query) => positionIn(query, this.partitions));
  }

  /** False if a position lies behind the end of the log. True if the log does not answer. */
  async hasChangesBefore(position: ChangePosition): Promise<boolean> {
    const ends = await Promise.all(
      position.map((_, partition) => this.#log.end('recommendation.changed', partition)),
    ).catch(() => undefined);
    return ends?.every((end, partition) => end >= (position[partition] ?? 0)) ?? true;
  }

  /** Number of places in the log from a position to the end of what can be read now. */
  async placesBehind(position: ChangePosition): Promise<number> {
    const head = await this.changePosition();
    return head.reduce((sum, next, partition) => sum + Math.max(0, next - (position[partition] ?? 0)), 0);
  }

  /** The facts besides the events that the status of a digest's images depends on. */
  reading(digest: string): StatusFacts {
    return { now: this.now(), parked: this.#parked.halts(digest), staleAfterMs: this.#staleAfterMs };
  }

  now(): number {
    return this.#clock();
  }

  /** How long it took, or takes, until all images were assessed with the newest database; undefined before any was. */
  knowledge(): Promise<Knowledge | undefined> {
    return this.read(async (query) => knowledgeIn(query, await marksIn(query), this.now()));
  }

  /** Healthy by a database built before this is stale, ms since the epoch. */
  staleBefore(): number {
    return this.now() - this.#staleAfterMs;
  }

  get parked(): ParkedEvents {
    return this.#parked;
  }

  /** Partitions of services at a standstill. */
  get halted(): HaltedPartitions {
    return this.#halted;
  }

  /** Waits until a halted partition is reported as resumed; false on timeout. */
  async resumed(target: string): Promise<boolean> {
    return (
      (await this.#until(() => this.#halted.get(target)?.outcome === 'resumed' || undefined, this.#answerMs)) ?? false
    );
  }

  /** The record that a target names, from the log. */
  async record(target: string): Promise<LogRecord | undefined> {
    const { topic, partition, offset } = present(targetIn(target), 'target');
    if ((await this.#log.end(topic, partition)) <= offset) return undefined;
    for await (const { records } of this.#log.read(topic, partition, offset, offset + 1)) return records[0];
    return undefined;
  }

  /** Next offset to read in each partition of a topic. */
  received(topic: string): readonly number[] {
    return Array.from(
      { length: this.partitions },
      (_, partition) => this.#positions.get(positionKey({ topic, partition }))?.next ?? 0,
    );
  }

  /** Waits until the view has read a topic up to these offsets, which a client saw elsewhere; false on timeout. */
  async reached(topic: string, offsets: readonly number[]): Promise<boolean> {
    const isThere = (): boolean => this.received(topic).every((next, partition) => next >= (offsets[partition] ?? 0));
    return (await this.#until(() => isThere() || undefined, this.#freshMs)) ?? false;
  }

  /** Waits for the outcome of a parked event by this order or an earlier one; undefined on timeout. */
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

  /** Reports a failure that no answer can name any more. */
  report(error: unknown): void {
    if (!this.#closed) this.#onError(error);
  }

  /** True while the tables cannot be written. */
  get isBroken(): boolean {
    return this.trouble !== undefined;
  }

  /** Time since all of the log could be read here, seconds; if it never could, since the tables are being filled. */
  get behindSeconds(): number {
    return this.#freshness.behindMs / 1000;
  }

  freshness(): Promise<Freshly> {
    return this.#freshness.now();
  }

  /** Resolves when everything in the log at the time of the call can be read here; the next query sees it, too. */
  async caughtUp(): Promise<void> {
    await this.#level();
    this.queries.notified();
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
    this.imageChanges.end();
    this.changeFeed.end();
    const written = this.#queue.close();
    this.#freshness.close();
    await this.#renewing;
    await this.#follower.close();
    await written;
    await this.queries.close();
    await this.exports.close();
    await this.snapshots?.close();
    await (await this.database.catch(() => undefined))?.close();
  }

  /** Called by Nest. */
  async onModuleDestroy(): Promise<void> {
    await this.close();
  }
}

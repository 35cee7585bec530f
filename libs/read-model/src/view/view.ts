import { setTimeout as pause } from 'node:timers/promises';
import { steadyClock, type Clock } from '@assay/event-sourcing';
import type { EventLog, Wait } from '@assay/messaging';
import { changesFrom, positionIn, type ChangePosition } from '../intake/changes.ts';
import type { HaltedPartitions } from '../intake/halted.ts';
import type { History } from '../intake/history.ts';
import type { ParkedEvent, ParkedEvents } from '../intake/parked.ts';
import { marksIn } from '../placement/coverage.ts';
import { staleAfterMs } from '../placement/lapse.ts';
import type { StatusFacts } from '../placement/status.ts';
import { openedReadModel, snapshotFolder } from '../snapshots/open.ts';
import { SnapshotTaker, type SnapshotOptions } from '../snapshots/taker.ts';
import { Copies, type CopyOptions, type Original } from '../store/copies.ts';
import type { ReaderKind, ReadModelDatabase } from '../store/database.ts';
import { inMemory, ReadModelBroken, type RunQuery } from '../store/duckdb.ts';
import type { ReadLimits } from '../store/readers.ts';
import { ChangeFeed } from './change-feed.ts';
import { followedTopics, TableFollower } from './follower.ts';
import { Freshness, type Freshly } from './freshness.ts';
import { ImageChangeNotifier } from './image-change-notifier.ts';
import { knowledgeIn, type Knowledge } from './knowledge.ts';

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

/** An export reads rows in the order of its pages, so it needs little; the next one gets a copy of its own. */
const exportCopies: CopyOptions = { name: 'exports', memoryMb: 200, threads: 1, idleMs: 1_000 };

/**
 * The queryable read model behind the APIs: it answers from the tables that its follower fills.
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
  readonly imageChanges = new ImageChangeNotifier();
  /** Changes of recommendations as they are written. */
  readonly changeFeed = new ChangeFeed({
    position: () => this.changePosition(),
    read: (position, most) => this.read((query) => changesFrom(query, position, most)),
  });
  readonly #onError: (error: unknown) => void;
  readonly #log: EventLog;
  readonly #follower: TableFollower;
  #freshness!: Freshness;
  /** Number of writes so far. */
  #written = 0;
  /** Number of callers that wait for records they know of. */
  #awaited = 0;
  #closed = false;

  /** Callers' queries, which cannot slow down anything else. */
  readonly queries: Copies;
  /** Exports, which take as long as their clients take. */
  readonly exports: Copies;
  /** Takes snapshots, if they are switched on. */
  readonly snapshots: SnapshotTaker | undefined;

  private constructor(options: ViewOptions, database: ReadModelDatabase) {
    this.#steadyClock = options.steadyClock ?? steadyClock;
    this.#clock = options.clock ?? Date.now;
    this.#staleAfterMs = options.staleAfterMs ?? staleAfterMs;
    this.#freshMs = options.freshMs ?? 10_000;
    this.#answerMs = options.answerMs ?? 10_000;
    this.partitions = options.log.partitions;
    this.#onError = options.onError ?? (() => undefined);
    this.#log = options.log;
    this.#follower = new TableFollower(Promise.resolve(database), {
      log: options.log,
      steadyClock: this.#steadyClock,
      isAwaited: () => this.#awaited > 0,
      onWritten: ({ digests, changes }) => {
        this.#written += 1;
        this.imageChanges.notify(digests);
        if (changes.length > 0) this.changeFeed.notify();
      },
      onRestart: () => {
        this.#freshness.forget();
      },
      onCleared: () => {
        this.changeFeed.restart();
      },
      onError: this.#onError,
      onWait: options.onWait ?? (() => undefined),
      onBroken: (error) => options.onBroken?.(new ReadModelBroken(options.path, error)),
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
            database: () => this.#follower.open,
            read: () => this.#follower.recordsRead,
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
    const view = new View(options, database);
    await view.#follower.load();
    view.#freshness = new Freshness(
      () => view.#follower.lagForReaders(),
      () => view.#follower.levelForReaders(),
      view.#freshMs,
      view.#steadyClock,
    );
    await view.#follower.follow();
    return view;
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
      copied: async (...parts) => (await this.#follower.open).copied(...parts),
      writeTo: async (file) => (await this.#follower.open).writeTo(file),
    };
  }

  /** The log itself, for questions that the tables do not answer. */
  get history(): History {
    return this.#follower.history;
  }

  /** Reasons why parts of the log are not read on. */
  get waits(): readonly Wait[] {
    return this.#follower.waits;
  }

  /** Why nothing can be written, if reopening the database did not help. The process will end by itself soon. */
  get trouble(): string | undefined {
    return this.#follower.trouble;
  }

  /**
   * Reads within one snapshot, which holds whole batches only.
   * @param kind whose connections are used: those of the service itself by default
   */
  read<T>(work: (query: RunQuery) => Promise<T>, kind?: ReaderKind, limits?: ReadLimits): Promise<T> {
    return this.#follower.read(work, kind, limits);
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
    return { now: this.now(), parked: this.parked.halts(digest), staleAfterMs: this.#staleAfterMs };
  }

  now(): number {
    return this.#clock();
  }

  /** How long it took, or takes, until all images were assessed with the newest database; undefined before any was. */
  async knowledgeIn(query: RunQuery): Promise<Knowledge | undefined> {
    return knowledgeIn(query, await marksIn(query), this.now());
  }

  /** Healthy by a database built before this is stale, ms since the epoch. */
  staleBefore(): number {
    return this.now() - this.#staleAfterMs;
  }

  get parked(): ParkedEvents {
    return this.#follower.parked;
  }

  /** Partitions of services at a standstill. */
  get halted(): HaltedPartitions {
    return this.#follower.halted;
  }

  /** Waits until a halted partition is reported as resumed; false on timeout. */
  async resumed(target: string): Promise<boolean> {
    return (
      (await this.#until(() => this.halted.get(target)?.outcome === 'resumed' || undefined, this.#answerMs)) ?? false
    );
  }

  /** Next offset to read in each partition of a topic. */
  received(topic: string): readonly number[] {
    return this.#follower.received(topic);
  }

  /** Waits until the view has read a topic up to these offsets, which a client saw elsewhere; false on timeout. */
  async reached(topic: string, offsets: readonly number[]): Promise<boolean> {
    const isThere = (): boolean => this.received(topic).every((next, partition) => next >= (offsets[partition] ?? 0));
    return (await this.#until(() => isThere() || undefined, this.#freshMs)) ?? false;
  }

  /** Waits for the outcome of a parked event by this order or an earlier one; undefined on timeout. */
  answered(target: string, order: string): Promise<ParkedEvent | undefined> {
    return this.#until(() => {
      const event = this.parked.get(target);
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
    await this.#follower.level();
    this.queries.notified();
  }

  /** Records in the log that cannot be read here yet. */
  lag(): Promise<number> {
    return this.#follower.lag();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.imageChanges.end();
    this.changeFeed.end();
    this.#freshness.close();
    await this.#follower.close();
    await this.queries.close();
    await this.exports.close();
    await this.snapshots?.close();
    await (await this.#follower.open.catch(() => undefined))?.close();
  }

  /** Called by Nest. */
  async onModuleDestroy(): Promise<void> {
    await this.close();
  }
}

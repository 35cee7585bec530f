import { setTimeout as pause } from 'node:timers/promises';
import { steadyClock, type Clock } from '@assay/event-sourcing';
import { at, configTopics, keyedTopics } from '@assay/events';
import {
  changeIn,
  LogChanged,
  retryUntilAnswered,
  Waits,
  type Batch as LogBatch,
  type EventLog,
  type Follower,
  type Wait,
} from '@assay/messaging';
import { WriteBatch } from '../intake/batch.ts';
import { HaltedPartitions } from '../intake/halted.ts';
import { History } from '../intake/history.ts';
import { positionKey, receivedIn, type ReadPosition, type Skipped } from '../intake/marks.ts';
import { UnfinishedPages } from '../intake/pages.ts';
import { ParkedEvents } from '../intake/parked.ts';
import { setFromLog } from '../intake/repair.ts';
import { WriteQueue, type Slice } from '../intake/write-queue.ts';
import { Writer } from '../intake/writer.ts';
import { marksIn, type PartitionMarks } from '../placement/coverage.ts';
import type { ReaderKind, ReadModelDatabase } from '../store/database.ts';
import { isBroken, type RunQuery } from '../store/duckdb.ts';
import type { ReadLimits } from '../store/readers.ts';
import { leaveToOthers } from './yield-to-event-loop.ts';

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

/** Delay before a second look at a log that seems to lack records. */
const logAgainMs = 1000;

export interface FollowerPorts {
  readonly log: EventLog;
  readonly steadyClock: Clock;
  /** Whether a caller waits for records it knows of. */
  readonly isAwaited: () => boolean;
  /** Called when a batch is written. */
  readonly onWritten: (batch: WriteBatch) => void;
  /** Called before everything is cleared because the log is another one, and after. */
  readonly onRestart: () => void;
  readonly onCleared: () => void;
  /** Called when a batch could not be written; the write is retried until it succeeds. */
  readonly onError: (error: unknown) => void;
  /** Called when part of the log needs a newer program. */
  readonly onWait: (wait: Wait) => void;
  /** Called when nothing can be written any more. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * Follows the whole log into the tables, with its own offsets, stored in the same transaction as the rows. So the
 * tables always hold exactly the events of a known range of the log, each once.
 */
export class TableFollower {
  /** The log itself, for questions that the tables do not answer. */
  readonly history: History;
  readonly #waits = new Map<string, Wait>();
  /** Unknown types of a topic that were reported; each is reported once. */
  readonly #skipped = new Set<string>();
  readonly #positions = new Map<string, ReadPosition>();
  readonly #queue: WriteQueue;
  /** Partitions received from since the log is followed. */
  readonly #receivedFrom = new Set<string>();
  /** Set while the tables are refilled because the log differs from what had been read. */
  #renewing: Promise<void> | undefined;
  /** While true, batches are ignored: the tables are about to start from scratch. */
  #isRestarting = false;
  #pages!: UnfinishedPages;
  /** The latest mark of each partition of `finding.classified`. */
  #marks: PartitionMarks = new Map();
  #parked!: ParkedEvents;
  #halted!: HaltedPartitions;
  #writer!: Writer;
  #follower!: Follower;
  /** Records that the tables lacked at the last look. */
  #behind = 0;
  #closed = false;

  constructor(
    private database: Promise<ReadModelDatabase>,
    private readonly ports: FollowerPorts,
  ) {
    this.history = new History(ports.log);
    this.#queue = new WriteQueue({
      clock: steadyClock,
      isFatal: isBroken,
      commit: (slices) => this.#commit(slices),
      repair: (why) => this.#reopened(why),
      isUrgent: ports.isAwaited,
      failed: ports.onError,
      gaveUp: ports.onBroken,
      rest: async () => {
        if (this.#behind > farBehind) await leaveToOthers(() => this.#closed || ports.isAwaited(), ports.steadyClock);
      },
    });
  }

  /** The open database. Waits while it is reopened. */
  get open(): Promise<ReadModelDatabase> {
    return this.database;
  }

  get parked(): ParkedEvents {
    return this.#parked;
  }

  get halted(): HaltedPartitions {
    return this.#halted;
  }

  /** Reasons why parts of the log are not read on. */
  get waits(): readonly Wait[] {
    return [...this.#waits.values()];
  }

  /** Why nothing can be written, if reopening the database did not help. The process will end by itself soon. */
  get trouble(): string | undefined {
    return this.#queue.trouble;
  }

  /** Records read of the whole log. */
  get recordsRead(): number {
    return [...this.#positions.values()].reduce((sum, { next }) => sum + next, 0);
  }

  /** Next offset to read in each partition of a topic. */
  received(topic: string): readonly number[] {
    return Array.from(
      { length: this.ports.log.partitions },
      (_, partition) => this.#positions.get(positionKey({ topic, partition }))?.next ?? 0,
    );
  }

  /**
   * Records for a newer program count like a log that cannot be reached: readers are informed up to when the data is
   * complete.
   */
  #refuseToWait(): void {
    for (const wait of this.waits) throw new Waits(wait);
  }

  /** Follows the log from where the tables are. */
  async follow(): Promise<void> {
    this.#receivedFrom.clear();
    this.#waits.clear();
    this.#follower = await this.ports.log.follow(followedTopics, {
      from: (topic, partition) => this.#positions.get(positionKey({ topic, partition }))?.next,
      onBatch: (batch) => this.#receive(batch),
      patient: true,
    });
  }

  /**
   * Loads the state of the file if it belongs to this log. If the log differs from the one that was read, starts from
   * scratch.
   */
  async load(): Promise<void> {
    const { writing } = await this.database;
    const { query } = writing;
    const stored = (
      await query<{ topic: string; partition: number; next: bigint; mark: string; read: string | null }>(
        'select * from positions',
      )
    ).map((row): ReadPosition => ({ ...row, next: Number(row.next), read: row.read ?? undefined }));
    const changes = await retryUntilAnswered(() => Promise.all(stored.map((position) => this.#changeIn(position))));
    const change = changes.find((each) => each !== undefined);
    if (change) {
      this.ports.onError(change);
      await this.#clear();
    } else for (const position of stored) this.#positions.set(positionKey(position), position);
    this.#pages = await UnfinishedPages.stored(query);
    this.#marks = await marksIn(query);
    this.#parked = await ParkedEvents.stored(query);
    this.#halted = await HaltedPartitions.stored(query);
    this.#writer = new Writer(writing, {
      partitions: this.ports.log.partitions,
      fromLog: (places, wanted) =>
        setFromLog(places, ({ partition, offset }) => this.history.at('finding.classified', partition, offset), wanted),
    });
  }

  async #changeIn({ topic, partition, next, read }: ReadPosition): Promise<LogChanged | undefined> {
    const how = await changeIn(this.ports.log, { topic, partition, next, mark: read }, () => pause(logAgainMs));
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
    const change = position && (await this.#changeIn(position));
    if (!change || this.#closed) return !this.#closed;
    this.ports.onError(change);
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
    this.ports.onRestart();
    await this.#follower.close();
    await this.#queue.idle();
    if (this.#closed) return;
    await this.#clear();
    this.ports.onCleared();
    this.#positions.clear();
    await this.load();
    this.#isRestarting = false;
    await this.follow();
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
      this.ports.onError(error);
      return false;
    }
  }

  /**
   * The last write may be in the file although it was reported as failed. The queue still holds all that may be
   * missing.
   */
  async #loadAgain(): Promise<void> {
    const before = new Map(this.#positions);
    await this.load();
    for (const [key, { next }] of before)
      if (next > (this.#positions.get(key)?.next ?? 0)) throw new Error('the file lost what was written');
  }

  async #receive(batch: LogBatch): Promise<void> {
    if (this.#isRestarting || (batch.resumed && !(await this.#isTheSame(batch)))) return;
    await this.#queue.take(batch.records);
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
    await batch.takeAgain((target) => this.history.record(target));
    const dropped = await this.#writer.write(batch, [...positions.values()], this.#parked.dropped);
    for (const [key, position] of positions) this.#positions.set(key, position);
    for (const [key, wait] of waits) {
      this.#waits.set(key, wait);
      this.ports.onWait(wait);
    }
    this.#pages = batch.pages;
    this.#marks = batch.marks;
    this.#parked.take(batch.config.parked.changed);
    this.#parked.dropped = dropped;
    this.#halted.take(batch.config.halted.changed);
    this.ports.onWritten(batch);
  }

  #skip({ record: { topic, partition, offset }, type }: Skipped): void {
    const name = `${topic} ${type}`;
    if (this.#skipped.size >= mostSkipped || this.#skipped.has(name)) return;
    this.#skipped.add(name);
    this.ports.onError(
      new Error(`${topic}/${partition} at ${offset} is skipped: '${type.slice(0, 100)}' is not a type of this topic`),
    );
  }

  /** Reads within one snapshot, which holds whole batches only. */
  async read<T>(work: (query: RunQuery) => Promise<T>, kind: ReaderKind = 'own', limits?: ReadLimits): Promise<T> {
    for (let isAgain = false; ; isAgain = true) {
      const database = await this.database;
      try {
        return await database.readers[kind].read(work, limits);
      } catch (error) {
        if (isAgain || this.#closed) throw error;
        if (isBroken(error)) {
          await this.#queue.broke(error);
        } else if (database === (await this.database)) throw error;
      }
    }
  }

  /**
   * Records that the tables lack, for the freshness of answers.
   * @throws Waits if part of the log needs a newer program
   */
  async lagForReaders(): Promise<number> {
    this.#refuseToWait();
    return (this.#behind = await this.lag());
  }

  /**
   * Resolves when everything in the log at the time of the call is in the tables.
   * @throws Waits if part of the log needs a newer program
   */
  async levelForReaders(): Promise<void> {
    await this.level();
    this.#refuseToWait();
  }

  /** Resolves when everything in the log at the time of the call is in the tables. */
  async level(): Promise<void> {
    while (this.#renewing) await this.#renewing;
    await this.#follower.caughtUp();
    await this.#queue.written();
  }

  /** Records in the log that are not in the tables yet. */
  async lag(): Promise<number> {
    if (this.#renewing) return Number.NaN;
    return (await this.#follower.lag()) + this.#queue.length;
  }

  /** Ends following; what is queued will be read from the log again. The database stays open for its readers. */
  async close(): Promise<void> {
    this.#closed = true;
    const written = this.#queue.close();
    await this.#renewing;
    await this.#follower.close();
    await written;
  }
}

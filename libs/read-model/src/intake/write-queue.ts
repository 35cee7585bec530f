import { sleep, type Clock } from '@assay/event-sourcing';
import type { LogRecord } from '@assay/messaging';
import { backoffMs, type Backoff } from '@assay/backoff';
import { bytesOf, slicesOf } from './slices.ts';

/** Records of one topic and partition, in order. */
export type Slice = readonly LogRecord[];

export interface WriteQueuePorts {
  readonly clock: Clock;
  /** Writes slices in one transaction, all or nothing. */
  readonly commit: (slices: readonly Slice[]) => Promise<void>;
  /** Reopens the database and reads its state; false if that fails. */
  readonly repair: (why: unknown) => Promise<boolean>;
  /** Whether nothing can be written after this failure until the database is reopened. */
  readonly isFatal: (error: unknown) => boolean;
  /** Whether a caller waits for queued records. */
  readonly isUrgent: () => boolean;
  /** Yields to other work before a transaction. */
  readonly rest?: () => Promise<void>;
  readonly failed: (error: unknown) => void;
  /** Called when nothing can be written any more. */
  readonly gaveUp: (error: unknown) => void;
}

/**
 * Limits of reading ahead during a transaction. The more events of one placement share a transaction, the less is
 * written.
 */
const mostRecords = 8_000;
const mostBytes = 16 << 20;
/**
 * Records wait this long for more: an image's events arrive within milliseconds, and each transaction costs as much as
 * many rows. The wait also keeps the writes from holding up the decisions on the same events.
 */
const gatherMs = 70;
/** More than this (records, bytes) is worth a transaction at once. */
const [fewRecords, fewBytes] = [100, 1 << 20];
/** After this many failures in a row the database is reopened; after as many more the view gives up. */
const mostFailures = 5;
/** Between attempts at the same transaction. */
const writeBackoff: Backoff = { firstMs: 100, longestMs: 5_000 };

/** Received records that are not written yet. They are written in order and exactly once, even after failures. */
export class WriteQueue {
  #slices: readonly Slice[] = [];
  #queued = 0;
  #queuedBytes = 0;
  /** Records ever queued. */
  #taken = 0;
  #writing: Promise<void> | undefined;
  /** The error of a reader whose database gave up; the writer reopens the database. */
  #broken: unknown;
  #wasReopened = false;
  #trouble: string | undefined;
  #turn: PromiseWithResolvers<void> | undefined;
  #closed = false;

  constructor(private readonly ports: WriteQueuePorts) {}

  /** Number of records not written yet. */
  get length(): number {
    return this.#queued;
  }

  /** Why nothing can be written, if reopening the database did not help. The process will end by itself soon. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Takes records of one topic and partition; waits only while the queue is full. */
  async take(records: Slice): Promise<void> {
    for (const slice of slicesOf(records)) {
      while ((this.#queued >= mostRecords || this.#queuedBytes >= mostBytes) && !this.#closed) await this.#nextTurn();
      if (this.#closed) return;
      this.#slices = [...this.#slices, slice];
      this.#taken += slice.length;
      this.#queued += slice.length;
      this.#queuedBytes += bytesOf(slice);
      this.#writing ??= this.#write();
    }
  }

  /** Resolves when all records taken so far are written, or nothing can be written any more. */
  async written(): Promise<void> {
    for (const goal = this.#taken; this.#taken - this.#queued < goal && this.#writing;) await this.#nextTurn();
  }

  /** Resolves when the queue is empty and no write is in progress, or nothing can be written any more. */
  async idle(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** Called by a reader whose database gave up; resolves after the writer has tried to reopen it. */
  async broke(error: unknown): Promise<void> {
    this.#broken ??= error;
    this.#writing ??= this.#write();
    await this.#nextTurn();
  }

  /** Resolves when the next transaction has ended, even if it failed. */
  #nextTurn(): Promise<void> {
    return (this.#turn ??= Promise.withResolvers<void>()).promise;
  }

  #endTurn(): void {
    this.#turn?.resolve();
    this.#turn = undefined;
  }

  /** Writes all queued slices, each time in one transaction, until the queue is empty. */
  async #write(): Promise<void> {
    const { clock, commit, isUrgent, rest } = this.ports;
    try {
      for (let failures = 0; (this.#slices.length > 0 || this.#broken !== undefined) && !this.#closed;) {
        if (this.#broken === undefined && this.#queued < fewRecords && this.#queuedBytes < fewBytes && !isUrgent())
          await sleep(clock, gatherMs);
        await rest?.();
        if (this.#closed) return;
        const slices = this.#slices;
        try {
          if (this.#broken !== undefined) throw this.#broken;
          await commit(slices);
          [failures, this.#wasReopened, this.#trouble] = [0, false, undefined];
          this.#slices = this.#slices.slice(slices.length);
        } catch (error) {
          // The slices stay queued: none of them was written, and nothing behind them may be written first.
          failures += 1;
          if (!(await this.#goesOn(error, failures))) return this.giveUp(error);
        }
        this.#queued = this.#slices.reduce((sum, slice) => sum + slice.length, 0);
        this.#queuedBytes = this.#slices.reduce((sum, slice) => sum + bytesOf(slice), 0);
        this.#endTurn();
      }
    } finally {
      // Here, not when the promise settles: records queued in between would wait for the next ones to be queued.
      this.#writing = undefined;
      this.#endTurn();
    }
  }

  /** Retries after a failure, in the end with a reopened database. Returns false if that did not help either. */
  async #goesOn(error: unknown, failures: number): Promise<boolean> {
    const { clock, failed, isFatal } = this.ports;
    failed(error);
    if (this.#wasReopened)
      this.#trouble =
        'the read model cannot be written: ' +
        `${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`;
    if (isFatal(error) || failures % mostFailures === 0) return this.#reopened(error);
    // In short steps, since `close` waits for this.
    for (
      const until = clock.now() + backoffMs(writeBackoff, failures, clock.random());
      clock.now() < until && !this.#closed;
    )
      await sleep(clock, 50);
    return true;
  }

  /** @returns whether the database could be reopened; false if nothing was written since the last time */
  async #reopened(why: unknown): Promise<boolean> {
    if (this.#wasReopened) return false;
    this.#wasReopened = true;
    try {
      return await this.ports.repair(why);
    } finally {
      this.#broken = undefined;
    }
  }

  /** Reports that nothing can be written any more. */
  giveUp(error: unknown): void {
    this.#trouble ??= 'the read model failed';
    this.ports.gaveUp(error);
  }

  /** Resolves when no write is in progress. Queued records will be read from the log again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endTurn();
    await this.#writing;
  }
}

import { sleep, type Clock } from '@assay/event-sourcing';
import type { LogRecord } from '@assay/messaging';
import { backoffMs, type Backoff } from '@assay/backoff';
import { bytesOf, slicesOf } from './slices.ts';

/** Records of one topic and partition, as they came. */
export type Slice = readonly LogRecord[];

export interface WriteQueuePorts {
  readonly clock: Clock;
  /** Writes slices in one transaction: all of it, or nothing. */
  readonly commit: (slices: readonly Slice[]) => Promise<void>;
  /** Opens what is written to anew, and finds out what is in it; false where that cannot be. */
  readonly mend: (why: unknown) => Promise<boolean>;
  /** Whether nothing can be written after this failure until it was mended. */
  readonly isFatal: (error: unknown) => boolean;
  /** Whether somebody waits for what is queued. */
  readonly isUrgent: () => boolean;
  /** Leaves time to others, before a transaction. */
  readonly rest?: () => Promise<void>;
  readonly failed: (error: unknown) => void;
  /** Nothing can be written any more. */
  readonly gaveUp: (error: unknown) => void;
}

/** Read ahead while a transaction is written: the more events of one placement fall into one, the less is written. */
const mostRecords = 8_000;
const mostBytes = 16 << 20;
/**
 * What is heard waits this long for what follows on it: of one image several events come within milliseconds, and each
 * transaction costs as much as many rows. And whoever decides about the same events is not held up by their being
 * written down.
 */
const gatherMs = 70;
/** More than this (records, and bytes of them) is worth a transaction at once. */
const [fewRecords, fewBytes] = [100, 1 << 20];
/** After so many failures in a row the database is opened anew, and after as many more it is given up. */
const mostFailures = 5;
/** Between attempts at the same transaction. */
const writeBackoff: Backoff = { firstMs: 100, longestMs: 5_000 };

/** What was heard and is not written yet: it is written in its order, whatever fails, and nothing of it twice. */
export class WriteQueue {
  #slices: readonly Slice[] = [];
  #queued = 0;
  #queuedBytes = 0;
  /** Records that were ever queued. */
  #taken = 0;
  #writing: Promise<void> | undefined;
  /** What a reader met in a database that gave up; the writer mends it. */
  #broken: unknown;
  #isMended = false;
  #trouble: string | undefined;
  #turn: PromiseWithResolvers<void> | undefined;
  #closed = false;

  constructor(private readonly ports: WriteQueuePorts) {}

  /** Records that are not written yet. */
  get length(): number {
    return this.#queued;
  }

  /**
   * Why nothing can be written any more, as far as opening the database anew did not help; the process ends by itself
   * soon.
   */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Takes records of one topic and partition in; waits only while too much is queued. */
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

  /** Resolves when all is written that was taken in by now, or nothing can be written any more. */
  async written(): Promise<void> {
    for (const goal = this.#taken; this.#taken - this.#queued < goal && this.#writing;) await this.#nextTurn();
  }

  /** Resolves when nothing is being written and nothing is queued, or nothing can be written any more. */
  async idle(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** A reader met a database that gave up: resolves when the writer has looked after it. */
  async broke(error: unknown): Promise<void> {
    this.#broken ??= error;
    this.#writing ??= this.#write();
    await this.#nextTurn();
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
          [failures, this.#isMended, this.#trouble] = [0, false, undefined];
          this.#slices = this.#slices.slice(slices.length);
        } catch (error) {
          // The slices stay queued: nothing of them was written, and nothing behind them may be.
          failures += 1;
          if (!(await this.#goesOn(error, failures))) return this.giveUp(error);
        }
        this.#queued = this.#slices.reduce((sum, slice) => sum + slice.length, 0);
        this.#queuedBytes = this.#slices.reduce((sum, slice) => sum + bytesOf(slice), 0);
        this.#endTurn();
      }
    } finally {
      // Here and not when the promise has settled: what is queued in between would wait for the next one to be queued.
      this.#writing = undefined;
      this.#endTurn();
    }
  }

  /**
   * What a failure comes to: it is tried again, in the end with the database opened anew; false where that did not help
   * either.
   */
  async #goesOn(error: unknown, failures: number): Promise<boolean> {
    const { clock, failed, isFatal } = this.ports;
    failed(error);
    if (this.#isMended)
      this.#trouble = `the read model cannot be written: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`;
    if (isFatal(error) || failures % mostFailures === 0) return this.#mended(error);
    // In small steps: whoever closes the view waits for this.
    for (
      const until = clock.now() + backoffMs(writeBackoff, failures, clock.random());
      clock.now() < until && !this.#closed;
    )
      await sleep(clock, 50);
    return true;
  }

  /** @returns whether it could be mended; not twice without anything having been written in between */
  async #mended(why: unknown): Promise<boolean> {
    if (this.#isMended) return false;
    this.#isMended = true;
    try {
      return await this.ports.mend(why);
    } finally {
      this.#broken = undefined;
    }
  }

  /** Nothing can be written any more. */
  giveUp(error: unknown): void {
    this.#trouble ??= 'the read model gave up';
    this.ports.gaveUp(error);
  }

  /** Resolves when nothing is written any more; what is queued is read from the log again, some day. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endTurn();
    await this.#writing;
  }
}

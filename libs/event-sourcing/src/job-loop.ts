import { backoffMs } from '@assay/backoff';
import { every, sleep, systemClock, type Clock } from './clock.ts';
import type { Observer } from './observer.ts';
import type { ClaimOptions, Job, JobOutcome, Store } from './store.ts';

/** What came of a job: its result, or that it is to be tried again after so many milliseconds. */
export type Worked = JobOutcome;

export interface JobLoopOptions {
  readonly app: string;
  readonly store: Store;
  readonly clock?: Clock | undefined;
  readonly observer: Observer;
  /** How many jobs this instance works on at once. */
  readonly slots: number;
  readonly lanes: () => ClaimOptions['lanes'];
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** Does one job. The signal aborts when the lease is lost or the service stops; an error hands the job back. */
  readonly work: (job: Job, signal: AbortSignal) => Promise<Worked>;
}

/** How long to wait before the next attempt at a job: 2 s, 20 s, then a minute, with jitter. */
export const retryDelayMs = (attempt: number, random = Math.random()): number =>
  backoffMs({ firstMs: 2000, longestMs: 60_000, factor: 10, jitter: 0.25 }, attempt - 1, random);

const idlePollMs = 1000;
/** What came of a job is heard, said and answered by others meanwhile. */
const breatherMs = 100;
const handInAgainMs = 500;

/** Claims jobs under a lease and works on them, outside of every message handler. */
export class JobLoop {
  readonly #running = new Map<Job, { abort: AbortController; done: Promise<void> }>();
  readonly #clock: Clock;
  #stopPolling: (() => void) | undefined;
  #claiming = false;
  #again = false;
  #closed = false;
  #unwatch: (() => void) | undefined;

  constructor(private readonly options: JobLoopOptions) {
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    this.#unwatch = this.options.store.watchJobs(({ state, partition }) => {
      if (state === 'queued') void this.kick(partition);
    });
    this.#stopPolling = every(this.#clock, idlePollMs, () => void this.kick());
    void this.kick();
  }

  /** Looks for work now; called when a job was put, with the partition in which it lies. */
  async kick(partition?: number): Promise<void> {
    if (this.#claiming) {
      this.#again = true;
      return;
    }
    this.#claiming = true;
    try {
      let near = this.#running.size === 0 ? partition : undefined;
      do {
        this.#again = false;
        while (await this.#claim(near)) {
          // Who was idle is told of whatever else there is.
          if (near !== undefined && !this.#again) return;
          near = undefined;
        }
        near = undefined;
      } while (this.#again);
    } catch (error) {
      this.options.observer.failed(this.options.app, 'claiming a job', error);
    } finally {
      this.#claiming = false;
    }
  }

  async #claim(near?: number): Promise<boolean> {
    if (this.#closed || this.#running.size >= this.options.slots) return false;
    const { store, leaseMs, maxAttempts } = this.options;
    const lanes = this.options.lanes();
    const job = await store.claimJob({ leaseMs, maxAttempts, lanes, ...(near === undefined ? {} : { near }) });
    if (job) this.#begin(job, lanes.find(({ lane }) => lane === job.lane)!.most);
    return job !== undefined;
  }

  #begin(job: Job, most: number): void {
    const abort = new AbortController();
    const done = this.#work(job, abort).finally(() => {
      this.#ended(job, most);
    });
    this.#running.set(job, { abort, done });
  }

  /**
   * Who was busy, or filled a lane by itself, looks for more at once. Otherwise it is not likely that something waits,
   * and what came of the job is heard first.
   */
  #ended(job: Job, most: number): void {
    const inLane = [...this.#running.keys()].filter(({ lane }) => lane === job.lane).length;
    const busy = this.#running.size > 1 || this.options.slots === 1 || inLane >= most;
    this.#running.delete(job);
    if (busy) void this.kick();
    else this.#clock.after(breatherMs, () => void this.kick());
  }

  async #work(job: Job, abort: AbortController): Promise<void> {
    const { app, store, leaseMs, work, observer } = this.options;
    const stopRenewing = every(this.#clock, leaseMs / 3, () => {
      store.renewJob(job, leaseMs).then(
        (mine) => {
          if (!mine) abort.abort(new Error('the job was withdrawn'));
        },
        (error: unknown) => observer.failed(app, `renewing ${job.id}`, error),
      );
    });
    let worked: Worked;
    try {
      worked = await work(job, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) observer.failed(app, job.id, error);
      worked = this.#closed
        ? { retryInMs: 0, uncounted: true }
        : { retryInMs: retryDelayMs(job.attempt, this.#clock.random()) };
    }
    // What is no longer this attempt's is dropped by the store: nobody hears of it.
    await this.#handIn(job, worked);
    stopRenewing();
  }

  /**
   * Minutes of work are not lost to a store that is away for some seconds: for the length of a lease it is tried again.
   */
  async #handIn(job: Job, outcome: JobOutcome): Promise<void> {
    const { app, store, leaseMs, observer } = this.options;
    for (const until = this.#clock.now() + leaseMs; ; await sleep(this.#clock, handInAgainMs)) {
      try {
        await store.finishJob(job, outcome);
        return;
      } catch (error) {
        observer.failed(app, `finishing ${job.id}`, error);
        if (this.#closed || this.#clock.now() > until) return;
      }
    }
  }

  /** Hands back what is under way and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch?.();
    this.#stopPolling?.();
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort(new Error('the service stops'));
    await Promise.all(running.map(({ done }) => done));
  }
}

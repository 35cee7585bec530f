import { present } from '@assay/events';
import { backoffMs } from '@assay/backoff';
import { every, sleep, systemClock, type Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { ClaimOptions, Job, JobOutcome, Store } from '../stores/store.ts';

/** The outcome of a job: its result, or a retry after a number of milliseconds. */
export type Worked = JobOutcome;

export interface JobLoopOptions {
  readonly app: string;
  readonly store: Store;
  readonly clock?: Clock | undefined;
  readonly observer: Observer;
  /** Number of jobs that this instance works on at once. */
  readonly slots: number;
  readonly lanes: () => ClaimOptions['lanes'];
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** Does one job. The signal aborts if the lease is lost or the service stops. An error hands the job back. */
  readonly work: (job: Job, signal: AbortSignal) => Promise<Worked>;
}

/** Delay before the next attempt at a job: 2 s, 20 s, then a minute, with jitter. */
export const retryDelayMs = (attempt: number, random = Math.random()): number =>
  backoffMs({ firstMs: 2000, longestMs: 60_000, factor: 10, jitter: 0.25 }, attempt - 1, random);

const idlePollMs = 1000;
/** Pause in ms after a job, in which other parts receive and answer its outcome. */
const pauseAfterJobMs = 100;
const storeAgainMs = 500;

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

  /** Looks for work now. Called when a job was put, with its partition. */
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
          // An idle instance is notified of every other job, so it need not look further.
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
    if (!job) return false;
    const lane = lanes.find(({ lane: name }) => name === job.lane);
    this.#begin(job, present(lane, 'lane of the job').most);
    return true;
  }

  #begin(job: Job, most: number): void {
    const abort = new AbortController();
    const done = this.#work(job, abort).finally(() => {
      this.#ended(job, most);
    });
    this.#running.set(job, { abort, done });
  }

  /**
   * An instance that was busy, or filled a lane by itself, looks for more at once. Otherwise a waiting job is unlikely,
   * and the outcome of this job is received first.
   */
  #ended(job: Job, most: number): void {
    const inLane = [...this.#running.keys()].filter(({ lane }) => lane === job.lane).length;
    const busy = this.#running.size > 1 || this.options.slots === 1 || inLane >= most;
    this.#running.delete(job);
    if (busy) void this.kick();
    else this.#clock.after(pauseAfterJobMs, () => void this.kick());
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
    // If the job is not leased to this attempt any more, the store drops the outcome.
    await this.#storeOutcome(job, worked);
    stopRenewing();
  }

  /** Retries for the length of a lease, so that minutes of work are not lost to a store that is away for seconds. */
  async #storeOutcome(job: Job, outcome: JobOutcome): Promise<void> {
    const { app, store, leaseMs, observer } = this.options;
    for (const until = this.#clock.now() + leaseMs; ; await sleep(this.#clock, storeAgainMs)) {
      try {
        await store.finishJob(job, outcome);
        return;
      } catch (error) {
        observer.failed(app, `finishing ${job.id}`, error);
        if (this.#closed || this.#clock.now() > until) return;
      }
    }
  }

  /** Aborts the running jobs, hands them back and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch?.();
    this.#stopPolling?.();
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort(new Error('the service stops'));
    await Promise.all(running.map(({ done }) => done));
  }
}

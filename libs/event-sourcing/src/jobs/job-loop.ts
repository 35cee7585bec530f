import { present } from '@assay/events';
import { backoffMs } from '@assay/backoff';
import { every, sleep, systemClock, type Clock } from '../clock.ts';
import type { Observer } from '../observer.ts';
import type { ClaimOptions, Job, JobOutcome, Store } from '../stores/store.ts';
import { laneOf } from './lane.ts';
import { SlotTurns } from './turns.ts';

/** The outcome of a job: its result, or a retry after a number of milliseconds. */
export type Worked = JobOutcome;

/** A job that this instance holds. Its signal aborts if the lease is lost or the service stops. */
export interface ClaimedJob {
  readonly job: Job;
  readonly signal: AbortSignal;
}

/** Jobs of one lane that an instance does together, in one slot. Each has its own lease and its own outcome. */
export interface TogetherOptions {
  readonly lane: string;
  /** Number of jobs at most. */
  readonly most: number;
  /** True if this job may be done with others. */
  readonly joins: (job: Job) => boolean;
  /** Does at least two jobs. Returns their outcomes in the same order. An error hands the job back. */
  readonly work: (claimed: readonly ClaimedJob[]) => readonly Promise<Worked>[];
}

export interface JobLoopOptions {
  readonly app: string;
  readonly store: Store;
  readonly clock?: Clock | undefined;
  readonly observer: Observer;
  /** Number of jobs that this instance works on at once. Jobs that are done together count as one. */
  readonly slots: number;
  /**
   * The lanes to serve. The maximum of the lane whose jobs are done together is that of the slots of this instance, not
   * of leased jobs.
   */
  readonly lanes: () => ClaimOptions['lanes'];
  /**
   * Lanes are shared in turn (`sharedLane`). In lanes without a maximum, who has no slot gets one more, also while all
   * slots are in use, up to twice the slots: so none can keep out another by work that takes long.
   */
  readonly inTurn?: boolean;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** Does one job. The signal aborts if the lease is lost or the service stops. An error hands the job back. */
  readonly work: (job: Job, signal: AbortSignal) => Promise<Worked>;
  /** Absent: each job is done alone. */
  readonly together?: TogetherOptions | undefined;
}

/** The work of a slot: one job, or several that are done together. */
interface Running {
  readonly lane: string;
  readonly done: Promise<void>;
}

/** Ends the jobs of a slot. */
type Aborts = Set<AbortController>;

interface Held extends ClaimedJob {
  readonly release: () => void;
}

/** Delay before the next attempt at a job: 2 s, 20 s, then a minute, with jitter. */
export const retryDelayMs = (attempt: number, random = Math.random()): number =>
  backoffMs({ firstMs: 2000, longestMs: 60_000, factor: 10, jitter: 0.25 }, attempt - 1, random);

const idlePollMs = 1000;
/** Pause in ms after a job, in which other parts receive and answer its outcome. */
const pauseAfterJobMs = 100;
const storeAgainMs = 500;

const stopping = (): Error => new Error('the service stops');

/** Claims jobs under a lease and works on them, outside of every message handler. */
export class JobLoop {
  readonly #running = new Map<Aborts, Running>();
  readonly #turns = new SlotTurns();
  readonly #clock: Clock;
  #stopPolling: (() => void) | undefined;
  #claiming = false;
  #again = false;
  #closed = false;
  #unwatch: (() => void) | undefined;

  constructor(private readonly options: JobLoopOptions) {
    this.#clock = options.clock ?? systemClock;
  }

  /** Number of slots that are in use here now. Jobs that are done together use one. */
  get running(): number {
    return this.#running.size;
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
    if (this.#closed || !this.#hasRoom()) return false;
    const lanes = this.options.lanes();
    const job = await this.#claimed(await this.#inTurn(lanes), near);
    if (!job) return false;
    const lane = lanes.find(({ lane: name }) => name === laneOf(job.lane));
    this.#begin(job, present(lane, 'lane of the job').most);
    return true;
  }

  #hasRoom(): boolean {
    const { slots, inTurn = false } = this.options;
    return this.#running.size < slots * (inTurn ? 2 : 1);
  }

  async #inTurn(lanes: ClaimOptions['lanes']): Promise<ClaimOptions['lanes']> {
    const { store, slots, inTurn = false } = this.options;
    if (!inTurn) return this.#open(lanes);
    const isFull = this.#running.size >= slots;
    const open = isFull ? lanes.filter(({ most }) => most === Infinity) : this.#open(lanes);
    const shared = this.#turns.shared(open, await store.jobCounts());
    return isFull ? shared.filter(({ lane }) => this.#turns.hasNone(lane)) : shared;
  }

  #claimed(lanes: ClaimOptions['lanes'], near: number | undefined): Promise<Job | undefined> {
    const { store, leaseMs, maxAttempts } = this.options;
    return store.claimJob({ leaseMs, maxAttempts, lanes, ...(near === undefined ? {} : { near }) });
  }

  /** The store counts leased jobs, of which one slot may have many in the lane of those that are done together. */
  #open(lanes: ClaimOptions['lanes']): ClaimOptions['lanes'] {
    const shared = this.options.together?.lane;
    return lanes.flatMap((each) => {
      if (each.lane !== shared) return each;
      return this.#inLane(shared) < each.most ? { lane: shared, most: Infinity } : [];
    });
  }

  #inLane(lane: string): number {
    return [...this.#running.values()].filter((each) => laneOf(each.lane) === lane).length;
  }

  #begin(job: Job, most: number): void {
    const aborts: Aborts = new Set();
    this.#turns.take(job.lane);
    const done = this.#run(job, aborts).finally(() => this.#ended(aborts, job.lane, most));
    this.#running.set(aborts, { lane: job.lane, done });
  }

  /**
   * An instance that was busy, or filled a lane by itself, looks for more at once. Otherwise a waiting job is unlikely,
   * and the outcome of this job is received first.
   */
  #ended(aborts: Aborts, lane: string, most: number): void {
    const busy = this.#running.size > 1 || this.options.slots === 1 || this.#inLane(laneOf(lane)) >= most;
    this.#running.delete(aborts);
    this.#turns.release(lane);
    if (busy) void this.kick();
    else this.#clock.after(pauseAfterJobMs, () => void this.kick());
  }

  /** Fills the slot that the job has taken. Others are claimed meanwhile. */
  async #run(job: Job, aborts: Aborts): Promise<void> {
    const { together } = this.options;
    const held: Held[] = [this.#hold(job, aborts)];
    if (together?.lane === job.lane && together.joins(job)) await this.#join(together, held, aborts);
    const outcomes = this.#begun(held);
    await Promise.all(held.map((each, at) => this.#work(each, present(outcomes[at], 'outcome of the job'))));
  }

  #begun(held: readonly Held[]): readonly Promise<Worked>[] {
    const { together, work } = this.options;
    try {
      return together && held.length > 1 ? together.work(held) : held.map(({ job, signal }) => work(job, signal));
    } catch (error) {
      return held.map(() => Promise.reject(error as Error));
    }
  }

  /** Claims jobs that may be done with the first, of its partition before others. */
  async #join({ lane, most, joins }: TogetherOptions, held: Held[], aborts: Aborts): Promise<void> {
    const lanes = [{ lane, most: Infinity }];
    const near = held[0]?.job.partition;
    while (held.length < most && !this.#closed) {
      const job = await this.#claimed(lanes, near).catch((error: unknown) => {
        this.options.observer.failed(this.options.app, 'claiming a job', error);
      });
      if (!job) return;
      const next = this.#hold(job, aborts);
      if (!joins(job)) {
        // It is the oldest in its lane, so it is the next to be claimed.
        await this.#work(next, Promise.resolve({ retryInMs: 0, uncounted: true }));
        return;
      }
      held.push(next);
    }
  }

  /** Renews the lease until the job has its outcome. */
  #hold(job: Job, aborts: Aborts): Held {
    const { app, store, leaseMs, observer } = this.options;
    const abort = new AbortController();
    aborts.add(abort);
    if (this.#closed) abort.abort(stopping());
    const stopRenewing = every(this.#clock, leaseMs / 3, () => {
      store.renewJob(job, leaseMs).then(
        (mine) => {
          if (!mine) abort.abort(new Error('the job was withdrawn'));
        },
        (error: unknown) => observer.failed(app, `renewing ${job.id}`, error),
      );
    });
    const release = (): void => {
      stopRenewing();
      aborts.delete(abort);
    };
    return { job, signal: abort.signal, release };
  }

  async #work({ job, signal, release }: Held, outcome: Promise<Worked>): Promise<void> {
    const { app, observer } = this.options;
    let worked: Worked;
    try {
      worked = await outcome;
    } catch (error) {
      if (!signal.aborted) observer.failed(app, job.id, error);
      worked = this.#closed
        ? { retryInMs: 0, uncounted: true }
        : { retryInMs: retryDelayMs(job.attempt, this.#clock.random()) };
    }
    // If the job is not leased to this attempt any more, the store drops the outcome.
    await this.#storeOutcome(job, worked);
    release();
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
    for (const aborts of this.#running.keys()) for (const abort of aborts) abort.abort(stopping());
    await Promise.all(running.map(({ done }) => done));
  }
}

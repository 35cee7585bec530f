import { Worker } from 'node:worker_threads';
import type { ScheduleOutcome } from '../schedule.ts';
import { FaultTally } from '../world/tally.ts';
import type { ThreadProgress, Share } from './thread.ts';

export interface Run {
  readonly schedules: number;
  readonly seed: number;
  readonly threads: number;
  readonly mutant?: string | undefined;
  /** Continues after a schedule that fails. */
  readonly keepGoing?: boolean | undefined;
  /** Ends with the first failure of which this is true. Without it, with any. */
  readonly isSought?: ((outcome: ScheduleOutcome) => boolean) | undefined;
  /** Reports the progress from time to time. */
  readonly progress?: ((done: number, failed: number) => void) | undefined;
  /** Reports each failed schedule at once. */
  readonly onFailed?: ((outcome: ScheduleOutcome) => void) | undefined;
}

export interface Ran {
  readonly done: number;
  readonly counts: Readonly<Record<string, number>>;
  /** In the order of the run. If the run ended early, an earlier schedule may fail too. */
  readonly failed: readonly (ScheduleOutcome & { readonly index: number })[];
  readonly seconds: number;
}

/**
 * The garbage of a schedule ends with the schedule: a larger young generation means that little of it is ever moved.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 64 };

/** A schedule takes milliseconds; one that takes this much of a processor is in an endless loop. */
const stuckAfterMs = 60_000;
const lookEveryMs = 10_000;

/** Runs schedules, on as many threads as there are cores. */
export const run = async ({
  schedules,
  seed,
  threads,
  mutant,
  keepGoing = false,
  isSought = () => true,
  progress,
  onFailed,
}: Run): Promise<Ran> => {
  const began = performance.now();
  const tally = new FaultTally();
  const failed: Ran['failed'][number][] = [];
  let done = 0;
  const count = Math.min(threads, schedules);
  const at = new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT));
  const workers = Array.from(
    { length: count },
    (_, first) =>
      new Worker(new URL('./thread.ts', import.meta.url), {
        workerData: { seed, first, step: count, schedules, mutant, at } satisfies Share,
        resourceLimits,
      }),
  );
  const end = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  const stopWatching = watching(workers, at, (stuck) => {
    failed.push(endless(stuck));
    end();
  });
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => {
          worker.on('message', (update: ThreadProgress) => {
            done += update.done;
            tally.add(update.counts);
            failed.push(...update.failed);
            for (const outcome of keepGoing ? update.failed : []) onFailed?.(outcome);
            progress?.(done, failed.length);
            if (failed.some(isSought) && !keepGoing) end();
          });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        }),
    ),
  ).finally(() => {
    stopWatching();
    end();
  });
  return {
    done,
    counts: tally.counts,
    failed: failed.toSorted((a, b) => a.index - b.index),
    seconds: (performance.now() - began) / 1000,
  };
};

/** Watches whether each thread makes progress, by its processor time: a busy machine makes none slower. */
const watching = (workers: readonly Worker[], at: Float64Array, stuck: (seed: number) => void): (() => void) => {
  const begun = workers.map(() => ({ seed: 0, usedMs: 0 }));
  const look = async (worker: Worker, thread: number): Promise<void> => {
    const { user, system } = await worker.cpuUsage();
    const [seed, usedMs] = [at[thread]!, (user + system) / 1000];
    if (seed !== begun[thread]!.seed) begun[thread] = { seed, usedMs };
    else if (seed !== 0 && usedMs > begun[thread]!.usedMs + stuckAfterMs) stuck(seed);
  };
  const timer = setInterval(() => {
    // A thread that has ended has no processor time.
    for (const [thread, worker] of workers.entries()) look(worker, thread).catch(() => undefined);
  }, lookEveryMs);
  return () => clearInterval(timer);
};

const endless = (seed: number): Ran['failed'][number] => ({
  seed,
  index: 0,
  broken: [
    {
      invariant: 'everything comes to an end',
      detail: `it was still running after ${stuckAfterMs / 1000} s of a processor`,
    },
  ],
  counts: {},
  steps: 0,
  endedAt: 0,
});

// Holds the metadata that decorators write.
import 'reflect-metadata';
import { parentPort, workerData } from 'node:worker_threads';
import { mutantCalled } from '../mutants/mutants.ts';
import { runSchedule, type ScheduleOutcome } from '../schedule.ts';
import { seedOf } from '../world/random.ts';
import { FaultTally } from '../world/tally.ts';

/** The part of a thread: every nth schedule of a run. */
export interface Share {
  readonly seed: number;
  readonly first: number;
  readonly step: number;
  readonly schedules: number;
  readonly mutant: string | undefined;
  /** The seed that a thread works on, for the watcher of its progress. */
  readonly at: Float64Array;
}

/** Progress of a thread, sent from time to time. */
export interface ThreadProgress {
  readonly done: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: readonly (ScheduleOutcome & { readonly index: number })[];
}

const reportEveryMs = 500;
// Every schedule throws hundreds of errors. Only a replay needs their stacks.
Error.stackTraceLimit = 0;

const { seed, first, step, schedules, mutant, at } = workerData as Share;
let [done, reportedAt] = [0, performance.now()];
let [tally, failed] = [new FaultTally(), [] as ThreadProgress['failed'][number][]];

const report = (): void => {
  parentPort!.postMessage({ done, counts: tally.counts, failed } satisfies ThreadProgress);
  [done, reportedAt, tally, failed] = [0, performance.now(), new FaultTally(), []];
};

for (let index = first; index < schedules; index += step) {
  at[first] = seedOf(seed, index);
  const outcome = await runSchedule({
    seed: at[first]!,
    mutant: mutant === undefined ? undefined : mutantCalled(mutant),
  });
  done += 1;
  tally.add(outcome.counts);
  if (outcome.broken.length > 0) failed.push({ ...outcome, index });
  if (failed.length > 0 || performance.now() - reportedAt > reportEveryMs) {
    report();
    // Gives the main thread a chance to end this one.
    await new Promise(setImmediate);
  }
}
report();

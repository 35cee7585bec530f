import type { ClaimedJob, Clock, Gate, Job, TogetherOptions, Worked } from '@assay/event-sourcing';
import type { PackageInventory } from '@assay/events';
import { rescanLane } from '../domain/reassessing.ts';
import type { Rematch, ScanTask } from '../domain/state.ts';
import type { ImageScanner, MatchingTogether, ScanOutcome } from '../scanner/scanner.ts';
import { inventoryIn, rematchSpan, resultOf, type RematchPorts } from './rematch-job.ts';

/**
 * Most images that a slot takes at once. Images of one release share a run of the scanner, so more of them cost less
 * each; all their inventories are in memory.
 */
const mostImages = 128;
/** No run begins later than this after the first, ms. The images that are left go back into their lane. */
const longestMs = 10_000;
const longestRunMs = 30_000;

/** The images of a run that did not succeed are matched alone, in another attempt. */
const alone: Worked = { retryInMs: 0 };
const later: Worked = { retryInMs: 0, uncounted: true };

export interface TogetherPorts extends RematchPorts {
  readonly scanner: ImageScanner;
  readonly clock: Clock;
  readonly slots: Gate;
  /** The answer to a job that this scanner must not do now. */
  readonly notYet: (job: Job) => Worked | undefined;
  /** The answer to a job after a failure; nothing if it may be tried again at once. */
  readonly failed: (error: unknown, job: Job) => Worked | undefined;
}

interface Entry {
  readonly claimed: ClaimedJob;
  readonly task: ScanTask;
  readonly rematch: Rematch;
}

const rematchOf = ({ payload }: Job): Rematch | undefined => (payload as ScanTask).rematch;

/**
 * True if the inventory of the image may be matched with others. An image that was in a run already is matched alone,
 * because that run, or its process, did not end well.
 */
const joins = (job: Job): boolean => job.attempt === 1 && rematchOf(job) !== undefined && !rematchOf(job)?.isProof;

/** Aborts when all have. */
const allOf = (signals: readonly AbortSignal[]): AbortSignal => {
  const all = new AbortController();
  const ended = (): void => {
    if (signals.every(({ aborted }) => aborted)) all.abort(signals[0]?.reason);
  };
  for (const signal of signals) signal.addEventListener('abort', ended, { once: true });
  ended();
  return all.signal;
};

const handedBack = ({ signal }: ClaimedJob): Worked => (signal.aborted ? later : alone);

/** Answers jobs that one failure has ended. A mistake of ours is reported once for all of them. */
const settleFailed = (
  { failed }: TogetherPorts,
  error: unknown,
  claimed: readonly ClaimedJob[],
  settled: (job: Job, worked: Worked) => void,
): void => {
  let isReported = false;
  for (const each of claimed) {
    const answer: Worked | undefined = isReported || each.signal.aborted ? undefined : failed(error, each.job);
    isReported ||= answer === undefined && !each.signal.aborted;
    settled(each.job, answer ?? handedBack(each));
  }
};

/** Matches inventories in as few runs of the scanner as it allows, those of each subscription by themselves. */
class Together {
  readonly #settled: (job: Job, worked: Worked) => void;

  constructor(
    private readonly ports: TogetherPorts,
    private readonly matching: MatchingTogether,
    settled: (job: Job, worked: Worked) => void,
  ) {
    this.#settled = settled;
  }

  async match(claimed: readonly ClaimedJob[]): Promise<void> {
    const found = new Map((await Promise.all(claimed.map((each) => this.#read(each)))).flat());
    // Time that a slow store takes does not count: the first run always begins, or the jobs would come back for ever.
    const began = this.ports.clock.now();
    const bySubscription = Map.groupBy(found.keys(), (inventory) => found.get(inventory)?.task.owner);
    for (const inventories of bySubscription.values())
      for (const run of this.matching.arranged(inventories)) await this.#run(run, found, began);
  }

  /** The inventory of a job, or none if it is lost or the store is away. */
  async #read(claimed: ClaimedJob): Promise<(readonly [PackageInventory, Entry])[]> {
    const { job } = claimed;
    const rematch = rematchOf(job);
    const { notYet, scanner, blobs } = this.ports;
    try {
      const answer = notYet(job);
      const isOurs = !answer && rematch?.program === scanner.identity.digest;
      const inventory = isOurs ? await inventoryIn(blobs, rematch) : undefined;
      if (rematch && inventory) return [[inventory, { claimed, task: job.payload as ScanTask, rematch }]];
      this.#settled(job, answer ?? alone);
    } catch (error) {
      this.#failed(error, [claimed]);
    }
    return [];
  }

  async #run(
    run: readonly PackageInventory[],
    found: ReadonlyMap<PackageInventory, Entry>,
    began: number,
  ): Promise<void> {
    const { clock, scanner, layouts, slots } = this.ports;
    const entries = run.flatMap((inventory) => found.get(inventory) ?? []);
    const claimed = entries.map((each) => each.claimed);
    const signal = allOf(claimed.map((each) => each.signal));
    if (signal.aborted || clock.now() - began > longestMs) {
      for (const { job } of claimed) this.#settled(job, later);
      return;
    }
    const startedAt = new Date(clock.now()).toISOString();
    const spans = entries.map(({ task }) => rematchSpan(this.ports, scanner, task));
    const folder = await layouts.begin();
    try {
      const outcomes = await slots.run(rescanLane, signal, () =>
        this.matching.match(folder, run, { timeoutMs: longestRunMs, signal }),
      );
      for (const [at, { claimed: one, rematch }] of entries.entries()) {
        const outcome = outcomes[at];
        spans[at]?.end(messageOf(outcome));
        if (outcome?.outcome === 'succeeded')
          this.#settled(one.job, { result: resultOf(this.ports, scanner, rematch, outcome, startedAt) });
        else this.#settled(one.job, handedBack(one));
      }
    } catch (error) {
      for (const span of spans) span.end(error);
      this.#failed(error, claimed);
    } finally {
      layouts.end(folder);
    }
  }

  #failed(error: unknown, claimed: readonly ClaimedJob[]): void {
    settleFailed(this.ports, error, claimed, this.#settled);
  }
}

const messageOf = (outcome: ScanOutcome | undefined): string | undefined =>
  outcome?.outcome === 'succeeded' ? undefined : outcome?.outcome === 'failed' ? outcome.message : 'stopped';

/**
 * Lets a runner match the inventories of several images at once. Each keeps its own job: a job whose inventory had no
 * whole match with others is handed back, to be done alone.
 *
 * @param ports gives those of an attempt, which ends with the scanner and the database that it begins with
 */
export const matchingTogether = (ports: () => TogetherPorts): TogetherOptions => ({
  lane: rescanLane,
  most: mostImages,
  joins: (job) => joins(job) && ports().scanner.together !== undefined,
  work: (claimed) => {
    const outcomes = new Map(claimed.map(({ job }) => [job, Promise.withResolvers<Worked>()]));
    const settled = (job: Job, worked: Worked): void => outcomes.get(job)?.resolve(worked);
    const attempt = ports();
    const { together } = attempt.scanner;
    const done = together ? new Together(attempt, together, settled).match(claimed) : Promise.resolve();
    done
      .catch((error: unknown) => settleFailed(attempt, error, claimed, settled))
      // A job that has an answer keeps it.
      .finally(() => {
        for (const each of claimed) settled(each.job, handedBack(each));
      });
    return [...outcomes.values()].map(({ promise }) => promise);
  },
});

import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EmbeddedStore, JobLoop, silent, type ClaimedJob, type Store, type Worked } from '@assay/event-sourcing';
import { ManualClock } from '@assay/testing';

type Action = readonly ['start' | 'kill' | 'finish' | 'hand back' | 'wait' | 'put', number];
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.tuple(fc.constantFrom('start', 'kill', 'finish', 'hand back', 'wait', 'put'), fc.nat(99)),
  { minLength: 5, maxLength: 40 },
);

const [leaseMs, maxAttempts] = [15_000, 3];

interface Process {
  isDead: boolean;
  readonly pending: { readonly key: string; readonly end: (worked: Worked) => void }[];
}

/** Processes over one store. A dead one gets no answer any more, and what it does has no effect. */
class World {
  readonly clock = new ManualClock();
  readonly store = new EmbeddedStore(':memory:', this.clock);
  readonly processes: Process[] = [];
  readonly results = new Map<string, number>();
  readonly keys: string[] = [];
  together = 0;
  #epoch = 0;

  async begin(): Promise<void> {
    this.#epoch = (await this.store.claim(0, 1)).checkpoint.epoch;
  }

  async put(): Promise<void> {
    const put = [0, 1, 2].map((at) => {
      const key = `k${this.keys.length + at}`;
      return { key, id: 'j', lane: 'many', payload: {}, enqueuedAt: this.clock.now() };
    });
    this.keys.push(...put.map(({ key }) => key));
    const jobs = { put, remove: [] };
    await this.store.transact(0, this.#epoch, { checkpoint: {}, states: [], outbox: [], park: [], jobs });
  }

  start(answer?: Worked): void {
    const process: Process = { isDead: false, pending: [] };
    const work = ({ job: { key } }: ClaimedJob): Promise<Worked> =>
      answer ? Promise.resolve(answer) : new Promise((end) => process.pending.push({ key, end }));
    const loop = new JobLoop({
      app: 'toy',
      store: this.#of(process),
      clock: this.clock,
      observer: silent,
      slots: 2,
      leaseMs,
      maxAttempts,
      lanes: () => [{ lane: 'many', most: 1 }],
      work: (job, signal) => work({ job, signal }),
      together: {
        lane: 'many',
        most: 4,
        joins: ({ attempt }) => attempt === 1,
        work: (claimed) => {
          this.together += 1;
          return claimed.map(work);
        },
      },
    });
    loop.start();
    this.processes.push(process);
  }

  #of(process: Process): Store {
    const alive = <Answer>(call: () => Promise<Answer>): Promise<Answer> =>
      process.isDead ? new Promise(() => undefined) : call();
    const { store } = this;
    return {
      watchJobs: (watcher) => store.watchJobs((job) => process.isDead || watcher(job)),
      claimJob: (options) => alive(() => store.claimJob(options)),
      renewJob: (job, ms) => alive(() => store.renewJob(job, ms)),
      finishJob: (job, outcome) =>
        alive(async () => {
          const isMine = await store.finishJob(job, outcome);
          if (isMine && 'result' in outcome) this.results.set(job.key, (this.results.get(job.key) ?? 0) + 1);
          return isMine;
        }),
    } as Partial<Store> as Store;
  }
}

it('each job ends once, though any process may end while it does several together', async () => {
  let together = 0;
  await fc.assert(
    fc.asyncProperty(actions, async (drawn) => {
      const world = new World();
      await world.begin();
      await world.put();
      world.start();
      const settled = async (): Promise<void> => {
        for (let turn = 0; turn < 12; turn += 1) await setImmediate();
      };
      for (const [action, n] of drawn) {
        const process = world.processes[n % world.processes.length]!;
        if (action === 'put') await world.put();
        else if (action === 'start') world.start();
        else if (action === 'kill') process.isDead = true;
        else if (action === 'wait') world.clock.advance(6_000);
        // Work that a dead process finishes is late, and has no effect.
        else
          process.pending
            .splice(n % Math.max(1, process.pending.length), 1)[0]
            ?.end(action === 'finish' ? { result: {} } : { retryInMs: 0 });
        await settled();
      }
      for (const process of world.processes) process.isDead = true;
      world.start({ result: {} });
      const ended = async (): Promise<boolean> =>
        (await world.store.jobsOf(0, world.keys)).every(({ state }) => state === 'finished');
      for (let turn = 0; turn < 50 && !(await ended()); turn += 1) {
        world.clock.advance(4_000);
        await settled();
      }
      for (const job of await world.store.jobsOf(0, world.keys)) {
        expect(job.state).toBe('finished');
        // A job whose processes all ended has no result of theirs.
        const isExpired = (job.result as { failed?: string }).failed === 'lease-expired';
        expect(world.results.get(job.key) ?? 0).toBe(isExpired ? 0 : 1);
      }
      together += world.together;
      await world.store.close();
    }),
    { numRuns: 60 },
  );
  expect(together).toBeGreaterThanOrEqual(60);
});

import {
  every,
  Fenced,
  type Changes,
  type PartitionClaim,
  type ClaimOptions,
  type Committed,
  type Job,
  type LaneJob,
  type Parked,
  type PartitionCheckpoint,
  type Store,
  type StoredState,
  type StoredSummary,
} from '@assay/event-sourcing';
import type { Process } from '../world/process.ts';
import type { SimulatedJobOutcome, JobWatcher } from './jobs.ts';
import type { HeldClaim, StoreServer } from './memory.ts';
import { TurnJudge, type ReadyJob } from './turns.ts';

const repeatEveryMs = 15_000;

/** The store port of one process: every call goes to the server, and its answer comes back. */
export class MemoryStore implements Store {
  readonly #unwatch: (() => void)[] = [];
  readonly #held = new Map<number, HeldClaim>();
  readonly #turns = new TurnJudge();

  constructor(
    private readonly server: StoreServer,
    private readonly process: Process,
    private readonly name: string,
  ) {}

  async claim(partition: number, floor: number): Promise<PartitionClaim> {
    const stamp = this.process.world.random.whole(0, 2 ** 30);
    const claim = await this.#call('claim', () => this.server.claim(partition, floor, stamp));
    this.#held.set(partition, { epoch: claim.checkpoint.epoch, stamp });
    return claim;
  }

  epoch(partition: number): Promise<number | undefined> {
    return this.#call('epoch', () => this.server.epoch(partition, this.#held.get(partition)));
  }

  checkpoint(partition: number): Promise<PartitionCheckpoint | undefined> {
    return this.#call('head', () => this.server.head(partition));
  }

  read(partition: number, keys: readonly string[], owner?: number): Promise<ReadonlyMap<string, StoredState>> {
    return this.#asLeft('read', partition, owner, () => this.server.read(partition, keys));
  }

  scan(partition: number, after: string | undefined, most: number, owner?: number): Promise<readonly StoredState[]> {
    const some = this.#some(most);
    return this.#asLeft('scan', partition, owner, () => this.server.scan(partition, after, some));
  }

  summaries(
    partition: number,
    after: string | undefined,
    most: number,
    owner?: number,
  ): Promise<readonly StoredSummary[]> {
    const some = this.#some(most);
    return this.#asLeft('summaries', partition, owner, () => this.server.summaries(partition, after, some));
  }

  /** Any page may be short. */
  #some(most: number): number {
    const { random, weather } = this.process.world;
    return Math.min(most, random.chance(weather.shortReads) ? random.whole(1, 3) : most);
  }

  due(
    partition: number,
    now: number,
    most: number,
  ): Promise<{ readonly keys: readonly string[]; readonly next?: number }> {
    return this.#call('due', () => this.server.due(partition, now, most));
  }

  async transact(partition: number, epoch: number, changes: Changes): Promise<Committed> {
    const held = this.#held.get(partition);
    if (held?.epoch !== epoch) return { committed: false };
    const committed = await this.#call('transact', () => this.server.transact(partition, held, changes));
    if (committed.committed) this.#held.set(partition, { epoch, stamp: held.stamp + 1 });
    return committed;
  }

  async trim(partition: number, position: number): Promise<void> {
    const held = this.#held.get(partition);
    if (held) await this.#call('trim', () => this.server.trim(partition, held, position));
  }

  async clear(partition: number, epoch: number): Promise<boolean> {
    const held = this.#held.get(partition);
    return held?.epoch === epoch && this.#call('clear', () => this.server.clear(partition, held));
  }

  parked(partition?: number, owner?: number): Promise<readonly Parked[]> {
    return this.#asLeft('parked', partition ?? 0, owner, () => this.server.parked(partition));
  }

  jobsOf(partition: number, keys: readonly string[]): Promise<readonly Job[]> {
    return this.#call('jobs of', () => this.server.jobsOf(partition, keys));
  }

  jobsIn(partition: number, lane: string, most: number): Promise<readonly LaneJob[]> {
    return this.#call('jobs in', () => this.server.jobsIn(partition, lane, most));
  }

  async claimJob(options: ClaimOptions): Promise<Job | undefined> {
    const calledAt = this.process.now();
    let ready: readonly ReadyJob[] = [];
    const job = await this.#call('claim job', () => {
      const claimed = this.server.claimJob(options, calledAt);
      ready = this.server.readyJobs();
      return claimed;
    });
    const passedOver = job && this.#turns.taken(job, ready);
    if (passedOver) this.server.passedOver(job, passedOver);
    return job;
  }

  renewJob(job: Job, leaseMs: number): Promise<boolean> {
    const calledAt = this.process.now();
    return this.#call('renew job', () => this.server.renewJob(job, leaseMs, calledAt));
  }

  async finishJob(job: Job, outcome: SimulatedJobOutcome): Promise<boolean> {
    const calledAt = this.process.now();
    this.#turns.finishes(job);
    const isFinished = await this.#call('finish job', () => this.server.finishJob(job, outcome, calledAt));
    this.process.notify(() => this.#turns.finished(job));
    return isFinished;
  }

  jobCounts(): Promise<Readonly<Record<string, number>>> {
    return this.#call('job counts', () => {
      this.#turns.looked(this.server.readyJobs());
      return this.server.jobCounts();
    });
  }

  oldestJobs(partition: number): Promise<Readonly<Record<string, number>>> {
    return this.#call('oldest jobs', () => this.server.oldestJobs(partition));
  }

  /**
   * Job notifications arrive in order but are not kept, so they may be lost. Hence they are repeated from time to time.
   */
  watchJobs(watcher: JobWatcher): () => void {
    const { world } = this.process;
    const pending: Parameters<JobWatcher>[0][] = [];
    const unwatch = this.server.watch((job) => {
      if (world.random.chance(world.weather.unnotified)) {
        world.tally.count('job untold');
        return;
      }
      pending.push(job);
      this.process.notify(() => watcher(pending.shift()!));
    });
    const stop = every(this.process, repeatEveryMs, () => {
      this.#call('working', () => this.server.working()).then(
        (working) => {
          for (const job of working) watcher({ ...job, state: 'finished' });
        },
        () => undefined,
      );
    });
    const both = (): void => {
      unwatch();
      stop();
    };
    this.#unwatch.push(both);
    return both;
  }

  /** All processes run the same program. */
  announce(stateVersion: number): Promise<number> {
    return Promise.resolve(stateVersion);
  }

  close(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch();
    return Promise.resolve();
  }

  async #asLeft<T>(operation: string, partition: number, owner: number | undefined, look: () => T): Promise<T> {
    const held = this.#held.get(partition);
    const found = await this.#call(operation, () =>
      owner === undefined || (held?.epoch === owner && this.server.isAsLeft(partition, held)) ? look() : undefined,
    );
    if (found === undefined) throw new Fenced(`partition ${partition} of ${this.name} is not as its owner left it`);
    return found;
  }

  #call<T>(operation: string, effect: () => T): Promise<T> {
    return this.process.call(`store/${this.name}`, operation, effect);
  }
}

import {
  checkpointAfter,
  type Changes,
  type PartitionClaim,
  type ClaimOptions,
  type Committed,
  type Job,
  type LaneJob,
  type OutboxRow,
  type Parked,
  type PartitionCheckpoint,
  type StoredState,
  type StoredSummary,
} from '@assay/event-sourcing';
import { SimulatedJobs, type SimulatedJobOutcome, type JobWatcher } from './jobs.ts';
import { PartitionRows } from './rows.ts';
import type { ReadyJob } from './turns.ts';

/** Follows the events that services commit to emit: a witness outside of all code under test. */
export interface CommitWitness {
  /** @returns how many events it has recorded so far */
  committed(partition: number, epoch: number, rows: readonly OutboxRow[]): number;
  claimed(job: Job, leaseMs: number): void;
  renewed(job: Job, leaseMs: number): void;
  /** A process took a second job of a subscription while another subscription had none there. */
  passedOver(job: Job, subscription: string): void;
  /** The lease is treated as expired. */
  ranOut(job: Job): void;
  finished(job: Job, outcome: SimulatedJobOutcome): void;
  /** The store lost its content, claims included: entirely, or back to an earlier moment. */
  lost(partition: number, epoch: number, rows: PartitionRows | undefined): void;
}

/** The identity of a claim. */
export interface HeldClaim {
  readonly epoch: number;
  readonly stamp: number;
}

const unwitnessed: CommitWitness = {
  committed: () => 0,
  claimed() {},
  renewed() {},
  passedOver() {},
  ranOut() {},
  finished() {},
  lost() {},
};

/** A state as it is read: without its summary. */
const plain = ({ summary: _summary, ...state }: StoredState): StoredState => state;

/** One service's store as a server: every call is atomic. */
export class StoreServer {
  readonly #partitions = new Map<number, PartitionRows>();
  readonly #watchers = new Set<JobWatcher>();
  readonly #jobs: SimulatedJobs;

  /** @param now by its own clock, ms since the epoch */
  constructor(
    private readonly witness: CommitWitness = unwitnessed,
    private readonly now: () => number = Date.now,
    JobsOf = SimulatedJobs,
  ) {
    this.#jobs = new JobsOf(
      () => this.#partitions.values(),
      (job) => {
        for (const watcher of this.#watchers) watcher(job);
      },
      now,
      (job) => {
        witness.ranOut(job);
      },
    );
  }

  rows(partition: number): PartitionRows {
    const known = this.#partitions.get(partition);
    if (known) return known;
    const made = new PartitionRows();
    this.#partitions.set(partition, made);
    return made;
  }

  claim(partition: number, floor: number, stamp: number): PartitionClaim {
    const rows = this.rows(partition);
    rows.epoch = Math.max(floor, rows.epoch + 1);
    rows.stamp = stamp;
    rows.wentBackTo = 0;
    return {
      checkpoint: { epoch: rows.epoch, ...rows.head },
      outbox: rows.outbox,
      parkedKeys: [...new Set([...rows.parked.values()].map(({ key }) => key))],
      working: this.#jobs.working(rows),
    };
  }

  epoch(partition: number, held: HeldClaim | undefined): number | undefined {
    const { epoch, stamp } = this.rows(partition);
    return epoch > 0 && stamp >= (held?.stamp ?? 0) ? epoch : undefined;
  }

  head(partition: number): PartitionCheckpoint | undefined {
    const { epoch, head } = this.rows(partition);
    return epoch > 0 ? { epoch, ...head } : undefined;
  }

  isAsLeft(partition: number, held: HeldClaim): boolean {
    return this.owns(this.rows(partition), held);
  }

  read(partition: number, keys: readonly string[]): ReadonlyMap<string, StoredState> {
    const { states } = this.rows(partition);
    return new Map(keys.flatMap((key) => (states.has(key) ? [[key, plain(states.get(key)!)] as const] : [])));
  }

  scan(partition: number, after: string | undefined, most: number): readonly StoredState[] {
    return this.#page(partition, after, most).map(plain);
  }

  summaries(partition: number, after: string | undefined, most: number): readonly StoredSummary[] {
    return this.#page(partition, after, most).map(({ key, summary }) => ({ key, summary }));
  }

  #page(partition: number, after: string | undefined, most: number): readonly StoredState[] {
    return [...this.rows(partition).states.values()]
      .filter(({ key }) => after === undefined || key > after)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, most);
  }

  due(partition: number, now: number, most: number): { readonly keys: readonly string[]; readonly next?: number } {
    const waking = [...this.rows(partition).states.values()]
      .filter(({ wakeAt }) => wakeAt !== undefined)
      .toSorted((a, b) => a.wakeAt! - b.wakeAt!);
    const next = waking.find(({ wakeAt }) => wakeAt! > now)?.wakeAt;
    return {
      keys: waking
        .filter(({ wakeAt }) => wakeAt! <= now)
        .slice(0, most)
        .map(({ key }) => key),
      ...(next === undefined ? {} : { next }),
    };
  }

  transact(
    partition: number,
    held: HeldClaim,
    { expect, checkpoint, states, outbox, jobs, park, unpark = [], trim }: Changes,
  ): Committed {
    const rows = this.rows(partition);
    if (!this.owns(rows, held) || (expect && !this.stands(rows, expect))) return { committed: false };
    rows.stamp += 1;
    rows.head = checkpointAfter(rows.head, checkpoint);
    for (const state of states) rows.states.set(state.key, state);
    if (trim !== undefined) forget(rows, trim);
    for (const job of jobs.put) this.#jobs.put(rows, partition, job);
    for (const job of jobs.remove) this.#jobs.remove(rows, job);
    for (const { topic, offset } of unpark) rows.parked.delete(`${topic}/${offset}`);
    for (const event of park) rows.parked.set(`${event.topic}/${event.offset}`, event);
    const added = outbox.map((record) => ({ ...record, position: (rows.position += 1) }));
    if (added.length > 0) rows.outbox = [...rows.outbox, ...added];
    rows.history = this.witness.committed(partition, rows.epoch, added);
    return { committed: true, positions: added.map(({ position }) => position) };
  }

  /** True if the partition was not claimed since, and is as its owner left it. */
  protected owns({ epoch, stamp }: PartitionRows, held: HeldClaim): boolean {
    return epoch === held.epoch && stamp === held.stamp;
  }

  protected stands(rows: PartitionRows, { topic, offset }: NonNullable<Changes['expect']>): boolean {
    return (rows.head.offsets[topic] ?? 0) === offset;
  }

  /** Positions of an emptied store start again, so only its owner may trim. */
  trim(partition: number, { epoch }: HeldClaim, upTo: number): void {
    const rows = this.rows(partition);
    if (rows.epoch === epoch) forget(rows, upTo);
  }

  clear(partition: number, held: HeldClaim): boolean {
    const rows = this.rows(partition);
    if (!this.owns(rows, held)) return false;
    rows.clear();
    return true;
  }

  parked(partition?: number): readonly Parked[] {
    return (partition === undefined ? [...this.#partitions.values()] : [this.rows(partition)])
      .flatMap(({ parked }) => [...parked.values()])
      .toSorted(
        (a, b) =>
          (a.topic < b.topic ? -1 : Number(a.topic > b.topic)) || a.partition - b.partition || a.offset - b.offset,
      );
  }

  jobsOf(partition: number, keys: readonly string[]): readonly Job[] {
    return this.#jobs.of(this.rows(partition), keys);
  }

  jobsIn(partition: number, lane: string, most: number): readonly LaneJob[] {
    return this.#jobs.in(this.rows(partition), lane, most);
  }

  /** @param calledAt by the caller's clock, as everywhere below; a correct store ignores it */
  claimJob(options: ClaimOptions, calledAt: number): Job | undefined {
    const job = this.#jobs.claim(options, this.timeOf(calledAt));
    if (job) this.witness.claimed(job, options.leaseMs);
    return job;
  }

  renewJob(job: Job, leaseMs: number, calledAt: number): boolean {
    const isMine = this.#jobs.renew(this.rows(job.partition), job, leaseMs, this.timeOf(calledAt));
    if (isMine) this.witness.renewed(job, leaseMs);
    return isMine;
  }

  finishJob(job: Job, outcome: SimulatedJobOutcome, calledAt: number): boolean {
    const isFinished = this.#jobs.finish(this.rows(job.partition), job, outcome, this.timeOf(calledAt));
    if (isFinished) this.witness.finished(job, outcome);
    return isFinished;
  }

  /** The time that counts for a call. */
  protected timeOf(_calledAt: number): number {
    return this.now();
  }

  readyJobs(): readonly ReadyJob[] {
    return this.#jobs.ready();
  }

  passedOver(job: Job, subscription: string): void {
    this.witness.passedOver(job, subscription);
  }

  jobCounts(): Record<string, number> {
    return this.#jobs.counts();
  }

  oldestJobs(partition: number): Record<string, number> {
    return this.#jobs.oldest(this.rows(partition));
  }

  /** Keys of jobs that were begun or finished, by partition. */
  working(): { readonly partition: number; readonly key: string }[] {
    return [...this.#partitions].flatMap(([partition, rows]) =>
      this.#jobs.working(rows).map((key) => ({ partition, key })),
    );
  }

  watch(watcher: JobWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The records of all outboxes that were not emitted yet, each with the partition of its outbox. */
  unsent(isEmitted: (id: string) => boolean): { readonly partition: number; readonly row: OutboxRow }[] {
    return [...this.#partitions].flatMap(([partition, { outbox }]) =>
      outbox.filter(({ headers }) => !isEmitted(headers.ce_id!)).map((row) => ({ partition, row })),
    );
  }

  /** The present content, for a later rollback: a replica that is behind. */
  snapshot(): ReadonlyMap<number, PartitionRows> {
    return new Map([...this.#partitions].map(([partition, rows]) => [partition, new PartitionRows(rows)]));
  }

  /** Loses everything, or everything since the snapshot. */
  lose(to?: ReadonlyMap<number, PartitionRows>): void {
    for (const [partition, { epoch }] of this.#partitions) {
      const rows = to?.get(partition);
      this.#partitions.set(partition, Object.assign(new PartitionRows(rows), { wentBackTo: rows?.position ?? 0 }));
      this.witness.lost(partition, epoch, rows);
    }
  }
}

const forget = (rows: PartitionRows, upTo: number): void => {
  rows.outbox = rows.outbox.filter(({ position }) => position > upTo);
};

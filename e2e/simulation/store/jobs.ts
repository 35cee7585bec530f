import type { ClaimOptions, Job, JobTurn, JobOutcome, LaneJob, WantedJob } from '@assay/event-sourcing';
import type { JobRow, PartitionRows } from './rows.ts';
import type { ReadyJob } from './turns.ts';

export type JobWatcher = (job: { readonly partition: number; readonly key: string; readonly state: JobTurn }) => void;
export type SimulatedJobOutcome = JobOutcome;

const jobOf = ({ payload, result, trouble, notBefore: _notBefore, leaseUntil: _leaseUntil, ...job }: JobRow): Job => ({
  ...job,
  payload: JSON.parse(payload) as object,
  ...(result === undefined ? {} : { result: JSON.parse(result) as object }),
  ...(trouble === undefined ? {} : { trouble: JSON.parse(trouble) as object }),
});

const nameOf = ({ key, id }: { readonly key: string; readonly id: string }): string => `${key} ${id}`;

const byAge = (a: JobRow, b: JobRow): number => a.enqueuedAt - b.enqueuedAt || (a.id < b.id ? -1 : 1);

/** The jobs of a store, over all its partitions. */
export class SimulatedJobs {
  #leases = 0;

  /**
   * @param now by the store's clock, ms since the epoch
   * @param ranOut called with each job whose lease is treated as expired
   */
  constructor(
    private readonly partitions: () => Iterable<PartitionRows>,
    private readonly notify: JobWatcher,
    protected readonly now: () => number,
    private readonly ranOut: (job: Job) => void = () => undefined,
  ) {}

  put(
    rows: PartitionRows,
    partition: number,
    { id, key, lane, payload, enqueuedAt }: WantedJob & { readonly key: string; readonly enqueuedAt: number },
  ): void {
    const known = rows.jobs.get(nameOf({ key, id }));
    if (known && known.state !== 'queued') return;
    rows.jobs.set(nameOf({ key, id }), {
      ...(known ?? { partition, key, id, state: 'queued', attempt: 0, enqueuedAt, notBefore: 0 }),
      lane,
      payload: JSON.stringify(payload),
      ...(known?.payload === JSON.stringify(payload) ? {} : { notBefore: 0 }),
    });
    this.notify({ partition, key, state: 'queued' });
  }

  remove(rows: PartitionRows, job: { readonly key: string; readonly id: string }): void {
    rows.jobs.delete(nameOf(job));
  }

  of(rows: PartitionRows, keys: readonly string[]): Job[] {
    if (rows.jobs.size === 0) return [];
    const byKey = Map.groupBy(rows.jobs.values(), ({ key }) => key);
    return keys.flatMap((key) => (byKey.get(key) ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(jobOf));
  }

  in(rows: PartitionRows, lane: string, most: number): LaneJob[] {
    return [...rows.jobs.values()]
      .filter((job) => job.lane === lane)
      .slice(0, most)
      .map(jobOf)
      .map(({ key, id, state, trouble }) => ({ key, id, state, ...(trouble ? { trouble } : {}) }));
  }

  working(rows: PartitionRows): string[] {
    return [...new Set([...rows.jobs.values()].filter(({ state }) => state !== 'queued').map(({ key }) => key))];
  }

  claim({ leaseMs, maxAttempts, lanes, near }: ClaimOptions, now = this.now()): Job | undefined {
    const lease = (rows: PartitionRows, job: JobRow): Job => {
      this.#leases += 1;
      return jobOf(
        this.#changed(rows, {
          ...job,
          state: 'leased',
          attempt: job.attempt + 1,
          leaseUntil: now + leaseMs,
          lease: `lease-${this.#leases}`,
        }),
      );
    };
    const there =
      near === undefined
        ? undefined
        : [...this.partitions()].find(({ jobs }) => [...jobs.values()].some(({ partition }) => partition === near));
    for (const { lane } of there ? lanes : []) {
      const [first] = [...there!.jobs.values()]
        .filter((job) => job.lane === lane && job.state === 'queued' && job.notBefore <= now)
        .toSorted(byAge);
      if (first) return lease(there!, first);
    }
    const all = [...this.partitions()]
      .filter(({ jobs }) => jobs.size > 0)
      .flatMap((rows) =>
        [...rows.jobs.values()].map((job) => ({ rows, job: this.#expired(rows, job, now, maxAttempts) })),
      );
    for (const { lane, most } of lanes) {
      const mine = all.filter(({ job }) => job.lane === lane);
      if (mine.filter(({ job }) => job.state === 'leased').length >= most) continue;
      const [next] = mine
        .filter(({ job }) => job.state === 'queued' && job.notBefore <= now)
        .toSorted((a, b) => byAge(a.job, b.job));
      if (!next) continue;
      return lease(next.rows, next.job);
    }
    return undefined;
  }

  /** An expired lease counts as an attempt: the job goes back into the queue, or is finished for good. */
  #expired(rows: PartitionRows, job: JobRow, now: number, maxAttempts: number): JobRow {
    if (job.state !== 'leased' || job.leaseUntil! >= now) return job;
    this.ranOut(jobOf(job));
    const { lease: _lease, leaseUntil: _leaseUntil, ...free } = job;
    return this.#changed(
      rows,
      job.attempt >= maxAttempts
        ? { ...free, state: 'finished', result: '{"failed":"lease-expired"}' }
        : { ...free, state: 'queued' },
    );
  }

  renew(rows: PartitionRows, job: Job, leaseMs: number, now = this.now()): boolean {
    const mine = this.mine(rows, job);
    if (mine) rows.jobs.set(nameOf(job), { ...mine, leaseUntil: now + leaseMs });
    return mine !== undefined;
  }

  finish(rows: PartitionRows, job: Job, outcome: SimulatedJobOutcome, now = this.now()): boolean {
    const mine = this.mine(rows, job);
    if (!mine) return false;
    const { lease: _lease, leaseUntil: _leaseUntil, ...free } = mine;
    this.#changed(
      rows,
      'result' in outcome
        ? { ...free, state: 'finished', result: JSON.stringify(outcome.result) }
        : {
            ...free,
            state: 'queued',
            notBefore: now + outcome.retryInMs,
            attempt: free.attempt - Number(outcome.uncounted ?? false),
            ...(outcome.trouble ? { trouble: JSON.stringify(outcome.trouble) } : {}),
          },
      'trouble' in outcome ? 'troubled' : undefined,
    );
    return true;
  }

  /** The job, if this claim still holds it. */
  protected mine(rows: PartitionRows, job: Job): JobRow | undefined {
    const row = this.row(rows, job);
    return row?.state === 'leased' && row.lease === job.lease ? row : undefined;
  }

  protected row(rows: PartitionRows, job: Job): JobRow | undefined {
    return rows.jobs.get(nameOf(job));
  }

  /** Jobs that may be claimed now. */
  ready(now = this.now()): readonly ReadyJob[] {
    return [...this.partitions()].flatMap(({ jobs }) =>
      [...jobs.values()]
        .filter(({ state, notBefore }) => state === 'queued' && notBefore <= now)
        .map(({ partition, key, id, lane }) => ({ name: `${partition} ${key} ${id}`, lane })),
    );
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const rows of this.partitions())
      for (const { lane, state } of rows.jobs.values())
        counts[`${lane}/${state}`] = (counts[`${lane}/${state}`] ?? 0) + 1;
    return counts;
  }

  oldest(rows: PartitionRows): Record<string, number> {
    const oldest: Record<string, number> = {};
    for (const { lane, state, enqueuedAt } of rows.jobs.values())
      if (state !== 'finished') oldest[lane] = Math.min(enqueuedAt, oldest[lane] ?? Infinity);
    return oldest;
  }

  #changed(rows: PartitionRows, job: JobRow, state: JobTurn = job.state): JobRow {
    rows.jobs.set(nameOf(job), job);
    this.notify({ partition: job.partition, key: job.key, state });
    return job;
  }
}

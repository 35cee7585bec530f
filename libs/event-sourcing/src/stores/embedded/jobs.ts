import { EventEmitter } from 'node:events';
import type { Clock } from '../../clock.ts';
import type { ClaimOptions, Job, JobTurn, JobOutcome, JobState, LaneJob, WantedJob } from '../store.ts';
import type { Statements } from './statements.ts';

interface Row {
  partition: number;
  id: string;
  key: string;
  lane: string;
  payload: string;
  state: string;
  attempt: number;
  enqueued_at: number;
  lease: string | null;
  result: string | null;
  trouble: string | null;
}

const jobOf = (row: Row): Job => ({
  partition: row.partition,
  id: row.id,
  key: row.key,
  lane: row.lane,
  payload: JSON.parse(row.payload) as object,
  state: row.state as JobState,
  attempt: row.attempt,
  enqueuedAt: row.enqueued_at,
  ...(row.lease === null ? {} : { lease: row.lease }),
  ...(row.result === null ? {} : { result: JSON.parse(row.result) as object }),
  ...(row.trouble === null ? {} : { trouble: JSON.parse(row.trouble) as object }),
});

/** The part of a job that watchers receive. A result may have megabytes, so it is not read back for them. */
interface Turned {
  readonly partition: number;
  readonly key: string;
  readonly state: JobTurn;
}

const turned = 'partition, key, state';

/** Matches the job only while this claim holds its lease. */
const mine = "partition = ? and key = ? and id = ? and state = 'leased' and lease = ?";

/** The job rows of the embedded store. Every call is one statement or one short transaction. */
export class EmbeddedJobs extends EventEmitter {
  /** @param clock decides when leases run out: only one process has the file open */
  constructor(
    private readonly sql: Statements,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    super();
    this.setMaxListeners(0);
  }

  put(partition: number, job: WantedJob & { readonly key: string; readonly enqueuedAt: number }): void {
    this.sql(`insert into jobs (partition, id, key, lane, payload, state, attempt, enqueued_at, not_before)
      values (?, ?, ?, ?, ?, 'queued', 0, ?, 0) on conflict (partition, key, id) do update set
      lane = excluded.lane, not_before = case when payload = excluded.payload then not_before else 0 end,
      payload = excluded.payload where state = 'queued'`).run(
      partition,
      job.id,
      job.key,
      job.lane,
      JSON.stringify(job.payload),
      job.enqueuedAt,
    );
  }

  remove(partition: number, { key, id }: { readonly key: string; readonly id: string }): void {
    this.sql('delete from jobs where partition = ? and key = ? and id = ?').run(partition, key, id);
  }

  /** Keys with jobs that were begun or finished. */
  working(partition: number): string[] {
    return this.sql(`select distinct key from jobs where partition = ? and state <> 'queued'`)
      .all(partition)
      .map(({ key }) => key as string);
  }

  of(partition: number, keys: readonly string[]): Job[] {
    const find = this.sql('select * from jobs where partition = ? and key = ? order by id');
    return keys.flatMap((key) => (find.all(partition, key) as unknown as Row[]).map(jobOf));
  }

  in(partition: number, lane: string, most: number): LaneJob[] {
    return (
      this.sql('select key, id, state, trouble from jobs where partition = ? and lane = ? limit ?').all(
        partition,
        lane,
        most,
      ) as unknown as Pick<Row, 'key' | 'id' | 'state' | 'trouble'>[]
    ).map(({ key, id, state, trouble }) => ({
      key,
      id,
      state: state as JobState,
      ...(trouble === null ? {} : { trouble: JSON.parse(trouble) as object }),
    }));
  }

  claim({ leaseMs, maxAttempts, lanes }: ClaimOptions): Job | undefined {
    const now = this.clock.now();
    this.#expire(now, maxAttempts);
    for (const { lane, most } of lanes) {
      const { leased } = this.sql(`select count(*) as leased from jobs where state = 'leased' and lane = ?`).get(
        lane,
      ) as { leased: number };
      if (leased >= most) continue;
      const row = this.sql(`update jobs set state = 'leased', attempt = attempt + 1, lease_until = ?,
        lease = lower(hex(randomblob(8))) where (partition, key, id) in (select partition, key, id from jobs
          where state = 'queued' and lane = ? and not_before <= ? order by enqueued_at, id limit 1) returning *`).get(
        now + leaseMs,
        lane,
        now,
      ) as unknown as Row | undefined;
      if (row) {
        const job = jobOf(row);
        this.notify(job);
        return job;
      }
    }
    return undefined;
  }

  /** An expired lease counts as an attempt: the job is queued again, or finished after the last attempt. */
  #expire(now: number, maxAttempts: number): void {
    const expired = this.sql(`update jobs set state = case when attempt >= ? then 'finished' else 'queued' end,
      result = case when attempt >= ? then '{"failed":"lease-expired"}' end, lease_until = null, lease = null
      where state = 'leased' and lease_until < ? returning ${turned}`).all(maxAttempts, maxAttempts, now);
    for (const row of expired) this.notify(row as unknown as Turned);
  }

  renew(job: Job, leaseMs: number): boolean {
    return (
      this.sql(`update jobs set lease_until = ? where ${mine}`).run(
        this.clock.now() + leaseMs,
        job.partition,
        job.key,
        job.id,
        job.lease ?? null,
      ).changes === 1
    );
  }

  finish(job: Job, outcome: JobOutcome): boolean {
    const owner = [job.partition, job.key, job.id, job.lease ?? null] as const;
    const row = ('result' in outcome
      ? this.sql(
          `update jobs set state = 'finished', lease_until = null, lease = null, result = ? where ${mine}
            returning ${turned}`,
        ).get(JSON.stringify(outcome.result), ...owner)
      : this.sql(
          `update jobs set state = 'queued', lease_until = null, lease = null, not_before = ?, attempt = attempt - ?,
            trouble = ifnull(?, trouble) where ${mine} returning ${turned}`,
        ).get(
          Math.ceil(this.clock.now() + outcome.retryInMs),
          outcome.uncounted ? 1 : 0,
          outcome.trouble ? JSON.stringify(outcome.trouble) : null,
          ...owner,
        )) as unknown as Turned | undefined;
    if (row) this.notify('trouble' in outcome ? { ...row, state: 'troubled' } : row);
    return row !== undefined;
  }

  counts(): Record<string, number> {
    return Object.fromEntries(
      this.sql(`select lane || '/' || state as name, count(*) as jobs from jobs group by state, lane`)
        .all()
        .map((row) => [row.name as string, row.jobs as number]),
    );
  }

  oldest(partition: number): Record<string, number> {
    return Object.fromEntries(
      this.sql(
        `select lane, min(enqueued_at) as oldest from jobs where partition = ? and state <> 'finished' group by lane`,
      )
        .all(partition)
        .map(({ lane, oldest }) => [lane as string, oldest as number]),
    );
  }

  /** Notifies the watchers, after the work at hand. */
  notify({ partition, key, state }: Turned): void {
    setImmediate(() => this.emit('job', { partition, key, state }));
  }
}

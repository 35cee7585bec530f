import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, type NewRecord } from '@assay/messaging';
import { systemClock, type Clock } from '../../clock.ts';
import { beforeAll } from '../../processor/sequence.ts';
import { compressed, decompressed } from '../compression.ts';
import {
  checkpointAfter,
  statePageBytes,
  type Changes,
  type PartitionClaim,
  type ClaimOptions,
  type Committed,
  type Job,
  type LaneJob,
  type JobTurn,
  type JobOutcome,
  type OutboxRow,
  type Parked,
  type PartitionCheckpoint,
  type Store,
  type StoredState,
  type StoredSummary,
} from '../store.ts';
import { EmbeddedJobs } from './jobs.ts';
import { jobsOfBefore, outboxOfBefore, schema, statesOfBefore } from './schema.ts';
import { statementsOf, type Statements } from './statements.ts';

type HeadBody = Omit<PartitionCheckpoint, 'epoch'>;
const emptyHead: HeadBody = {
  offsets: {},
  read: {},
  lastSequences: {},
  lastEmitted: beforeAll,
  configEvaluated: {},
  configUsed: {},
  restored: false,
  evaluated: false,
};

interface StateRow {
  key: string;
  /** Length as text in bytes, of a compressed state only. */
  length: number | null;
  state: string | Uint8Array;
  wakeAt: number | null;
}

const stateColumns = 'key, length, state, wake_at as wakeAt';

const stateOf = ({ key, length, state, wakeAt }: StateRow): StoredState => ({
  key,
  state: typeof state === 'string' ? state : decompressed(key, { bytes: state, length: length ?? 0 }),
  ...(wakeAt === null ? {} : { wakeAt }),
});

/** One service's store in one SQLite file, for one process. */
export class EmbeddedStore implements Store {
  readonly #database: DatabaseSync;
  readonly #jobs: EmbeddedJobs;
  readonly #sql: Statements;
  /** The last position given to a record of an outbox. */
  #position: number;

  /** @param clock of the one process that has the file open */
  constructor(
    readonly file: string,
    clock: Pick<Clock, 'now'> = systemClock,
  ) {
    // After a power failure the log still has what the store lost. States, offsets and outbox go back together, and a
    // store behind its emitted events is restored.
    this.#database = openDatabase(file, 'normal');
    this.#database.exec(schema);
    if (this.#database.prepare("select 1 from sqlite_schema where name = 'outbox'").get())
      this.#database.exec(outboxOfBefore);
    for (const [table, column, upgrade] of [
      ['states', 'length', statesOfBefore],
      ['jobs', 'trouble', jobsOfBefore],
    ] as const)
      if (!this.#database.prepare('select 1 from pragma_table_info(?) where name = ?').get(table, column))
        this.#database.exec(upgrade);
    // Only this process has the file open, so every earlier lease holder is gone. Its leases need not run out, and the
    // end of a process does not count as an attempt.
    this.#database.exec(
      "update jobs set state = 'queued', lease = null, lease_until = null, " +
        "attempt = max(0, attempt - 1) where state = 'leased'",
    );
    this.#sql = statementsOf(this.#database);
    this.#jobs = new EmbeddedJobs(this.#sql, clock);
    this.#position = (this.#sql('select max(last) as last from unsent').get()?.last as number | null | undefined) ?? 0;
  }

  async claim(partition: number, floor: number): Promise<PartitionClaim> {
    return this.#transaction(() => {
      const stored = this.#head(partition);
      const epoch = Math.max(floor, (stored?.epoch ?? 0) + 1);
      this.#write(partition, epoch, stored?.head ?? emptyHead);
      const halted = this.#sql('select distinct key from parked where partition = ?')
        .all(partition)
        .map(({ key }) => key as string);
      return {
        checkpoint: { epoch, ...(stored?.head ?? emptyHead) },
        outbox: this.#outbox(partition),
        parkedKeys: halted,
        working: this.#jobs.working(partition),
      };
    });
  }

  async epoch(partition: number): Promise<number | undefined> {
    return this.#head(partition)?.epoch;
  }

  async checkpoint(partition: number): Promise<PartitionCheckpoint | undefined> {
    const stored = this.#head(partition);
    return stored && { epoch: stored.epoch, ...stored.head };
  }

  async read(partition: number, keys: readonly string[]): Promise<ReadonlyMap<string, StoredState>> {
    const find = this.#sql(`select ${stateColumns} from states where partition = ? and key = ?`);
    const found = new Map<string, StoredState>();
    for (const key of keys) {
      const row = find.get(partition, key) as StateRow | undefined;
      if (row) found.set(key, stateOf(row));
    }
    return found;
  }

  async scan(partition: number, after: string | undefined, most: number): Promise<readonly StoredState[]> {
    const rows = this.#sql(
      `select ${stateColumns} from states where partition = ? and key > ? order by key limit ?`,
    ).iterate(partition, after ?? '', most) as Iterable<unknown> as Iterable<StateRow>;
    const page: StoredState[] = [];
    let bytes = 0;
    for (const row of rows) {
      page.push(stateOf(row));
      bytes += row.length ?? row.state.length;
      if (bytes >= statePageBytes) break;
    }
    return page;
  }

  async summaries(partition: number, after: string | undefined, most: number): Promise<readonly StoredSummary[]> {
    // Only the index of the states is read for their keys.
    return (
      this.#sql(`select key, summary from
        (select key from states where partition = ?1 and key > ?2 order by key limit ?3) left join
        (select key, summary from summaries where partition = ?1) using (key) order by key`).all(
        partition,
        after ?? '',
        most,
      ) as unknown as { key: string; summary: string | null }[]
    ).map(({ key, summary }) => (summary === null ? { key } : { key, summary }));
  }

  async due(partition: number, now: number, most: number) {
    const keys = this.#sql('select key from states where partition = ? and wake_at <= ? order by wake_at limit ?')
      .all(partition, now, most)
      .map(({ key }) => key as string);
    const { next } = this.#sql('select min(wake_at) as next from states where partition = ? and wake_at > ?').get(
      partition,
      now,
    ) as { next: number | null };
    return { keys, ...(next === null ? {} : { next }) };
  }

  async transact(partition: number, epoch: number, changes: Changes): Promise<Committed> {
    const committed = this.#transaction((): Committed => {
      const stored = this.#head(partition);
      if (!stored || stored.epoch !== epoch) return { committed: false };
      const { expect, checkpoint } = changes;
      if (expect && (stored.head.offsets[expect.topic] ?? 0) !== expect.offset) return { committed: false };
      this.#write(partition, epoch, checkpointAfter(stored.head, checkpoint));
      this.#put(partition, changes.states);
      if (changes.trim !== undefined) this.#trim(partition, changes.trim);
      for (const job of changes.jobs.put) this.#jobs.put(partition, job);
      for (const job of changes.jobs.remove) this.#jobs.remove(partition, job);
      const unpark = this.#sql('delete from parked where topic = ? and partition = ? and "offset" = ?');
      for (const { topic, offset } of changes.unpark ?? []) unpark.run(topic, partition, offset);
      const park = this.#sql(
        'insert or replace into parked (topic, partition, "offset", key, body) values (?, ?, ?, ?, ?)',
      );
      for (const event of changes.park)
        park.run(event.topic, partition, event.offset, event.key, JSON.stringify(event));
      return { committed: true, positions: this.#enqueue(partition, changes.outbox) };
    });
    for (const { key } of committed.committed ? changes.jobs.put : [])
      this.#jobs.notify({ partition, key, state: 'queued' });
    return committed;
  }

  #put(partition: number, states: readonly StoredState[]): void {
    const put = this.#sql(
      'insert or replace into states (partition, key, wake_at, length, state) values (?, ?, ?, ?, ?)',
    );
    const summarise = this.#sql('insert or replace into summaries (partition, key, summary) values (?, ?, ?)');
    const forget = this.#sql('delete from summaries where partition = ? and key = ?');
    for (const { key, state, wakeAt, summary } of states) {
      const small = compressed(key, state);
      put.run(partition, key, wakeAt ?? null, small?.length ?? null, small?.bytes ?? state);
      if (summary === undefined) forget.run(partition, key);
      else summarise.run(partition, key, summary);
    }
  }

  /**
   * Stores all records of one transaction as one row. A row per record costs a service that only folds and decides a
   * third more work.
   */
  #enqueue(partition: number, records: readonly NewRecord[]): readonly number[] {
    if (records.length === 0) return [];
    const first = this.#position + 1;
    this.#position += records.length;
    this.#sql('insert into unsent (last, first, partition, records) values (?, ?, ?, ?)').run(
      this.#position,
      first,
      partition,
      JSON.stringify(records),
    );
    return records.map((_, index) => first + index);
  }

  #outbox(partition: number): OutboxRow[] {
    return this.#sql('select first, last, records from unsent where partition = ? order by last')
      .all(partition)
      .flatMap((row) => {
        const [first, last] = [row.first as number, row.last as number];
        return (JSON.parse(row.records as string) as NewRecord[])
          .slice(first - last - 1)
          .map((record, index) => ({ ...record, position: first + index }));
      });
  }

  async trim(partition: number, position: number): Promise<void> {
    this.#trim(partition, position);
  }

  #trim(partition: number, position: number): void {
    this.#sql('delete from unsent where partition = ? and last <= ?').run(partition, position);
    // Only the first row behind the position can contain earlier positions.
    this.#sql(
      'update unsent set first = ? where partition = ? and first <= ? ' +
        'and last = (select min(last) from unsent where last > ?)',
    ).run(position + 1, partition, position, position);
  }

  async clear(partition: number, epoch: number): Promise<boolean> {
    return this.#transaction(() => {
      if (this.#head(partition)?.epoch !== epoch) return false;
      for (const table of ['states', 'summaries', 'parked', 'jobs', 'unsent'])
        this.#sql(`delete from ${table} where partition = ?`).run(partition);
      this.#write(partition, epoch, emptyHead);
      return true;
    });
  }

  async parked(partition?: number): Promise<readonly Parked[]> {
    return this.#sql(
      'select body from parked where partition = ifnull(?, partition) order by topic, partition, "offset"',
    )
      .all(partition ?? null)
      .map(({ body }) => JSON.parse(body as string) as Parked);
  }

  async jobsOf(partition: number, keys: readonly string[]): Promise<readonly Job[]> {
    return this.#jobs.of(partition, keys);
  }

  async jobsIn(partition: number, lane: string, most: number): Promise<readonly LaneJob[]> {
    return this.#jobs.in(partition, lane, most);
  }

  async claimJob(options: ClaimOptions): Promise<Job | undefined> {
    return this.#jobs.claim(options);
  }

  async renewJob(job: Job, leaseMs: number): Promise<boolean> {
    return this.#jobs.renew(job, leaseMs);
  }

  async finishJob(job: Job, outcome: JobOutcome): Promise<boolean> {
    return this.#jobs.finish(job, outcome);
  }

  async jobCounts(): Promise<Readonly<Record<string, number>>> {
    return this.#jobs.counts();
  }

  async oldestJobs(partition: number): Promise<Readonly<Record<string, number>>> {
    return this.#jobs.oldest(partition);
  }

  /** No other program can have the file open. */
  async announce(stateVersion: number): Promise<number> {
    return stateVersion;
  }

  watchJobs(
    watcher: (job: { readonly partition: number; readonly key: string; readonly state: JobTurn }) => void,
  ): () => void {
    this.#jobs.on('job', watcher);
    return () => this.#jobs.off('job', watcher);
  }

  async close(): Promise<void> {
    this.#jobs.removeAllListeners();
    this.#database.close();
  }

  #head(partition: number): { epoch: number; head: HeadBody } | undefined {
    const row = this.#sql('select epoch, head from heads where partition = ?').get(partition);
    return (
      row && {
        epoch: row.epoch as number,
        head: { ...emptyHead, ...(JSON.parse(row.head as string) as Partial<HeadBody>) },
      }
    );
  }

  #write(partition: number, epoch: number, head: HeadBody): void {
    this.#sql('insert or replace into heads (partition, epoch, head) values (?, ?, ?)').run(
      partition,
      epoch,
      JSON.stringify(head),
    );
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('begin immediate');
    try {
      const result = work();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }
}

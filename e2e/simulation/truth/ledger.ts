import { createHash } from 'node:crypto';
import { placementKey, type App, type Placement } from '@assay/events';
import type { Job, OutboxRow } from '@assay/event-sourcing';
import type { LogRecord } from '@assay/messaging';
import type { SimulatedJobOutcome } from '../store/jobs.ts';
import type { CommitWitness } from '../store/memory.ts';
import type { JobRow, PartitionRows } from '../store/rows.ts';
import { LawJudge, laws, type LawTruth } from '../../laws/judge.ts';
import type { ImagePlace } from '../../laws/place.ts';
import { poison } from '../story/commands.ts';
import type { Broken } from './broken.ts';
import { ContractReader } from './reader.ts';

/** An event that a service committed to emit. */
export interface CommittedEvent {
  readonly app: App;
  readonly partition: number;
  readonly row: OutboxRow;
  /**
   * The event may come, but need not. Either the store lost it before the log had it, or committed it after losing a
   * later claim.
   */
  forgotten: boolean;
}

const later = (a: string, b: string): string => (a > b ? a : b);

const emissionOf = ({ headers: { ce_id: id, ce_sequence: sequence } }: Pick<LogRecord, 'headers'>): string =>
  `${id} ${sequence}`;

const claimOf = ({
  partition,
  key,
  id,
}: {
  readonly partition: number;
  readonly key: string;
  readonly id: string;
}): string => `${partition} ${key} ${id}`;

/** Records what really happened, outside of the services concerned. */
export class TruthLedger {
  readonly broken: Broken[] = [];
  readonly reader = new ContractReader();
  readonly committed: CommittedEvent[] = [];
  readonly #known = new Set<string>();
  /** Everything in the log, by id and sequence: a fenced event is emitted again under another sequence. */
  readonly #appended = new Set<string>();
  /** Ids that a reader accepted. */
  readonly #accepted = new Set<string>();
  /** Digest of the image, by sha256 of its report. */
  readonly reports = new Map<string, string>();
  /** Time of the last push and of the deletion of each placement that ingestion knows. */
  readonly placements = new Map<string, { pushedAt: string; deletedAt: string }>();
  /** Reports that a finished job brought while its claim held the job. */
  readonly counted = new Set<string>();
  /** Images with the databases that scanners have held them against, and their builds. */
  readonly #assessed = new Set<string>();
  readonly #laws: LawJudge;
  #made = 0;
  /** Once a topic was cut, its events may be emitted again, and causes may be missing from the log. */
  isCut = false;

  /**
   * @param now virtual ms since the epoch
   * @param truth the results of databases, by digest
   */
  constructor(
    private readonly now: () => number,
    truth: Omit<LawTruth, 'isAssessed'>,
  ) {
    this.#laws = new LawJudge({
      ...truth,
      isAssessed: (digest, database, build) => this.#assessed.has(`${digest} ${database} ${build}`),
    });
  }

  fail(invariant: string, detail: string): void {
    this.broken.push({ invariant, detail });
  }

  /** The text of one more report of an image, by a database and a build of the scanner. */
  made(digest: string, database: string, build: string): string {
    this.#made += 1;
    this.#assessed.add(`${digest} ${database} ${build}`);
    const text = `report ${this.#made} of ${digest}`;
    this.reports.set(`sha256:${createHash('sha256').update(text).digest('hex')}`, digest);
    return text;
  }

  appended(record: LogRecord): void {
    const { ce_causationid: cause, ce_id: id = '', ce_type: type } = record.headers;
    if (cause !== undefined && record.topic !== 'operator.acted' && !this.#known.has(cause))
      this.fail('nothing comes out of nowhere', `${type} ${id} answers ${cause}, which nobody said`);
    this.#known.add(id);
    this.#appended.add(emissionOf(record));
    this.#judge(record);
    const received = this.reader.take(record, this.now());
    if (!received) return;
    if (this.#accepted.has(received.id) && !this.isCut)
      this.fail('every event is said once', `${type} ${id} came again as ${received.sequence ?? 'unsequenced'}`);
    this.#accepted.add(received.id);
    if (record.topic === 'image.pushed' || record.topic === 'image.deleted')
      this.#place(JSON.parse(record.value) as Placement & { pushedAt?: string; deletedAt?: string });
  }

  /** A cut takes records away from readers that have read them: the laws hold for a log that only grows. */
  #judge(record: LogRecord): void {
    if (this.isCut || record.headers.ce_source === poison) return;
    for (const { law, detail } of this.#laws.take(record)) this.fail(laws[law], detail);
  }

  /** Laws that are broken at the end, when no work is left. */
  leftBehind(isScannable: (place: ImagePlace) => boolean): readonly string[] {
    return this.#laws.atEnd(isScannable).map(({ detail }) => detail);
  }

  /** Answers to offers that no results can have given. */
  misweighed(): readonly string[] {
    return this.#laws.misweighed().map(({ detail }) => detail);
  }

  /** True if readers have findings of an image that count although their advisories are gone. */
  keeps(place: ImagePlace): boolean {
    return this.#laws.keeps(place);
  }

  #place({ pushedAt = '', deletedAt = '', ...placement }: Placement & { pushedAt?: string; deletedAt?: string }): void {
    const known = this.placements.get(placementKey(placement)) ?? { pushedAt, deletedAt };
    this.placements.set(placementKey(placement), {
      pushedAt: later(known.pushedAt, pushedAt),
      deletedAt: later(known.deletedAt, deletedAt),
    });
  }

  isEmitted(id: string): boolean {
    return this.#known.has(id);
  }

  /** Watches one service's store. */
  witness(app: App): CommitWitness {
    const leases = new Map<string, string>();
    /** The end of each claim's lease, by the world's clock only. */
    const holds = new Map<string, number>();
    const hold = ({ lease = '' }: Job, leaseMs: number): void => {
      holds.set(lease, this.now() + leaseMs);
    };
    const lostClaims = new Map<number, number>();
    return {
      committed: (partition, epoch, rows) => {
        const forgotten = epoch < (lostClaims.get(partition) ?? 0);
        for (const row of rows) this.committed.push({ app, partition, row, forgotten });
        return this.committed.length;
      },
      claimed: (job, leaseMs) => {
        leases.set(claimOf(job), job.lease ?? '');
        hold(job, leaseMs);
      },
      renewed: hold,
      passedOver: ({ id, lane }, subscription) =>
        this.fail('slots go round', `${app} took ${id} of ${lane} while ${subscription} waited, and had no job there`),
      ranOut: ({ id, lease = '' }) => {
        if ((holds.get(lease) ?? 0) > this.now())
          this.fail(
            'a lease holds for its time',
            `${app} took ${id} from ${lease}, ${Math.round(holds.get(lease)! - this.now())} ms before its time`,
          );
      },
      finished: (job, outcome) => {
        this.#finished(app, leases, job, outcome);
      },
      lost: (partition, epoch, rows) => {
        lostClaims.set(partition, Math.max(epoch, lostClaims.get(partition) ?? 0));
        // The store has lost the renewals too.
        holds.clear();
        this.#lost(app, leases, partition, rows);
      },
    };
  }

  #finished(app: App, leases: Map<string, string>, job: Job, outcome: SimulatedJobOutcome): void {
    if (leases.get(claimOf(job)) !== job.lease)
      this.fail(
        'no result of an old attempt counts',
        `${app} took what ${job.lease ?? ''} brought of ${job.id}, which ${leases.get(claimOf(job)) ?? 'nobody'} has`,
      );
    const { report } = ('result' in outcome ? outcome.result : {}) as { report?: { sha256: string } };
    if (report) this.counted.add(report.sha256);
  }

  #lost(app: App, leases: Map<string, string>, partition: number, rows: PartitionRows | undefined): void {
    for (const emitted of this.committed.slice(rows?.history ?? 0))
      if (emitted.app === app && emitted.partition === partition && !this.#appended.has(emissionOf(emitted.row)))
        emitted.forgotten = true;
    for (const name of leases.keys()) if (name.startsWith(`${partition} `)) leases.delete(name);
    for (const job of rows?.jobs.values() ?? ([] as JobRow[]))
      if (job.lease !== undefined) leases.set(claimOf(job), job.lease);
  }
}

import type { NewRecord, Offsets, ReadMarks, Wait } from '@assay/messaging';
import type { Standstill } from './standstill.ts';

/** What is known of a partition besides its keys. */
export interface PartitionCheckpoint {
  /** Raised by each claim: whoever holds an older one writes nothing any more. */
  readonly epoch: number;
  /** Next offset to read, by heard topic. */
  readonly offsets: Offsets;
  /** What was read last, by topic, of config too: whether the log is still the one that was read is seen by it. */
  readonly read: ReadMarks;
  /** Highest sequence heard, by topic; what is not higher is a repeat. */
  readonly lastSequences: Readonly<Record<string, string>>;
  /** Sequence of the last event said. */
  readonly lastEmitted: string;
  /** Next config offset that all keys have been asked about, by config topic. */
  readonly configEvaluated: Offsets;
  /**
   * Next config offset that answers were given by, by config topic: some keys may have been asked about by more than
   * all have.
   */
  readonly configUsed: Offsets;
  /** False while an empty store is being filled from the log. */
  readonly restored: boolean;
  /** False until every key of a newly filled store was asked about. */
  readonly evaluated: boolean;
  /** Of the program that made the states (`Program.stateVersion`); none where that did not say so yet. */
  readonly stateVersion?: number;
  /**
   * When the first of all answers may hold no longer by time alone, ms since the epoch; none where that is not known.
   */
  readonly lapsesAt?: number;
  /** Why nothing is done here until an operator orders otherwise. */
  readonly standstill?: Standstill | undefined;
  /** Why a topic was not read on, by topic: it holds while the next offset to read is that of the wait. */
  readonly waits?: Readonly<Record<string, Wait>>;
}

/** What a unit of work changes of the head. */
export type CheckpointChange = Partial<Omit<PartitionCheckpoint, 'epoch'>>;

/** The head after a change: of what is kept by topic, a topic that the change does not name stays as it is. */
export const checkpointAfter = <Head extends Omit<PartitionCheckpoint, 'epoch'>>(
  head: Head,
  change: CheckpointChange,
): Head => ({
  ...head,
  ...change,
  offsets: withChanged(head.offsets, change.offsets),
  lastSequences: withChanged(head.lastSequences, change.lastSequences),
  read: withChanged(head.read, change.read),
  configEvaluated: withChanged(head.configEvaluated, change.configEvaluated),
  configUsed: withChanged(head.configUsed, change.configUsed),
  ...(change.waits ? { waits: { ...head.waits, ...change.waits } } : {}),
});

const withChanged = <Value>(
  known: Readonly<Record<string, Value>>,
  changed: Readonly<Record<string, Value>> | undefined,
): Readonly<Record<string, Value>> => (changed === undefined ? known : { ...known, ...changed });

/** One key's state, as JSON text, and when it wants to be asked again (ms since the epoch). */
export interface StoredState {
  readonly key: string;
  readonly state: string;
  readonly wakeAt?: number | undefined;
}

export interface OutboxRow extends NewRecord {
  readonly position: number;
}

/** An event that could not be handled, or came behind one in its topic; it halts its key until somebody acts. */
export interface Parked {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly code: string;
  readonly message: string;
  readonly parkedAt: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
  /** Offset of the operator's order by which it was last tried again; none before the first. */
  readonly order?: number;
}

/** Long work that a key wants done. */
export interface WantedJob {
  /** Unique among the jobs of its key. */
  readonly id: string;
  readonly lane: string;
  /** What the worker of it needs to know. */
  readonly payload: object;
}

export type JobState = 'queued' | 'leased' | 'finished';

/** What is told of a job: its state, or that it was handed back with its trouble. */
export type JobTurn = JobState | 'troubled';

/** What an attempt leaves: its result, or when it is to be tried again. */
export type JobOutcome =
  | { readonly result: object }
  | {
      readonly retryInMs: number;
      /** It was not the job's fault, and counts as no attempt. */
      readonly uncounted?: boolean;
      /** What went wrong; without it the job keeps the trouble that it had. */
      readonly trouble?: object;
    };

export interface Job extends WantedJob {
  readonly partition: number;
  readonly key: string;
  readonly state: JobState;
  /** How often it was begun, as far as that counts. */
  readonly attempt: number;
  /** Names this claim of it and no other, so that who lost a job cannot speak for who has it now. */
  readonly lease?: string | undefined;
  readonly enqueuedAt: number;
  /** What came of it, once `finished`. */
  readonly result?: object | undefined;
  /** What went wrong when it was last tried, where it is tried again. */
  readonly trouble?: object | undefined;
}

export interface ClaimOptions {
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** Lanes in the order in which they are served, each with the most jobs that may be leased at once. */
  readonly lanes: readonly { readonly lane: string; readonly most: number }[];
  /**
   * A partition in which something was put just now, told by who has nothing to do: what waits there may be leased
   * without a look at all the others, be it one more of its lane than `most`.
   */
  readonly near?: number | undefined;
}

/** Everything that one unit of work writes, at once or not at all. */
export interface Changes {
  /** The batch must begin where the store stands. */
  readonly expect?: { readonly topic: string; readonly offset: number } | undefined;
  readonly checkpoint: CheckpointChange;
  readonly states: readonly StoredState[];
  readonly outbox: readonly NewRecord[];
  readonly jobs: {
    readonly put: readonly (WantedJob & { readonly key: string; readonly enqueuedAt: number })[];
    readonly remove: readonly { readonly key: string; readonly id: string }[];
  };
  readonly park: readonly Parked[];
  /** Parked events that are no longer; taken away before others are parked. */
  readonly unpark?: readonly Pick<Parked, 'topic' | 'offset' | 'key'>[] | undefined;
  /** Outbox rows up to this position are in the log and may be forgotten. */
  readonly trim?: number | undefined;
}

/** How long a program counts as at work on a store after it said so last. */
export const announcedForMs = 30_000;

/**
 * Somebody else owns the partition, or it is not as its owner left it, or the batch does not begin where the store
 * stands: all that was read is void.
 */
export class Fenced extends Error {
  readonly code = 'fenced';
}

export type Committed =
  | { readonly committed: true; readonly positions: readonly number[] }
  | { readonly committed: false };

export interface Claim {
  readonly checkpoint: PartitionCheckpoint;
  /** What an earlier owner committed and may not have appended: it goes out first. */
  readonly outbox: readonly OutboxRow[];
  /** Keys that are halted by a parked event. */
  readonly parkedKeys: readonly string[];
  /** Keys whose jobs were begun or finished: nobody may have been told. */
  readonly working: readonly string[];
}

/**
 * The store port: what one service remembers, by partition. Adapters: embedded (SQLite) and Redis; both pass
 * the contract suite in `@assay/testing`. Jobs, leases and the outbox are work tables: a rebuild does not compare them.
 */
export interface Store {
  /** Takes a partition: raises its epoch to at least `floor` and above every earlier one. */
  claim(partition: number, floor: number): Promise<Claim>;
  /**
   * The epoch that stands, for who claimed the partition; nothing where it is no longer as that one left it. A look, to
   * notice what happened while nobody wrote.
   */
  epoch(partition: number): Promise<number | undefined>;
  /** Where a partition stands, for who does not own it; nothing where it was never claimed. */
  checkpoint(partition: number): Promise<PartitionCheckpoint | undefined>;
  /**
   * Who will write what rests on this gives the epoch of its claim: a store may go back to an older copy, and be what
   * it was again when the transaction comes. The same goes for `scan` and `parked`.
   * @throws Fenced where the partition is not as that owner left it
   */
  read(partition: number, keys: readonly string[], owner?: number): Promise<ReadonlyMap<string, StoredState>>;
  /**
   * States in the order of their keys, after `after`. Where they are large fewer than `most` come: only after an empty
   * page there is no more.
   */
  scan(partition: number, after: string | undefined, most: number, owner?: number): Promise<readonly StoredState[]>;
  /** Keys whose time has come, and when the next one's will. */
  due(
    partition: number,
    now: number,
    most: number,
  ): Promise<{ readonly keys: readonly string[]; readonly next?: number | undefined }>;
  /** Compare-and-set on the epoch and, for a batch, on the offset; nothing is written when either does not hold. */
  transact(partition: number, epoch: number, changes: Changes): Promise<Committed>;
  /** Forgets outbox rows up to a position, once the log has them. */
  trim(partition: number, position: number): Promise<void>;
  /** Empties a partition, but for its epoch. */
  clear(partition: number, epoch: number): Promise<boolean>;
  /** Parked events by topic, partition and offset: all, or those of one partition. */
  parked(partition?: number, owner?: number): Promise<readonly Parked[]>;

  jobsOf(partition: number, keys: readonly string[]): Promise<readonly Job[]>;
  /**
   * Leases the next job, by the store's clock: those of the instances may differ. One whose lease ran out counts as an
   * attempt, and is finished with `{ failed: 'lease-expired' }` after the last.
   */
  claimJob(options: ClaimOptions): Promise<Job | undefined>;
  /** Prolongs a lease to so many milliseconds from now; false when the job is no longer this attempt's. */
  renewJob(job: Job, leaseMs: number): Promise<boolean>;
  /** Leaves the result, or hands the job back to be tried again; false when it is no longer this attempt's. */
  finishJob(job: Job, outcome: JobOutcome): Promise<boolean>;
  jobCounts(): Promise<Readonly<Record<string, number>>>;
  /** When the oldest job of a partition that is not finished was put, by lane, ms since the epoch. */
  oldestJobs(partition: number): Promise<Readonly<Record<string, number>>>;
  /**
   * Says that a program whose states have this version works here now. To be said again before half a minute is over.
   * @returns the newest version that somebody said within the last half minute
   */
  announce(stateVersion: number): Promise<number>;
  /** Tells of jobs put, leased, finished and troubled. */
  watchJobs(
    watcher: (job: { readonly partition: number; readonly key: string; readonly state: JobTurn }) => void,
  ): () => void;
  close(): Promise<void>;
}

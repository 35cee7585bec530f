import type { NewRecord, Offsets, ReadMarks, Wait } from '@assay/messaging';
import type { Marks } from '../marks/partition-mark.ts';
import type { Standstill } from '../checkpoint/standstill.ts';

/** The stored data of a partition besides its keys. */
export interface PartitionCheckpoint {
  /** Raised by each claim. Owners with an older epoch cannot write any more. */
  readonly epoch: number;
  /** Next offset to read, by consumed topic. */
  readonly offsets: Offsets;
  /** The last record read, by topic, config included. It shows whether the log is still the one that was read. */
  readonly read: ReadMarks;
  /** Highest sequence received, by topic. A record whose sequence is not higher is a repeat. */
  readonly lastSequences: Readonly<Record<string, string>>;
  /** Sequence of the last emitted event. */
  readonly lastEmitted: string;
  /** Next config offset by which all keys were evaluated, by config topic. */
  readonly configEvaluated: Offsets;
  /**
   * Next config offset by which any key was evaluated, by config topic. Some keys may have been evaluated by more
   * config than all keys.
   */
  readonly configUsed: Offsets;
  /** False while an empty store is being restored from the log. */
  readonly restored: boolean;
  /** False until every key of a restored store was evaluated. */
  readonly evaluated: boolean;
  /** Version of the program's states (`Decider.stateVersion`). Absent if the program did not record it yet. */
  readonly stateVersion?: number;
  /** When the first decision may become invalid by time alone, ms since the epoch. Absent if unknown. */
  readonly lapsesAt?: number;
  /** Why nothing is processed here until an operator's order. */
  readonly standstill?: Standstill | undefined;
  /** Why a topic is not read any further, by topic. Holds while the next offset to read is that of the wait. */
  readonly waits?: Readonly<Record<string, Wait>>;
  /** The last marks. Absent before the first. */
  readonly marks?: Marks;
  /** Keys whose last decision threw, at most one more than a mark may except. */
  readonly failing?: readonly string[];
  /** Keys that received something behind a received mark that is not answered, at most as many. */
  readonly behindMark?: readonly string[];
  /** Keys of which an operator dropped an event of the topic with marks, and that are not whole since. */
  readonly dropped?: readonly string[];
  /** True if a key is to be evaluated when the next mark is received. */
  readonly awaitsMark?: boolean;
}

/** The changes of a unit of work to the checkpoint. */
export type CheckpointChange = Partial<Omit<PartitionCheckpoint, 'epoch'>>;

/** Applies a change to a checkpoint. In values by topic, topics that the change does not name keep their value. */
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
  ...(change.marks ? { marks: { ...head.marks, ...change.marks } } : {}),
});

const withChanged = <Value>(
  known: Readonly<Record<string, Value>>,
  changed: Readonly<Record<string, Value>> | undefined,
): Readonly<Record<string, Value>> => (changed === undefined ? known : { ...known, ...changed });

/** Most bytes of a summary, as UTF-8. */
export const maxSummaryBytes = 1024;

/** The state of one key as JSON text, and when to evaluate it again (ms since the epoch). */
export interface StoredState {
  readonly key: string;
  readonly state: string;
  readonly wakeAt?: number | undefined;
  /** Written beside the state, and read by `summaries` alone. */
  readonly summary?: string | undefined;
}

/** A key with its summary instead of its state. Without a summary, its state must be read. */
export interface StoredSummary {
  readonly key: string;
  readonly summary?: string | undefined;
}

export interface OutboxRow extends NewRecord {
  readonly position: number;
}

/**
 * An event that could not be handled, or that came behind such an event in its topic. It halts its key until an
 * operator acts.
 */
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
  /** Offset of the operator's order by which it was last tried again. Absent before the first. */
  readonly order?: number;
}

/** Long-running work that a key needs. */
export interface WantedJob {
  /** Unique among the jobs of its key. */
  readonly id: string;
  readonly lane: string;
  /** The input of the job's worker. */
  readonly payload: object;
  /** True if it has its turn before the jobs of its lane that were put within the last minutes. */
  readonly ahead?: true;
}

export type JobState = 'queued' | 'leased' | 'finished';

/** The state of a job in a notification: its state, or that it was handed back with its trouble. */
export type JobTurn = JobState | 'troubled';

/** The outcome of an attempt: its result, or when to try again. */
export type JobOutcome =
  | { readonly result: object }
  | {
      readonly retryInMs: number;
      /** The job was not at fault, so the attempt does not count. */
      readonly uncounted?: boolean;
      /** The problem of the attempt. Without it, the job keeps its earlier trouble. */
      readonly trouble?: object;
    };

export interface Job extends WantedJob {
  readonly partition: number;
  readonly key: string;
  readonly state: JobState;
  /** Number of attempts that count. */
  readonly attempt: number;
  /** Identifies this claim of the job, so that a worker that lost the job cannot act for its new holder. */
  readonly lease?: string | undefined;
  readonly enqueuedAt: number;
  /** The result, once `finished`. */
  readonly result?: object | undefined;
  /** The problem of the last attempt, if the job is tried again. */
  readonly trouble?: object | undefined;
}

/** A job as far as a mark asks for it. */
export type LaneJob = Pick<Job, 'key' | 'id' | 'state' | 'trouble'>;

export interface ClaimOptions {
  readonly leaseMs: number;
  readonly maxAttempts: number;
  /** Lanes in the order in which they are served, each with the maximum of leased jobs. */
  readonly lanes: readonly { readonly lane: string; readonly most: number }[];
  /**
   * A partition in which a job was just put, given by an idle instance. Its jobs may be leased without looking at the
   * others, even beyond `most` of the lane.
   */
  readonly near?: number | undefined;
}

/** All writes of one unit of work: all of them are made, or none. */
export interface Changes {
  /** The batch must begin at this offset in the store. */
  readonly expect?: { readonly topic: string; readonly offset: number } | undefined;
  readonly checkpoint: CheckpointChange;
  readonly states: readonly StoredState[];
  readonly outbox: readonly NewRecord[];
  readonly jobs: {
    readonly put: readonly (WantedJob & { readonly key: string; readonly enqueuedAt: number })[];
    readonly remove: readonly { readonly key: string; readonly id: string }[];
  };
  readonly park: readonly Parked[];
  /** Events that are not parked any more. Removed before others are parked. */
  readonly unpark?: readonly Pick<Parked, 'topic' | 'offset' | 'key'>[] | undefined;
  /** Outbox rows up to this position are in the log and may be deleted. */
  readonly trim?: number | undefined;
}

/** A page of states ends once it has this many bytes of text. */
export const statePageBytes = 4_000_000;

/** How long a program counts as active on a store after its last announcement, ms. */
export const announcedForMs = 30_000;

/**
 * Another process owns the partition, or it is not as its owner left it, or the batch does not begin at the stored
 * offset. All that was read is void.
 */
export class Fenced extends Error {
  readonly code = 'fenced';
}

export type Committed =
  | { readonly committed: true; readonly positions: readonly number[] }
  | { readonly committed: false };

export interface PartitionClaim {
  readonly checkpoint: PartitionCheckpoint;
  /** Records that an earlier owner committed and may not have appended. They are appended first. */
  readonly outbox: readonly OutboxRow[];
  /** Keys that are halted by a parked event. */
  readonly parkedKeys: readonly string[];
  /** Keys with jobs that were begun or finished, possibly without a notification. */
  readonly working: readonly string[];
}

/**
 * The store port: the data of one service, by partition. Adapters: embedded (SQLite) and Redis. Both pass the contract
 * suite in `@assay/testing`. Jobs, leases and the outbox are work tables: a rebuild does not compare them.
 */
export interface Store {
  /** Claims a partition: raises its epoch to at least `floor` and above every earlier epoch. */
  claim(partition: number, floor: number): Promise<PartitionClaim>;
  /**
   * The stored epoch, for the owner of the partition. Nothing if the partition is no longer as that owner left it.
   * Detects changes while nothing is written.
   */
  epoch(partition: number): Promise<number | undefined>;
  /** The checkpoint of a partition, for processes that do not own it. Nothing if it was never claimed. */
  checkpoint(partition: number): Promise<PartitionCheckpoint | undefined>;
  /**
   * A caller that writes results based on this passes the epoch of its claim. Otherwise a store could be an older copy
   * now, and be up to date again at the transaction. The same applies to `scan` and `parked`.
   * @throws Fenced if the partition is not as that owner left it
   */
  read(partition: number, keys: readonly string[], owner?: number): Promise<ReadonlyMap<string, StoredState>>;
  /**
   * States in the order of their keys, after `after`. Large states come in pages of fewer than `most`. Only an empty
   * page is the end.
   */
  scan(partition: number, after: string | undefined, most: number, owner?: number): Promise<readonly StoredState[]>;
  /** All keys in their order, after `after`, each with its summary. Reads no state. Only an empty page is the end. */
  summaries(
    partition: number,
    after: string | undefined,
    most: number,
    owner?: number,
  ): Promise<readonly StoredSummary[]>;
  /** Keys that are due, and when the next key is due. */
  due(
    partition: number,
    now: number,
    most: number,
  ): Promise<{ readonly keys: readonly string[]; readonly next?: number | undefined }>;
  /** Compare-and-set on the epoch and, for a batch, on the offset. Writes nothing if either differs. */
  transact(partition: number, epoch: number, changes: Changes): Promise<Committed>;
  /** Deletes outbox rows up to a position, once the log has them. */
  trim(partition: number, position: number): Promise<void>;
  /** Empties a partition, except for its epoch. */
  clear(partition: number, epoch: number): Promise<boolean>;
  /** Parked events by topic, partition and offset: all, or those of one partition. */
  parked(partition?: number, owner?: number): Promise<readonly Parked[]>;

  jobsOf(partition: number, keys: readonly string[]): Promise<readonly Job[]>;
  /** Jobs of a lane of a partition, in any order: all, or as many as `most`. */
  jobsIn(partition: number, lane: string, most: number): Promise<readonly LaneJob[]>;
  /**
   * Leases the next job, by the clock of the store, since those of instances may differ. An expired lease counts as an
   * attempt. After the last attempt, the job is finished with `{ failed: 'lease-expired' }`.
   */
  claimJob(options: ClaimOptions): Promise<Job | undefined>;
  /** Extends a lease to `leaseMs` milliseconds from now. Returns false if the job is no longer this attempt's. */
  renewJob(job: Job, leaseMs: number): Promise<boolean>;
  /**
   * Stores the result, or hands the job back to be tried again. Returns false if the job is no longer this attempt's.
   */
  finishJob(job: Job, outcome: JobOutcome): Promise<boolean>;
  jobCounts(): Promise<Readonly<Record<string, number>>>;
  /** When the oldest unfinished job of a partition was put, by lane, ms since the epoch. */
  oldestJobs(partition: number): Promise<Readonly<Record<string, number>>>;
  /**
   * Announces that a program with this version of states is active here. Must be repeated within half a minute.
   * @returns the newest version announced within the last half minute
   */
  announce(stateVersion: number): Promise<number>;
  /** Calls the watcher for jobs put, leased, finished and troubled. */
  watchJobs(
    watcher: (job: { readonly partition: number; readonly key: string; readonly state: JobTurn }) => void,
  ): () => void;
  close(): Promise<void>;
}

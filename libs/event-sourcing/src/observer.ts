import type { AnyEvent, MarkData } from '@assay/events';
import type { LogRecord, Wait } from '@assay/messaging';
import type { LabelsOf } from '@assay/telemetry';
import type { DueMark } from './marks/partition-mark.ts';

/** Why a result changed later than by its push. */
export type LaterCause = LabelsOf<'change.duration'>['cause'];

/** A push that reached its first final state. */
export interface SettledPush {
  readonly digest: string;
  readonly loginServer: string;
  readonly repository: string;
  /** `push`, or `backfill` if a sweep found it: it has a day. */
  readonly lane: LabelsOf<'pushes'>['lane'];
  /** The status, or `declined`, `deleted` or `overdue`. */
  readonly outcome: LabelsOf<'pushes'>['outcome'];
  /** The code that explains the outcome. */
  readonly reason?: string | undefined;
  /** True if the promise was kept. */
  readonly inTime: boolean;
  /** From the receipt of the push to this state. */
  readonly seconds: number;
  readonly traceparent?: string | undefined;
  /** True if it was settled as `overdue` before, and is answered now. It is not counted again. */
  readonly wasOverdue?: boolean | undefined;
}

/** Why a store is restored from the log: it was emptied or rolled back, or its states were made by other folds. */
export type RestoreReason = 'behind' | 'other-program';

/** Receives what happens, for metrics and the log. Never decides anything. */
export interface Observer {
  received(topic: string, records: number): void;
  emitted(event: AnyEvent): void;
  /**
   * A push has its first final state, also if its result changes nothing. Called once for each push, and a second time
   * (`wasOverdue`) for the answer to a push that was overdue.
   */
  settled(push: SettledPush): void;
  /** A result changed that no push asked for. `seconds` are those from the cause to the published change. */
  changed(cause: LaterCause, seconds: number): void;
  /** A mark is in the log, at a time in ms since the epoch. */
  marked(mark: MarkData, at: number): void;
  /** A mark is due, and is not emitted: it would have too many exceptions, or not all of them are known. */
  unmarked(mark: DueMark, exceptions: number): void;
  repeated(topic: string): void;
  /** A record was skipped, since its topic has no event of its type. */
  skipped(at: Pick<LogRecord, 'topic' | 'partition' | 'offset'>, type: string): void;
  parked(topic: string, code: string): void;
  queued(jobs: number): void;
  /**
   * A partition of a topic is not read any further. Called when that begins, and each time that the partition is opened
   * in this state.
   */
  waiting(wait: Wait): void;
  /** The time of a received event is `ms` milliseconds in the future: clocks differ. */
  early(topic: string, ms: number): void;
  /** A store lacks emitted events, or was made by another version of the program. It is restored from the log. */
  restoring(partition: number, lack: RestoreReason): void;
  failed(app: string, activity: string, error: unknown): void;
  /** A user took out data that is not open to everyone. Recorded for a later audit. */
  accessed(app: string, user: string, action: string): void;
  /**
   * Registers a figure, or one per topic or lane of jobs, that is read on demand; ages in seconds. Returns a function
   * to end this.
   */
  watch(
    name:
      | 'consumer.lag'
      | 'events.parked.now'
      | 'partitions.halted.now'
      | 'partitions.waiting'
      | 'outbox.age'
      | 'jobs.age'
      | 'charges.waiting',
    read: () => Promise<number | Readonly<Record<string, number>>>,
  ): () => void;
}

export const silent: Observer = {
  received() {},
  emitted() {},
  settled() {},
  changed() {},
  marked() {},
  unmarked() {},
  repeated() {},
  skipped() {},
  parked() {},
  waiting() {},
  queued() {},
  early() {},
  restoring() {},
  failed() {},
  accessed() {},
  watch: () => () => undefined,
};

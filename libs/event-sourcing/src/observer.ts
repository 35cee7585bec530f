import type { AnyEvent } from '@assay/events';
import type { LogRecord, Wait } from '@assay/messaging';
import type { RestoreReason } from './restore-reason.ts';

/** Is told what happens, for metrics and the log; never decides anything. */
export interface Observer {
  received(topic: string, records: number): void;
  emitted(event: AnyEvent): void;
  repeated(topic: string): void;
  /** A record was passed over, since its type is none that is known of its topic. */
  skipped(at: Pick<LogRecord, 'topic' | 'partition' | 'offset'>, type: string): void;
  parked(topic: string, code: string): void;
  queued(jobs: number): void;
  /**
   * A partition of a topic is not read on: told when it begins, and again for each time that it is opened and still so.
   */
  waiting(wait: Wait): void;
  /** Something was heard that was said so many milliseconds from now: clocks differ. */
  early(topic: string, ms: number): void;
  /** A store lacks what was said by the log, or was made by another program, and is filled from it. */
  restoring(partition: number, lack: RestoreReason): void;
  failed(app: string, what: string, error: unknown): void;
  /** Somebody took out what is not for everybody: for whoever asks later who did. */
  accessed(app: string, who: string, what: string): void;
  /** Lets a figure, or one for each lane of jobs, be read whenever somebody looks; returns how to stop it. */
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

import type { Job, OutboxRow, Parked, PartitionCheckpoint, StoredState } from '@assay/event-sourcing';

export type HeadBody = Omit<PartitionCheckpoint, 'epoch'>;

const emptyHead: HeadBody = {
  offsets: {},
  read: {},
  lastSequences: {},
  lastEmitted: '0.0',
  configEvaluated: {},
  configUsed: {},
  restored: false,
  evaluated: false,
};

/** A job as it is stored. Payload and result are text, as in every store. */
export interface JobRow extends Omit<Job, 'payload' | 'result' | 'trouble'> {
  readonly payload: string;
  readonly result?: string;
  readonly trouble?: string;
  readonly notBefore: number;
  readonly leaseUntil?: number;
}

/** The content of one partition. Values are never changed, only replaced: a copy is cheap. */
export class PartitionRows {
  epoch = 0;
  /** Set by each claim and increased by each transaction: it reveals a rollback within an epoch. */
  stamp = 0;
  head: HeadBody = emptyHead;
  states: Map<string, StoredState>;
  outbox: readonly OutboxRow[] = [];
  parked: Map<string, Parked>;
  jobs: Map<string, JobRow>;
  /** The last position given to an outbox row. */
  position = 0;
  /** The position after a rollback, until the next claim; 0 otherwise. */
  wentBackTo = 0;
  /** How many events its witness had recorded at the last change. */
  history = 0;

  constructor(of?: PartitionRows) {
    this.states = new Map(of?.states);
    this.parked = new Map(of?.parked);
    this.jobs = new Map(of?.jobs);
    if (of)
      ({
        epoch: this.epoch,
        stamp: this.stamp,
        head: this.head,
        outbox: this.outbox,
        position: this.position,
        history: this.history,
      } = of);
  }

  /** Removes everything but epoch, stamp and positions. */
  clear(): void {
    this.head = emptyHead;
    this.states.clear();
    this.outbox = [];
    this.parked.clear();
    this.jobs.clear();
  }
}

import type { Job, OutboxRow, Parked, PartitionCheckpoint, StoredState } from '@assay/event-sourcing';

export type HeadBody = Omit<PartitionCheckpoint, 'epoch'>;

export const emptyHead: HeadBody = {
  offsets: {},
  read: {},
  lastSequences: {},
  lastEmitted: '0.0',
  configEvaluated: {},
  configUsed: {},
  restored: false,
  evaluated: false,
};

/** A job as it is kept. Payload and result are kept as text, as every store does. */
export interface JobRow extends Omit<Job, 'payload' | 'result' | 'trouble'> {
  readonly payload: string;
  readonly result?: string;
  readonly trouble?: string;
  readonly notBefore: number;
  readonly leaseUntil?: number;
}

/** What a store keeps of one partition. What is in it is never changed, only replaced: a copy is cheap. */
export class Rows {
  epoch = 0;
  /** Changed by each claim and grown by each transaction: one that was rolled back within its epoch is known by it. */
  stamp = 0;
  head: HeadBody = emptyHead;
  states: Map<string, StoredState>;
  outbox: readonly OutboxRow[] = [];
  parked: Map<string, Parked>;
  jobs: Map<string, JobRow>;
  /** The last position given to an outbox row. */
  position = 0;
  /** The position that it was rolled back to, where nobody claimed it since; 0 otherwise. */
  wentBackTo = 0;
  /** How much its witness had written down when it was last changed. */
  history = 0;

  constructor(of?: Rows) {
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

  /** Everything but epoch, stamp and positions. */
  clear(): void {
    this.head = emptyHead;
    this.states.clear();
    this.outbox = [];
    this.parked.clear();
    this.jobs.clear();
  }
}

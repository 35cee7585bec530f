import type { Job } from '@assay/event-sourcing';
import { SimulatedJobs } from '../store/jobs.ts';
import { StoreServer, type CommitWitness } from '../store/memory.ts';
import type { JobRow, PartitionRows } from '../store/rows.ts';

/** Stores that leave a comparison out. */

export class AnyEpoch extends StoreServer {
  protected override owns(): boolean {
    return true;
  }
}

export class AnyOffset extends StoreServer {
  protected override stands(): boolean {
    return true;
  }
}

/** Ignores that a store was rolled back within its epoch. */
export class AnyStamp extends StoreServer {
  protected override owns({ epoch }: PartitionRows, held: { readonly epoch: number }): boolean {
    return epoch === held.epoch;
  }
}

class AnyLease extends SimulatedJobs {
  protected override mine(rows: PartitionRows, job: Job): JobRow | undefined {
    return this.row(rows, job);
  }
}

export class LeasesIgnored extends StoreServer {
  constructor(witness: CommitWitness, now: () => number) {
    super(witness, now, AnyLease);
  }
}

/** Leases expire by the clock of the caller, as they did before stores had a clock. */
export class CallersClock extends StoreServer {
  protected override timeOf(calledAt: number): number {
    return calledAt;
  }
}

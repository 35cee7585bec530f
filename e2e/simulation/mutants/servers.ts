import type { Job } from '@assay/event-sourcing';
import { Jobs } from '../store/jobs.ts';
import { StoreServer, type Witness } from '../store/memory.ts';
import type { JobRow, Rows } from '../store/rows.ts';

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

/** One that was rolled back within its epoch is not told from one that was not. */
export class AnyStamp extends StoreServer {
  protected override owns({ epoch }: Rows, held: { readonly epoch: number }): boolean {
    return epoch === held.epoch;
  }
}

class AnyLease extends Jobs {
  protected override mine(rows: Rows, job: Job): JobRow | undefined {
    return this.row(rows, job);
  }
}

export class LeasesIgnored extends StoreServer {
  constructor(witness: Witness, now: () => number) {
    super(witness, now, AnyLease);
  }
}

/** Leases run out by the clock of whoever asks, as they did before stores had one. */
export class CallersClock extends StoreServer {
  protected override timeOf(calledAt: number): number {
    return calledAt;
  }
}

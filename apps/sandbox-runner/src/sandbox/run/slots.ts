export interface Slot {
  readonly number: number;
  /** The slot's own host user. Absent if the service is not root and all runs share its user. */
  readonly user?: number;
  release(): void;
}

/** More than any machine has processors for. */
export const mostSlots = 256;

interface SlotOptions {
  count: number;
  /** Slot n runs as user `firstUser` + n. Absent: everything runs as the service's user. */
  firstUser?: number;
}

/**
 * Limits the runs at once. The kernel counts `nproc` over all sandboxes of one host user: with one user for all, scans
 * that run at the same time would starve each other of threads. So each slot has its own user.
 */
export class SandboxSlots {
  readonly count: number;
  readonly #free: { number: number; user?: number }[];
  readonly #waiting: ((slot: Slot) => void)[] = [];

  constructor({ count, firstUser }: SlotOptions) {
    this.count = count;
    this.#free = Array.from({ length: count }, (_, number) => ({
      number,
      ...(firstUser === undefined ? {} : { user: firstUser + number }),
    }));
  }

  acquire(): Promise<Slot> {
    const free = this.#free.shift();
    if (free) return Promise.resolve(this.#taken(free));
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #taken(place: { number: number; user?: number }): Slot {
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next) next(this.#taken(place));
      else this.#free.push(place);
    };
    return { ...place, release };
  }
}

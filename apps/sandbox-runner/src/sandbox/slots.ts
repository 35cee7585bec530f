export interface Slot {
  readonly number: number;
  /** A host user of its own. Missing where the service is not root and all runs share its user. */
  readonly user?: number;
  release(): void;
}

/** More than any machine has processors for. */
export const mostSlots = 256;

interface SlotOptions {
  count: number;
  /** Slot n runs as this + n. Missing: everything runs as the service's user. */
  firstUser?: number;
}

/**
 * So many runs at once and no more. The kernel counts `nproc` over all sandboxes of one host user, so with one
 * user for all, scans that run at the same time starve each other of threads; each slot has its own.
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

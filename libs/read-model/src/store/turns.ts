import { present } from '@assay/events';
import { steadyClock, type Clock } from '@assay/event-sourcing';

/** Share of a caller's used time that is remembered after each turn. */
const remembered = 0.8;

/**
 * Runs one task at a time. The caller that used least time recently goes first, so that callers with many requests wait
 * behind those with few. No caller waits forever, since used time is forgotten with each turn of others.
 */
export class Turns {
  readonly #lines = new Map<string, (() => void)[]>();
  /** ms. */
  readonly #used = new Map<string, number>();
  #isTaken = false;

  constructor(private readonly clock: Pick<Clock, 'now'> = steadyClock) {}

  async take<T>(caller: string, work: () => Promise<T>): Promise<T> {
    if (this.#isTaken)
      await new Promise<void>((resolve) => {
        this.#lines.set(caller, [...(this.#lines.get(caller) ?? []), resolve]);
      });
    this.#isTaken = true;
    const began = this.clock.now();
    try {
      return await work();
    } finally {
      this.#charge(caller, this.clock.now() - began);
      this.#next();
    }
  }

  #charge(caller: string, ms: number): void {
    for (const [one, used] of this.#used) {
      if (used < 1) this.#used.delete(one);
      else this.#used.set(one, used * remembered);
    }
    this.#used.set(caller, (this.#used.get(caller) ?? 0) + Math.floor(ms));
  }

  #next(): void {
    const used = (caller: string): number => this.#used.get(caller) ?? 0;
    const [caller] = [...this.#lines.keys()].toSorted((a, b) => used(a) - used(b));
    this.#isTaken = caller !== undefined;
    if (caller === undefined) return;
    const [first, ...others] = present(this.#lines.get(caller), 'line of the caller');
    // Go behind all callers that used as little.
    this.#lines.delete(caller);
    if (others.length > 0) this.#lines.set(caller, others);
    present(first, 'first of the line')();
  }
}

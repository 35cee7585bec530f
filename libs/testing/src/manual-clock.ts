import { systemClock, type Clock } from '@assay/event-sourcing';

/** A clock that a test advances by hand. */
export class ManualClock implements Clock {
  readonly random = systemClock.random;
  readonly yield = systemClock.yield;
  #now = 0;
  #timers: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Advances the time, and calls the timers that expire, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.call();
    }
    this.#now = end;
  }

  /** Awaits a promise, and lets time pass until it settles. */
  async passing<Result>(promise: Promise<Result>): Promise<Result> {
    let isOpen = true;
    const done = (): void => {
      isOpen = false;
    };
    promise.then(done, done);
    for (await this.yield(); isOpen; await this.yield()) this.advance(10);
    return promise;
  }
}

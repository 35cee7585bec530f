import type { Clock } from '../clock.ts';

/** One timer for the earliest of many times. */
export class WakeTimer {
  #off: (() => void) | undefined;
  #due = Infinity;
  #closed = false;

  constructor(
    private readonly clock: Clock,
    private readonly wake: () => void,
  ) {}

  /** Wakes at a time (ms since the epoch), if no earlier one is set already. */
  at(time: number | undefined): void {
    if (time === undefined || time >= this.#due || this.#closed) return;
    this.#off?.();
    this.#due = time;
    this.#off = this.clock.after(time - this.clock.now(), () => {
      this.#due = Infinity;
      this.wake();
    });
  }

  close(): void {
    this.#closed = true;
    this.#off?.();
  }
}

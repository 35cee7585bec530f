const longestTimerMs = 2 ** 31 - 1;

/** One timer for the earliest of many times. */
export class Waker {
  #timer: NodeJS.Timeout | undefined;
  #due = Infinity;
  #closed = false;

  constructor(private readonly now: () => number, private readonly wake: () => void) {}

  /** Wakes at a time (ms since the epoch), if no earlier one is set already. */
  at(time: number | undefined): void {
    if (time === undefined || time >= this.#due || this.#closed) return;
    clearTimeout(this.#timer);
    this.#due = time;
    this.#timer = setTimeout(() => { this.#due = Infinity; this.wake(); }, Math.min(Math.max(0, time - this.now()), longestTimerMs));
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

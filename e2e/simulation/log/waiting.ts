/** Lets one reader wait for a wake-up; a wake-up before the wait is not lost. */
export class WakeUp {
  #woken = false;
  #go: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#go?.();
  }

  /** Resolves at the next wake-up, or at once if one came since the last time. */
  async next(): Promise<void> {
    if (!this.#woken)
      await new Promise<void>((resolve) => {
        this.#go = resolve;
      });
    this.#woken = false;
    this.#go = undefined;
  }
}

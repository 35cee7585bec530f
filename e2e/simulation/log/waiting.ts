/** Lets one reader wait until somebody says that there may be something; said too early, it is not forgotten. */
export class Waiting {
  #said = false;
  #go: (() => void) | undefined;

  wake(): void {
    this.#said = true;
    this.#go?.();
  }

  /** Resolves at the next wake, or at once where one came since the last time. */
  async next(): Promise<void> {
    if (!this.#said)
      await new Promise<void>((resolve) => {
        this.#go = resolve;
      });
    this.#said = false;
    this.#go = undefined;
  }
}

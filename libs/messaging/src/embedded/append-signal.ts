/** Wakes readers when a partition that they read has grown. */
export class AppendSignal {
  readonly #sleepers = new Map<string, Set<() => void>>();

  /**
   * Resolves at the next wake of any of the names, or when the signal aborts. Call this before reading, so that no
   * append is missed.
   */
  next(names: Iterable<string>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    const mine = [...names];
    return new Promise((resolve) => {
      const done = (): void => {
        for (const name of mine) this.#sleepers.get(name)?.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      for (const name of mine) {
        const sleepers = this.#sleepers.get(name) ?? new Set();
        sleepers.add(done);
        this.#sleepers.set(name, sleepers);
      }
      signal.addEventListener('abort', done, { once: true });
    });
  }

  wake(names: ReadonlySet<string>): void {
    for (const name of names) for (const done of this.#sleepers.get(name) ?? []) done();
  }
}

/** Runs work on one key in sequence; work on different keys runs concurrently. */
export class InTurn {
  readonly #last = new Map<string, Promise<void>>();

  /** @param of the key */
  async do<T>(of: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(of);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(of, promise);
    try {
      await before;
      return await work();
    } finally {
      resolve();
      if (this.#last.get(of) === promise) this.#last.delete(of);
    }
  }
}

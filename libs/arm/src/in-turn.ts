/** Work on one thing, one piece after the other; on others beside it. */
export class InTurn {
  readonly #last = new Map<string, Promise<void>>();

  /** @param of what the work is on */
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

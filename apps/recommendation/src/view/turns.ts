/** One after the other, and each asker in turn: whoever asks much waits behind himself, and nobody behind all that he asked. */
export class Turns {
  readonly #lines = new Map<string, (() => void)[]>();
  #isTaken = false;

  async take<T>(asker: string, work: () => Promise<T>): Promise<T> {
    if (this.#isTaken) await new Promise<void>((resolve) => { this.#lines.set(asker, [...this.#lines.get(asker) ?? [], resolve]); });
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #next(): void {
    for (const [asker, [first, ...others]] of this.#lines) {
      this.#lines.delete(asker);
      if (others.length > 0) this.#lines.set(asker, others);
      return first!();
    }
    this.#isTaken = false;
  }
}

/** A registry that this instance sweeps. */
export interface SweptRegistry {
  /** Login server, lower case. */
  readonly name: string;
  /** Since when its sweeps fail, by the log, ms since the epoch. */
  readonly failingSince?: number | undefined;
}

/** Knows how long ago each registry was swept whole. */
export class SweepAges {
  /** Times of the last whole sweeps, or times since when none is known, by registry. */
  readonly #since = new Map<string, number>();

  /** @param now ms since the epoch */
  constructor(private readonly now: () => number) {}

  /** All of a registry was read. */
  swept(name: string): void {
    this.#since.set(name, this.now());
  }

  /**
   * Seconds since the last whole sweep of each registry. If this instance has made none, it is the time since it took
   * the registry over, or since its sweeps fail: a whole sweep is at least as long ago.
   *
   * @param own the registries that this instance sweeps now. All others are forgotten
   */
  of(own: readonly SweptRegistry[]): readonly { readonly registry: string; readonly seconds: number }[] {
    const now = this.now();
    const names = new Set(own.map(({ name }) => name));
    for (const name of this.#since.keys()) if (!names.has(name)) this.#since.delete(name);
    return own.map(({ name, failingSince = now }) => {
      const since = this.#since.get(name) ?? Math.min(now, failingSince);
      this.#since.set(name, since);
      return { registry: name, seconds: Math.max(0, now - since) / 1000 };
    });
  }
}

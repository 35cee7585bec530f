import { tooMany } from './due-mark.ts';

/**
 * The keys whose last decision threw. Nothing is known of what should have been emitted about them. A store keeps a
 * bounded list: if it is full, there may be more, until all keys were evaluated again.
 */
export class FailingKeys {
  #keys: ReadonlySet<string>;
  #areAllKnown: boolean;

  constructor(private stored: readonly string[] = []) {
    this.#keys = new Set(stored);
    this.#areAllKnown = stored.length < tooMany;
  }

  /** True if there may be more of them than are known. */
  get isCut(): boolean {
    return !this.#areAllKnown;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#keys.values();
  }

  /** Called when all keys were evaluated. */
  found(): void {
    this.#areAllKnown = true;
  }

  /** Notes the outcome of an evaluation. Returns the list to store, or nothing if that is unchanged. */
  after(evaluated: readonly string[], failed: readonly string[]): readonly string[] | undefined {
    if (failed.length > 0 || (this.#keys.size > 0 && evaluated.some((key) => this.#keys.has(key)))) {
      const keys = new Set(this.#keys);
      const threw = new Set(failed);
      for (const key of evaluated) if (!threw.has(key)) keys.delete(key);
      for (const key of failed) keys.add(key);
      this.#keys = keys;
    }
    if (!this.#areAllKnown) return undefined;
    const list = [...this.#keys].slice(0, tooMany);
    if (list.length === this.stored.length && list.every((key, index) => key === this.stored[index])) return undefined;
    this.stored = list;
    return list;
  }
}

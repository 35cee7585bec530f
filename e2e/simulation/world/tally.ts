/** Counts events by name, to show that each kind of fault really happens. */
export class FaultTally {
  readonly #counts = new Map<string, number>();

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  count(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [name, times] of Object.entries(counts)) this.count(name, times);
  }
}

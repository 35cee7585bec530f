/** Counts events by name, to show that each kind of fault really happens. */
export class Tally {
  readonly #counts = new Map<string, number>();

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  count(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [what, times] of Object.entries(counts)) this.count(what, times);
  }
}

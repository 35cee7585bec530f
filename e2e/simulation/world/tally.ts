/** How often what happened: one sees that each kind of fault really does. */
export class Tally {
  readonly counts: Record<string, number> = {};

  count(what: string, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times;
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [what, times] of Object.entries(counts)) this.count(what, times);
  }
}

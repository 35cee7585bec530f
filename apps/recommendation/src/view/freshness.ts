/** Whether readers may be answered. */
export type Freshly =
  | { readonly state: 'current' }
  /** There is more in the log than can be read here, for too long: come again. */
  | { readonly state: 'behind'; readonly lag: number }
  /** The log cannot be reached: what is known is true as of then. */
  | { readonly state: 'cut-off'; readonly asOf: string };

/** Remembers when the view last held everything that was in the log. */
export class Freshness {
  #currentAt: number | undefined;
  #asOf = new Date(0).toISOString();
  readonly #timer: NodeJS.Timeout;
  #look: Promise<Freshly> | undefined;
  #current: { readonly at: number; readonly answer: Freshly } | undefined;

  constructor(private readonly lag: () => Promise<number>, private readonly freshMs: number) {
    // Looked at on a timer too: a view that is asked rarely must not seem to have been behind all the while.
    this.#timer = setInterval(() => { void this.now(); }, Math.max(50, freshMs / 10));
    this.#timer.unref();
  }

  /** Many readers share one look, for a look asks every partition of the log; what was current a moment ago still counts. */
  now(): Promise<Freshly> {
    if (this.#current && performance.now() - this.#current.at <= this.freshMs / 40) return Promise.resolve(this.#current.answer);
    this.#look ??= this.#looked().then((answer) => {
      this.#look = undefined;
      this.#current = answer.state === 'current' ? { at: performance.now(), answer } : undefined;
      return answer;
    });
    return this.#look;
  }

  async #looked(): Promise<Freshly> {
    try {
      const lag = await this.lag();
      if (lag === 0) { this.#currentAt = performance.now(); this.#asOf = new Date().toISOString(); }
      const current = this.#currentAt !== undefined && performance.now() - this.#currentAt <= this.freshMs;
      return current ? { state: 'current' } : { state: 'behind', lag };
    } catch {
      // Without a single look at the whole log there is nothing to answer with.
      return this.#currentAt === undefined ? { state: 'behind', lag: Number.NaN } : { state: 'cut-off', asOf: this.#asOf };
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

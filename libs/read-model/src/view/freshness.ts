import { every, sleep, steadyClock, type Clock } from '@assay/event-sourcing';

/** Whether the read model may answer. */
export type Freshly =
  | { readonly state: 'current' }
  /** The read model has been behind the log for too long: retry later. */
  | { readonly state: 'behind'; readonly lag: number }
  /** The log cannot be reached: the data is complete up to `asOf`. */
  | { readonly state: 'cut-off'; readonly asOf: string };

/** Remembers when the read model last held everything in the log. */
export class Freshness {
  #currentAt: number | undefined;
  #asOf = new Date(0).toISOString();
  readonly #everyMs: number;
  readonly #stopLooking: () => void;
  /** Resolves to undefined if the check takes longer than a reader should wait. */
  #look: Promise<Freshly | undefined> | undefined;
  #last: { readonly at: number; readonly answer: Freshly } | undefined;
  #following = false;
  #notBefore = -1;
  #filledSince: number;

  /**
   * @param lag how many records the view is behind now
   * @param caughtUp resolves when the view holds everything in the log at the time of the call
   * @param freshMs how long the view stays current after it was
   */
  constructor(
    private readonly lag: () => Promise<number>,
    private readonly caughtUp: () => Promise<void>,
    private readonly freshMs: number,
    private readonly clock: Clock = steadyClock,
  ) {
    // Also check on a timer: a view with few requests must not seem to have been behind all the time.
    this.#filledSince = clock.now();
    this.#everyMs = Math.max(50, freshMs / 10);
    this.#stopLooking = every(clock, this.#everyMs, () => void this.#looking());
  }

  /**
   * Readers share one check, since each check queries every partition of the log. A recent result still counts. If the
   * log is away, only the first reader waits; the next ones get the last answer while the check is repeated.
   */
  async now(): Promise<Freshly> {
    const last = this.#last;
    if (last?.answer.state === 'current' && this.clock.now() - last.at <= this.freshMs / 40) return last.answer;
    const looking = this.#looking();
    if (last?.answer.state === 'cut-off') return last.answer;
    return (await looking) ?? this.#unseen();
  }

  #looking(): Promise<Freshly | undefined> {
    if (!this.#look) {
      const looked = this.#looked().then((answer) => {
        this.#look = undefined;
        this.#last = { at: this.clock.now(), answer };
        return answer;
      });
      this.#look = Promise.race([looked, sleep(this.clock, this.#everyMs).then(() => undefined)]);
    }
    return this.#look;
  }

  async #looked(): Promise<Freshly> {
    try {
      const lag = await this.lag();
      if (lag === 0) this.#wasCurrent(this.clock.now());
      else void this.#follow();
      return this.#isCurrent ? { state: 'current' } : { state: 'behind', lag };
    } catch {
      return this.#cutOff();
    }
  }

  /**
   * Under constant load the lag never reaches 0, though the view may be only a moment behind. So note when the view
   * passes the end of the log seen now.
   */
  async #follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    const at = this.clock.now();
    // If that fails, the next check reports it.
    await this.caughtUp().then(
      () => this.#wasCurrent(at),
      () => undefined,
    );
    this.#following = false;
  }

  #wasCurrent(at: number): void {
    if (at <= (this.#currentAt ?? this.#notBefore)) return;
    this.#currentAt = at;
    this.#asOf = new Date(Date.now() - (this.clock.now() - at)).toISOString();
  }

  /** The read model is being filled again from the log: no earlier result counts. */
  forget(): void {
    this.#notBefore = this.#filledSince = this.clock.now();
    this.#currentAt = this.#last = undefined;
  }

  /** The answer while the log has not replied yet. */
  #unseen(): Freshly {
    if (this.#isCurrent) return { state: 'current' };
    return this.#last?.answer.state === 'behind' ? this.#last.answer : this.#cutOff();
  }

  #cutOff(): Freshly {
    // Until the view has once held the whole log it has no answer to give.
    return this.#currentAt === undefined
      ? { state: 'behind', lag: Number.NaN }
      : { state: 'cut-off', asOf: this.#asOf };
  }

  get #isCurrent(): boolean {
    return this.#currentAt !== undefined && this.clock.now() - this.#currentAt <= this.freshMs;
  }

  /**
   * Time since the view is known to have held the whole log, ms; if it never has, since it is being filled. The view is
   * checked every second, so less than that is nothing.
   */
  get behindMs(): number {
    return Math.max(0, this.clock.now() - (this.#currentAt ?? this.#filledSince));
  }

  /** The view holds everything up to this time. */
  get asOf(): string {
    return this.#asOf;
  }

  close(): void {
    this.#stopLooking();
  }
}

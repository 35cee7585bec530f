import { every, sleep, steadyClock, type Clock } from '@assay/event-sourcing';

/** Whether readers may be answered. */
export type Freshly =
  | { readonly state: 'current' }
  /** There is more in the log than can be read here, for too long: come again. */
  | { readonly state: 'behind'; readonly lag: number }
  /** The log cannot be reached: what is known is true as of then. */
  | { readonly state: 'cut-off'; readonly asOf: string };

/** Remembers of what moment the view last held everything that was in the log then. */
export class Freshness {
  #currentAt: number | undefined;
  #asOf = new Date(0).toISOString();
  readonly #everyMs: number;
  readonly #stopLooking: () => void;
  /** Nothing where it takes longer than a reader should wait. */
  #look: Promise<Freshly | undefined> | undefined;
  #last: { readonly at: number; readonly answer: Freshly } | undefined;
  #following = false;
  #notBefore = -1;

  /**
   * @param lag how many records the view is behind now
   * @param caughtUp resolves when the view holds what is in the log at the time of the call
   * @param freshMs for how long what was current is
   * @param clock by which that is told
   */
  constructor(
    private readonly lag: () => Promise<number>,
    private readonly caughtUp: () => Promise<void>,
    private readonly freshMs: number,
    private readonly clock: Clock = steadyClock,
  ) {
    // Looked at on a timer too: a view that is asked rarely must not seem to have been behind all the while.
    this.#everyMs = Math.max(50, freshMs / 10);
    this.#stopLooking = every(clock, this.#everyMs, () => void this.#looking());
  }

  /**
   * Many readers share one look, for a look asks every partition of the log; what was current a moment ago still
   * counts. A log that is away is waited for once, and then looked for while readers are answered.
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

  /** While more comes all the time there is never nothing left, and yet the view may be but a moment behind. */
  async #follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    const at = this.clock.now();
    // Where that cannot be known, the next look says so.
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

  /** What was known is no longer: it is read anew, and nothing of before counts. */
  forget(): void {
    this.#notBefore = this.clock.now();
    this.#currentAt = this.#last = undefined;
  }

  /** What can be said while the log has not answered yet. */
  #unseen(): Freshly {
    if (this.#isCurrent) return { state: 'current' };
    return this.#last?.answer.state === 'behind' ? this.#last.answer : this.#cutOff();
  }

  #cutOff(): Freshly {
    // Without a single look at the whole log there is nothing to answer with.
    return this.#currentAt === undefined
      ? { state: 'behind', lag: Number.NaN }
      : { state: 'cut-off', asOf: this.#asOf };
  }

  get #isCurrent(): boolean {
    return this.#currentAt !== undefined && this.clock.now() - this.#currentAt <= this.freshMs;
  }

  /** A moment of which all is known. */
  get asOf(): string {
    return this.#asOf;
  }

  close(): void {
    this.#stopLooking();
  }
}

/** What was asked, and how it stands. */
export interface Standing<T> {
  readonly answer: T;
  /** Nothing more is waited for. */
  readonly isFinal: boolean;
  /** The images that the answer rests on. */
  readonly digests: readonly string[];
}

/** An open request is a connection and a few closures; beyond this, nobody is kept waiting. */
const mostWaiting = 5_000;

/** Who waits for something to be written about an image. Nobody asks the tables but when something was. */
export class ImageChangeNotifier {
  readonly #byDigest = new Map<string, Set<Waiter>>();
  readonly #over = new AbortController();
  /** How many wait. */
  waiting = 0;

  get hasRoom(): boolean {
    return this.waiting < mostWaiting;
  }

  /** Something was written about these. */
  tell(digests: Iterable<string>): void {
    for (const digest of digests) for (const waiter of this.#byDigest.get(digest) ?? []) waiter.wake();
  }

  /**
   * Asks, and again after each write about what the answer rests on, until it is final or the time is up.
   *
   * @returns nothing where nobody waits any more: the signal was aborted, or `end` was called
   */
  async until<T>(
    ask: () => Promise<Standing<T>>,
    digest: string,
    ms: number,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const waiter = new Waiter(AbortSignal.any([signal, this.#over.signal]), ms);
    this.waiting += 1;
    try {
      for (let rests: readonly string[] = [digest]; !waiter.isGone;) {
        const isMore = this.#follow(waiter, rests);
        // What came into sight only now may have been written about before it was listened for.
        if (!isMore) await waiter.news();
        if (waiter.isGone) break;
        waiter.begin();
        const { answer, isFinal, digests } = await ask();
        if (isFinal || waiter.isLate) return answer;
        rests = digests;
      }
      return undefined;
    } finally {
      this.#forget(waiter);
      this.waiting -= 1;
    }
  }

  /** @returns whether one of them is new to the waiter */
  #follow(waiter: Waiter, digests: readonly string[]): boolean {
    const more = digests.filter((digest) => !waiter.digests.has(digest));
    for (const digest of more) {
      waiter.digests.add(digest);
      const waiting = this.#byDigest.get(digest);
      if (waiting) waiting.add(waiter);
      else this.#byDigest.set(digest, new Set([waiter]));
    }
    return more.length > 0;
  }

  #forget(waiter: Waiter): void {
    waiter.close();
    for (const digest of waiter.digests) {
      const waiting = this.#byDigest.get(digest);
      waiting?.delete(waiter);
      if (waiting?.size === 0) this.#byDigest.delete(digest);
    }
  }

  /** From now on nobody waits. */
  end(): void {
    this.#over.abort();
  }
}

/** One who waits. */
class Waiter {
  readonly digests = new Set<string>();
  isLate = false;
  #hasNews = false;
  #woken: (() => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #leave = (): void => this.wake();

  constructor(
    private readonly signal: AbortSignal,
    ms: number,
  ) {
    this.#timer = setTimeout(() => {
      this.isLate = true;
      this.wake();
    }, ms);
    signal.addEventListener('abort', this.#leave);
  }

  get isGone(): boolean {
    return this.signal.aborted;
  }

  wake(): void {
    this.#hasNews = true;
    this.#woken?.();
  }

  /** What is written from here on is news. */
  begin(): void {
    this.#hasNews = false;
  }

  async news(): Promise<void> {
    if (!this.#hasNews)
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    this.#woken = undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.signal.removeEventListener('abort', this.#leave);
  }
}

/** An answer and whether it may still change. */
export interface CurrentAnswer<T> {
  readonly answer: T;
  /** True if no further change is waited for. */
  readonly isFinal: boolean;
  /** Digests of the images that the answer depends on. */
  readonly digests: readonly string[];
}

/** Each open request costs a connection and a few closures; beyond this many, requests are answered at once. */
const mostWaiting = 5_000;

/** Wakes requests that wait for a write about an image, so that they query the tables only after such a write. */
export class ImageChangeNotifier {
  readonly #byDigest = new Map<string, Set<Waiter>>();
  readonly #over = new AbortController();
  /** Number of requests that wait. */
  waiting = 0;

  get hasRoom(): boolean {
    return this.waiting < mostWaiting;
  }

  /** Wakes the requests that wait for these images. */
  notify(digests: Iterable<string>): void {
    for (const digest of digests) for (const waiter of this.#byDigest.get(digest) ?? []) waiter.wake();
  }

  /**
   * Asks, and asks again after each write to an image that the answer depends on, until the answer is final or the time
   * is up.
   *
   * @returns undefined if the signal was aborted or `end` was called
   */
  async until<T>(
    read: () => Promise<CurrentAnswer<T>>,
    digest: string,
    ms: number,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const waiter = new Waiter(AbortSignal.any([signal, this.#over.signal]), ms);
    this.waiting += 1;
    try {
      for (let followed: readonly string[] = [digest]; !waiter.isGone;) {
        const isMore = this.#follow(waiter, followed);
        // A digest that is new in this answer may have been written before it was followed, so ask again.
        if (!isMore) await waiter.changed();
        if (waiter.isGone) break;
        waiter.begin();
        const { answer, isFinal, digests } = await read();
        if (isFinal || waiter.isLate) return answer;
        followed = digests;
      }
      return undefined;
    } finally {
      this.#forget(waiter);
      this.waiting -= 1;
    }
  }

  /** @returns whether any of the digests is new to the waiter */
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

  /** Ends all waits. */
  end(): void {
    this.#over.abort();
  }
}

/** A request that waits. */
class Waiter {
  readonly digests = new Set<string>();
  isLate = false;
  #hasChanged = false;
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
    this.#hasChanged = true;
    this.#woken?.();
  }

  /** Forgets earlier writes. */
  begin(): void {
    this.#hasChanged = false;
  }

  async changed(): Promise<void> {
    if (!this.#hasChanged)
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

import { backoffMs } from '@assay/backoff';
import { RegistryError } from '../error.ts';

/** When this many images fail without a success in between, the registry counts as away. */
const vainImages = 3;
const longestMs = 10_000;
/** If the image that tries reports no result within this time, another image may try. */
const triedWithinMs = 5 * 60_000;
/** How long other images wait while one image tries. */
const othersMs = 5_000;
/**
 * An image that was tried before lets new images go first: it waits this long, and longer with the number of its tries.
 * Waiting images ask again within two seconds.
 */
const laterMs = 3_000;
const latestMs = 15_000;
/**
 * A registry that no image tried for this long does not count as away any more: it may have answered other processes,
 * or its images are gone. Images that wait for it try again within ten minutes.
 */
const forgottenMs = 12 * 60_000;
/** Failed images remembered per registry. */
const mostKept = 1000;

/** A registry with at least one failure. */
interface Known {
  error: RegistryError;
  until: number;
  failedAt: number;
  /** Images that failed since the registry last answered. */
  readonly vain: Set<string>;
  /** Images that failed while the registry answered others. They do not count as failures of the registry until they
   * succeed. */
  readonly own: Set<string>;
  triedAt?: number | undefined;
}

/** Why a registry is left alone, and when the waiting image may ask again, ms. */
export interface Rest {
  readonly ms: number;
  readonly error: RegistryError;
}

/**
 * Tracks the registries that this process leaves alone for a while. All images respect a pause that a registry
 * requests. A registry that is away is tried by one image at a time, so that its images take no slots from images of
 * others. A few images that fail while the registry answers others do not make the registry count as away.
 */
export class RegistryPauses {
  readonly #known = new Map<string, Known>();
  #hasAnswered = false;

  /** @param now ms since the epoch */
  constructor(private readonly now: () => number = Date.now) {}

  /**
   * Returns how long to leave the registry alone, or undefined if the image may try now. An image that may try reports
   * the result by `failed` or `answered`.
   *
   * @param tries how often the image was tried before; images with fewer tries go first
   * @param random from 0 up to 1; spreads the waiting images
   */
  rest(loginServer: string, tries = 0, random = Math.random()): Rest | undefined {
    const known = this.#known.get(loginServer.toLowerCase());
    if (!known) return undefined;
    const { error, until, vain, triedAt } = known;
    const now = this.now();
    if (vain.size < vainImages) return until > now ? { ms: (until - now) * (1 + random / 4), error } : undefined;
    const turn = until + Math.min(latestMs, laterMs * Math.log2(1 + tries));
    if (turn > now) return { ms: turn - now + 1000 * random, error };
    if (triedAt !== undefined && now - triedAt < triedWithinMs) return { ms: othersMs * (1 + random / 4), error };
    known.triedAt = now;
    return undefined;
  }

  /** Remaining pause for all images, ms. */
  pauseMs(loginServer: string): number {
    return Math.max(0, (this.#known.get(loginServer.toLowerCase())?.until ?? 0) - this.now());
  }

  /** @param image the image that was requested */
  failed(loginServer: string, image: string, error: RegistryError): void {
    const name = loginServer.toLowerCase();
    // A refusal is an answer too.
    if (error.patience !== 'soon') return this.answered(loginServer, image);
    const known = this.#known.get(name) ?? {
      error,
      until: 0,
      failedAt: 0,
      vain: new Set<string>(),
      own: new Set<string>(),
    };
    known.triedAt = undefined;
    if (error.code === 'aborted') return;
    known.failedAt = this.now();
    this.#known.set(name, known);
    if (!known.own.has(image) && known.vain.size < mostKept) known.vain.add(image);
    const grownMs =
      known.vain.size < vainImages
        ? 0
        : backoffMs({ firstMs: 1000, longestMs, jitter: 0 }, known.vain.size - vainImages);
    const until = this.now() + Math.max(grownMs, error.retryAfterMs ?? 0);
    // A requested pause holds, even if other failures follow.
    if (until >= known.until) Object.assign(known, { error, until });
  }

  /** @param image the image that was requested */
  answered(loginServer: string, image: string): void {
    this.#hasAnswered = true;
    const name = loginServer.toLowerCase();
    const known = this.#known.get(name);
    if (!known) return;
    for (const each of known.vain) known.own.add(each);
    known.own.delete(image);
    for (const each of known.own) if (known.own.size > mostKept) known.own.delete(each);
    known.vain.clear();
    known.triedAt = undefined;
    if (known.error.retryAfterMs === undefined) known.until = 0;
    if (known.own.size === 0 && known.until <= this.now()) this.#known.delete(name);
  }

  /** Number of registries that count as away: several images failed, the last one lately, and none succeeded since. */
  get away(): number {
    return [...this.#known.values()].filter((known) => this.#isAway(known)).length;
  }

  /** Whether any registry has answered for an image. A refusal is an answer too. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  #isAway({ vain, failedAt, triedAt = 0 }: Known): boolean {
    return vain.size >= vainImages && this.now() - Math.max(failedAt, triedAt) < forgottenMs;
  }

  /** One line per paused registry, for operators. */
  get notes(): readonly string[] {
    return [...this.#known]
      .filter(([, known]) => this.#isAway(known) || known.until > this.now())
      .map(
        ([loginServer, { error, until }]) =>
          `requests to ${loginServer} pause until ${new Date(until).toISOString()}: ${error.message}` +
          (error.retryAfterMs === undefined ? '' : `, and asks for ${Math.ceil(error.retryAfterMs / 1000)} s`),
      );
  }
}

import { RegistryError } from './error.ts';

/** What so many images meet with, none between them answered, is the registry's. */
const vainImages = 3;
const longestMs = 10_000;
/** Where whoever tries says nothing of what came of it, another may. */
const triedWithinMs = 5 * 60_000;
/** How long the others wait for the one who tries. */
const othersMs = 5_000;
/**
 * Who was tried already lets the others go first: so long once, and longer the more often he was tried. Those who wait
 * look within two seconds.
 */
const laterMs = 3_000;
const latestMs = 15_000;
/** Images of one registry that are remembered to have failed. */
const mostKept = 1000;

/** One registry that something came to nothing at. */
interface Known {
  error: RegistryError;
  until: number;
  /** Images that failed since it last answered. */
  readonly vain: Set<string>;
  /** Images that failed while it answered others: that is their own, until they are answered. */
  readonly own: Set<string>;
  triedAt?: number | undefined;
}

/** Why a registry is left alone, and when who waits for it may ask again, ms. */
export interface Rest {
  readonly ms: number;
  readonly error: RegistryError;
}

/**
 * Which registries are left alone for a while, as one process knows: what asks for a pause has it from all, and one
 * that is away is tried by one at a time, so that its images take no slots from those of others. A few images that fail
 * while it answers others are no registry that is away.
 */
export class RegistryPauses {
  readonly #known = new Map<string, Known>();

  /** @param now ms since the epoch */
  constructor(private readonly now: () => number = Date.now) {}

  /**
   * Whether to leave it alone now. Who may ask says what came of it, by `failed` or `answered`.
   *
   * @param tries how often the image was tried: who was tried least goes first
   * @param random from 0 up to 1: who waits comes back spread out
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

  /** How long it wants to be left alone by all, ms. */
  pauseMs(loginServer: string): number {
    return Math.max(0, (this.#known.get(loginServer.toLowerCase())?.until ?? 0) - this.now());
  }

  /** @param image what was asked for */
  failed(loginServer: string, image: string, error: RegistryError): void {
    const name = loginServer.toLowerCase();
    // It answers, be it with a refusal.
    if (error.patience !== 'soon') return this.answered(loginServer, image);
    const known = this.#known.get(name) ?? { error, until: 0, vain: new Set<string>(), own: new Set<string>() };
    known.triedAt = undefined;
    if (error.code === 'aborted') return;
    this.#known.set(name, known);
    if (!known.own.has(image) && known.vain.size < mostKept) known.vain.add(image);
    const grownMs = known.vain.size < vainImages ? 0 : Math.min(longestMs, 1000 * 2 ** (known.vain.size - vainImages));
    const until = this.now() + Math.max(grownMs, error.retryAfterMs ?? 0);
    // What it asked for holds, whatever else goes wrong meanwhile.
    if (until >= known.until) Object.assign(known, { error, until });
  }

  /** @param image what was asked for */
  answered(loginServer: string, image: string): void {
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

  /** What an operator should know, a line each. */
  get notes(): readonly string[] {
    return [...this.#known]
      .filter(([, { vain, until }]) => vain.size >= vainImages || until > this.now())
      .map(
        ([loginServer, { error, until }]) =>
          `${loginServer} is left alone until ${new Date(until).toISOString()}: ${error.message}${error.retryAfterMs === undefined ? '' : `, and asks for ${Math.ceil(error.retryAfterMs / 1000)} s`}`,
      );
  }
}

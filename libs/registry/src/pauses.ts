import { RegistryError } from './error.ts';

/** So many vain tries in a row, of whichever images, are the registry's. */
const vainTries = 3;
const longestMs = 60_000;
/** Where whoever tries says nothing of what came of it, another may. */
const triedWithinMs = 5 * 60_000;
/** How long the others wait for the one who tries. */
const othersMs = 5_000;

interface Known {
  readonly error: RegistryError;
  readonly vain: number;
  readonly until: number;
  readonly triedAt?: number | undefined;
}

/** Why a registry is left alone, and for how long yet, ms. */
export interface Rest {
  readonly ms: number;
  readonly error: RegistryError;
}

/**
 * Which registries are left alone for a while, as one process knows: what asks for a pause has it from all, and one that is
 * away is tried by one at a time, so that its images take no slots from those of others.
 */
export class RegistryPauses {
  readonly #known = new Map<string, Known>();

  /** @param now ms since the epoch */
  constructor(private readonly now: () => number = Date.now) {}

  /** Whether to leave it alone now. Who may ask says what came of it, by `failed` or `answered`. */
  rest(loginServer: string): Rest | undefined {
    const known = this.#known.get(loginServer.toLowerCase());
    const now = this.now();
    if (!known || (known.vain < vainTries && known.until <= now)) return undefined;
    if (known.until > now) return { ms: known.until - now, error: known.error };
    if (known.triedAt !== undefined && now - known.triedAt < triedWithinMs) return { ms: othersMs, error: known.error };
    this.#known.set(loginServer.toLowerCase(), { ...known, triedAt: now });
    return undefined;
  }

  failed(loginServer: string, error: RegistryError): void {
    // It answers, be it with a refusal.
    if (error.patience !== 'soon') return this.answered(loginServer);
    if (error.code === 'aborted') return this.#released(loginServer);
    const vain = (this.#known.get(loginServer.toLowerCase())?.vain ?? 0) + 1;
    const grownMs = vain < vainTries ? 0 : Math.min(longestMs, 1000 * 2 ** (vain - vainTries));
    this.#known.set(loginServer.toLowerCase(), {
      error,
      vain,
      until: this.now() + Math.max(grownMs, error.retryAfterMs ?? 0),
    });
  }

  answered(loginServer: string): void {
    this.#known.delete(loginServer.toLowerCase());
  }

  /** What an operator should know, a line each. */
  get notes(): readonly string[] {
    return [...this.#known]
      .filter(([, { vain, until }]) => vain >= vainTries || until > this.now())
      .map(
        ([loginServer, { error, until }]) =>
          `${loginServer} is left alone until ${new Date(until).toISOString()}: ${error.message}${error.retryAfterMs === undefined ? '' : `, and asks for ${Math.ceil(error.retryAfterMs / 1000)} s`}`,
      );
  }

  #released(loginServer: string): void {
    const known = this.#known.get(loginServer.toLowerCase());
    if (known) this.#known.set(loginServer.toLowerCase(), { ...known, triedAt: undefined });
  }
}

/** How pauses between attempts grow. */
export interface Backoff {
  /** The first pause, ms. */
  readonly firstMs: number;
  /** No pause is longer, ms. */
  readonly longestMs: number;
  /** Each pause is this many times the one before: 2 by default. */
  readonly factor?: number;
  /** The share of each pause that chance may take away, so that many clients do not return at once: 0.5 by default. */
  readonly jitter?: number;
}

/**
 * The pause before the next attempt, ms.
 *
 * @param pauses how many pauses there were before this one: 0 for the first
 * @param random from 0 up to 1; a simulation passes its own
 */
export const backoffMs = (
  { firstMs, longestMs, factor = 2, jitter = 0.5 }: Backoff,
  pauses: number,
  random: number = Math.random(),
): number => Math.min(longestMs, firstMs * factor ** Math.max(0, pauses)) * (1 - jitter + jitter * random);

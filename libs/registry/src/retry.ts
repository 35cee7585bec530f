import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { RegistryError } from './error.ts';

export interface RetryPolicy {
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 3, firstPauseMs: 250, longestPauseMs: 15_000 };

/** A deadline that has passed will not come back, so neither it nor a cancelled call is tried again here. */
const isWorthAnotherTry = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && (error.code === 'unreachable' || error.code === 'rate-limited');

/**
 * Tries again with growing pauses, each shortened by chance so that many clients do not come back at once.
 *
 * @param hasGained whether the last attempt brought so much that it does not count
 */
export const retried = async <Result>(
  work: () => Promise<Result>,
  policy: RetryPolicy,
  signal: AbortSignal,
  hasGained = (): boolean => false,
): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isWorthAnotherTry(error)) throw error;
      if (hasGained()) attempt = 1;
      else if (attempt === policy.attempts) throw error;
      // Whoever asks for a longer pause than we have is answered by the caller's own, later attempt.
      if ((error.retryAfterMs ?? 0) > policy.longestPauseMs) throw error;
      const grown = backoffMs({ firstMs: policy.firstPauseMs, longestMs: policy.longestPauseMs }, attempt - 1);
      await pause(Math.max(grown, error.retryAfterMs ?? 0), undefined, { signal });
    }
  }
};

/** Nobody is believed who wants to be left alone for longer. */
const longestWaitMs = 60 * 60_000;

/** `Retry-After` in seconds, or as a date by the clock of who says it, which is in `Date`; at most an hour. */
export const retryAfterMs = (header: string | undefined, date?: string, now = Date.now()): number | undefined => {
  if (header === undefined) return undefined;
  const said = Date.parse(date ?? '');
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - (Number.isNaN(said) ? now : said);
  return Number.isFinite(ms) ? Math.min(longestWaitMs, Math.max(0, ms)) : undefined;
};

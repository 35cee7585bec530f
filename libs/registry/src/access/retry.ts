import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { RegistryError } from '../error.ts';

export interface RetryPolicy {
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 3, firstPauseMs: 250, longestPauseMs: 15_000 };

/** A deadline that has passed does not return, so neither a timeout nor a cancelled call is retried here. */
const isWorthAnotherTry = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && (error.code === 'unreachable' || error.code === 'rate-limited');

/**
 * Retries with exponential backoff and jitter, so that many clients do not return at once.
 *
 * @param hasGained true if the last attempt brought enough that it does not count
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
      // A requested pause beyond our limit is left to a later attempt of the caller.
      if ((error.retryAfterMs ?? 0) > policy.longestPauseMs) throw error;
      const grown = backoffMs({ firstMs: policy.firstPauseMs, longestMs: policy.longestPauseMs }, attempt - 1);
      await pause(Math.max(grown, error.retryAfterMs ?? 0), undefined, { signal });
    }
  }
};

/** Longer requested pauses are cut to this. */
const longestWaitMs = 60 * 60_000;

/** `Retry-After` in seconds, or as a date relative to the server's own `Date`; at most an hour. */
export const retryAfterMs = (header: string | undefined, date?: string, now = Date.now()): number | undefined => {
  if (header === undefined) return undefined;
  const serverTime = Date.parse(date ?? '');
  const ms = /^\d+$/.test(header)
    ? Number(header) * 1000
    : Date.parse(header) - (Number.isNaN(serverTime) ? now : serverTime);
  return Number.isFinite(ms) ? Math.min(longestWaitMs, Math.max(0, ms)) : undefined;
};

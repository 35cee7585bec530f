import { setTimeout as pause } from 'node:timers/promises';
import { RegistryError } from './error.ts';

export interface RetryPolicy {
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const defaultRetry: RetryPolicy = { attempts: 4, firstPauseMs: 250, longestPauseMs: 15_000 };

/** A deadline that has passed will not come back, so neither it nor a cancelled call is tried again here. */
const isWorthAnotherTry = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && (error.code === 'unreachable' || error.code === 'rate-limited');

/** Tries again with growing pauses, each shortened by chance so that many clients do not come back at once. */
export const retried = async <Result>(work: () => Promise<Result>, policy: RetryPolicy, signal: AbortSignal): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isWorthAnotherTry(error) || attempt === policy.attempts) throw error;
      // Whoever asks for a longer pause than we have is answered by the caller's own, later attempt.
      if ((error.retryAfterMs ?? 0) > policy.longestPauseMs) throw error;
      const grown = Math.min(policy.longestPauseMs, policy.firstPauseMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
      await pause(Math.max(grown, error.retryAfterMs ?? 0), undefined, { signal });
    }
  }
};

/** `Retry-After` in seconds or as a date. */
export const retryAfterMs = (header: string | undefined, now = Date.now()): number | undefined => {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};

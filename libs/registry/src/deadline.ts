import { RegistryError } from './error.ts';

/**
 * Runs work that must end in time, and says which it was that ended it: the clock, ours or the caller's, the caller or
 * the work itself.
 */
export const withDeadline = async <Result>(
  ms: number,
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const stop = new AbortController();
  const clock = setTimeout(() => stop.abort(new RegistryError('timeout', `not done after ${ms} ms`)), ms);
  const given = signals.filter((signal) => signal !== undefined);
  const cancel = () => {
    const cause: unknown = given.find(({ aborted }) => aborted)?.reason;
    const isLate = cause instanceof DOMException && cause.name === 'TimeoutError';
    stop.abort(
      isLate
        ? new RegistryError('timeout', cause.message, { cause })
        : new RegistryError('aborted', 'cancelled', { cause }),
    );
  };
  for (const signal of given) signal.addEventListener('abort', cancel);
  if (given.some(({ aborted }) => aborted)) cancel();
  try {
    stop.signal.throwIfAborted();
    return await work(stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(clock);
    for (const signal of given) signal.removeEventListener('abort', cancel);
  }
};

import { RegistryError } from '../error.ts';

/**
 * Runs work with a deadline. The error names the cause: `timeout` for our deadline or the caller's, `aborted` for a
 * cancelled call, else the error of the work itself.
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

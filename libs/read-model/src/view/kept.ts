import { sleep, steadyClock, type Clock } from '@assay/event-sourcing';

/** The gauges of one collection share an answer, ms. */
const leastMs = 1_000;
/** An answer is kept for so many times as long as it took: the question takes a twentieth of the time. */
const times = 20;
/** No answer is kept longer, ms. */
const mostMs = 300_000;
/** A collection that has no answer waits so long for the first one, ms. */
const patienceMs = 5_000;

/**
 * Asks a costly question for metrics. An answer is kept for twenty times as long as it took, but for a second at least
 * and five minutes at most. It also holds while the next one is made, for five minutes more.
 *
 * @param failed receives the error of a question that failed
 * @returns the answer; undefined if there was none yet within five seconds, or if the last question failed
 */
export const kept = <T>(
  ask: () => Promise<T>,
  failed: (error: unknown) => void,
  clock: Clock = steadyClock,
): (() => Promise<T | undefined>) => {
  let last: { readonly until: number; readonly answer: T | undefined } | undefined;
  let asking: Promise<T | undefined> | undefined;
  const asked = async (): Promise<T | undefined> => {
    const began = clock.now();
    const answer = await ask().catch((error: unknown) => {
      failed(error);
      return undefined;
    });
    const now = clock.now();
    last = { until: now + Math.min(mostMs, Math.max(leastMs, times * (now - began))), answer };
    asking = undefined;
    return answer;
  };
  return () => {
    if (!last || clock.now() >= last.until) asking ??= asked();
    if (!asking) return Promise.resolve(last?.answer);
    if (last?.answer !== undefined && clock.now() < last.until + mostMs) return Promise.resolve(last.answer);
    return Promise.race([asking, sleep(clock, patienceMs).then(() => undefined)]);
  };
};

import { sleep, steadyClock, type Clock } from '@assay/event-sourcing';

/** The gauges of one collection share an answer, ms. */
const leastMs = 1_000;
/** An answer is kept for so many times as long as it took: the question takes a twentieth of the time at most. */
const times = 20;
/** A collection does not wait longer, ms. */
const patienceMs = 5_000;

/**
 * Asks a costly question for metrics. An answer is kept for a second, or for twenty times as long as it took.
 *
 * @returns the answer; undefined if there is none within five seconds, or if the question failed
 */
export const kept = <T>(ask: () => Promise<T>, clock: Clock = steadyClock): (() => Promise<T | undefined>) => {
  let last: { readonly until: number; readonly answer: T | undefined } | undefined;
  let asking: Promise<T | undefined> | undefined;
  const asked = async (): Promise<T | undefined> => {
    const began = clock.now();
    const answer = await ask().catch(() => undefined);
    const now = clock.now();
    last = { until: now + Math.max(leastMs, times * (now - began)), answer };
    asking = undefined;
    return answer;
  };
  return () => {
    if (last && clock.now() < last.until) return Promise.resolve(last.answer);
    asking ??= asked();
    return Promise.race([asking, sleep(clock, patienceMs).then(() => undefined)]);
  };
};

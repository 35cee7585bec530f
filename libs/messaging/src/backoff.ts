import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs, type Backoff } from '@assay/backoff';

/** Between attempts to reach a broker. */
export const brokerBackoff: Backoff = { firstMs: 25, longestMs: 1000 };

/**
 * Asks a log until it answers: brokers that are away come back, and who only begins loses nothing by waiting for them.
 * @throws what no waiting cures, and whatever it was once the signal aborts
 */
export const untilAnswered = async <T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || signal?.aborted) throw error;
      await pause(backoffMs(brokerBackoff, failures), undefined, { signal }).catch(() => undefined);
    }
  }
};

import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs, type Backoff } from '@assay/backoff';

/** Between attempts to reach a broker. */
export const brokerBackoff: Backoff = { firstMs: 25, longestMs: 1000 };

/**
 * Retries a request until the log answers. Brokers that are away come back, and a caller that only starts up loses
 * nothing by waiting.
 * @throws errors that a retry cannot cure, and any error once the signal aborts
 */
export const retryUntilAnswered = async <T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
  for (let failures = 0; ; failures += 1) {
    try {
      return await request();
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable !== true || signal?.aborted) throw error;
      await pause(backoffMs(brokerBackoff, failures), undefined, { signal }).catch(() => undefined);
    }
  }
};

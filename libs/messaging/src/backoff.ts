import { setTimeout as pause } from 'node:timers/promises';

const mostWaitMs = 1000;

/** How long to wait before trying again, longer with each failure before. */
export const backoffMs = (failures: number): number =>
  Math.min(mostWaitMs, 25 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random() / 2);

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
      await pause(backoffMs(failures), undefined, { signal }).catch(() => undefined);
    }
  }
};

import { rm } from 'node:fs/promises';

const afterMs = 500;
const mostMs = 60_000;

const removed = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/**
 * Removes a folder after the result was returned: the many small calls would delay the result. If the folder cannot be
 * removed (something still writes to it, or this process has too many open files), each retry waits twice as long. The
 * next process removes what this one leaves.
 */
export const removeLater = (path: string, remove = removed, waitMs = afterMs): void => {
  setTimeout(
    () =>
      void remove(path).catch(() => {
        removeLater(path, remove, Math.min(2 * waitMs, mostMs));
      }),
    waitMs,
  ).unref();
};

import { rm } from 'node:fs/promises';

const afterMs = 500;
const mostMs = 60_000;

const removed = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/**
 * Removes a folder that nobody needs any more, when who waits for the result has it: its many small calls would stand
 * in the result's way. One that cannot be removed (something still writes to it, or this process has too many files
 * open) is tried again, each time after twice as long. What a process that ends before leaves, the next one removes.
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

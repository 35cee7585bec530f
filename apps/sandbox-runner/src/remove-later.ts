import { rm } from 'node:fs/promises';

const afterMs = 500;

/**
 * Removes a folder that nobody needs any more, when who waits for the result has it: its many small calls would stand
 * in the result's way. What a process that ends before leaves, the next one removes.
 */
export const removeLater = (path: string): void => {
  setTimeout(() => void rm(path, { recursive: true, force: true }).catch(() => undefined), afterMs).unref();
};

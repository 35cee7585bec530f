import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceError } from './failure.ts';
import { identityOf } from './identity.ts';

/**
 * Runs the work while no other process does. The lock of a process that is gone is taken over.
 * @throws ServiceError when another process holds it for longer than `timeoutMs`
 */
export const withLock = async <T>(path: string, timeoutMs: number, work: () => Promise<T>): Promise<T> => {
  for (const deadline = Date.now() + timeoutMs; !(await taken(path)); await pause(100)) {
    if (Date.now() > deadline)
      throw new ServiceError(
        'service-busy',
        `another process holds ${path} for more than ${timeoutMs / 1000} s: end it, or remove the file`,
      );
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
};

const taken = async (path: string): Promise<boolean> => {
  try {
    await writeFile(path, `${process.pid} ${identityOf(process.pid)}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const [pid, identity] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
    // Empty: the other process has made it and is about to write.
    if (identity && identityOf(Number(pid)) !== identity) await rm(path, { force: true });
    return false;
  }
};

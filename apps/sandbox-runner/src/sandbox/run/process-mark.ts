import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The start of a process, in ticks since boot: distinguishes it from a later process with the same number. */
const startOf = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};

/**
 * The prefix of names that belong to this process and to none after it. Containers may share a folder but not process
 * numbers, hence the host name.
 */
export const markOfProcess = async (): Promise<string> => `${hostname()}+${process.pid}+${await startOf(process.pid)}+`;

const mark = /^(.+)\+(\d+)\+(\d+)\+/;

/** True if a name begins with the mark of any process. */
export const isMarked = (name: string): boolean => mark.test(name);

/** True if the thing was left by a process of this host that has ended. */
export const isLeftOver = async (name: string): Promise<boolean> => {
  const [, host, pid, start] = mark.exec(name) ?? [];
  return host === hostname() && start !== (await startOf(Number(pid)));
};

import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** When a process began, in ticks since boot: tells a process from a later one with the same number. */
const startOf = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
};

/**
 * What the name of a thing begins with that belongs to this process and to none after it. Containers may share a folder
 * but not process numbers, hence the host.
 */
export const markOfProcess = async (): Promise<string> => `${hostname()}+${process.pid}+${await startOf(process.pid)}+`;

const mark = /^(.+)\+(\d+)\+(\d+)\+/;

/** Whether a name begins with the mark of a process, whichever. */
export const isMarked = (name: string): boolean => mark.test(name);

/** Whether a thing was left by a process of this host that has ended. */
export const isLeftOver = async (name: string): Promise<boolean> => {
  const [, host, pid, start] = mark.exec(name) ?? [];
  return host === hostname() && start !== (await startOf(Number(pid)));
};

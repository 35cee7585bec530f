import { readFileSync } from 'node:fs';

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/**
 * Unique per process: the boot, the process id, and the tick in which the process began. A process id alone is reused.
 * Undefined if no such process runs; a zombie does not run.
 */
export const identityOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name and may hold anything; state and start are the 3rd and the 22nd (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()}/${pid}/${fields[19]}`;
  } catch {
    return undefined;
  }
};

export const runs = ({ pid, identity }: { readonly pid: number; readonly identity: string }): boolean =>
  identityOf(pid) === identity;

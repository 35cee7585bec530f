import { readdirSync, readFileSync } from 'node:fs';

const commandLine = (pid: string): string[] => {
  try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'); } catch { return []; } // It ended meanwhile.
};

/** Attackers of one run that live: the processes that have its marker, and not those that were started to build its sandbox. */
export const attackersWith = (marker: string): number[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandLine(name)[0] === '/scanner/scan' && commandLine(name).includes(marker)).map(Number);

/** All processes of one run. */
export const processesWith = (marker: string): number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandLine(name).includes(marker)).map(Number);

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Looks until there is something, or the time is over. */
export const awaited = async <Value>(look: () => Value | undefined, withinMs: number): Promise<Value | undefined> => {
  for (const end = performance.now() + withinMs; ;) {
    const value = look();
    if (value !== undefined || performance.now() > end) return value;
    await sleep(20);
  }
};

/** Ends what an attack has left, one by one. */
export const endAll = (marker: string): void => {
  for (const pid of processesWith(marker)) {
    try { process.kill(pid, 'SIGKILL'); } catch { /* It was faster. */ }
  }
};

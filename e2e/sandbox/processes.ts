import { lstatSync, readdirSync } from 'node:fs';
import {
  awaited,
  processesWith,
  scannersWith as attackersWith,
} from '../../apps/sandbox-runner/src/sandbox/walls/seen.ts';

export { attackersWith, awaited, processesWith };

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Counts the processes of this user, including zombies. */
export const ownProcesses = (): number =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return lstatSync(`/proc/${name}`).uid === process.getuid?.();
    } catch {
      return false;
      // The process ended meanwhile.
    }
  }).length;

/** Ends every process that an attack has left, one by one. */
export const endAll = (marker: string): void => {
  for (const pid of processesWith(marker)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      /* The process ended first. */
    }
  }
};

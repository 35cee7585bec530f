import { lstatSync, readdirSync } from 'node:fs';
import { awaited, processesWith, scannersWith as attackersWith } from '../../apps/sandbox-runner/src/sandbox/seen.ts';

export { attackersWith, awaited, processesWith };

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Processes of this user, the dead among them. */
export const ownProcesses = (): number =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return lstatSync(`/proc/${name}`).uid === process.getuid?.();
    } catch {
      return false;
    } // It ended meanwhile.
  }).length;

/** Ends what an attack has left, one by one. */
export const endAll = (marker: string): void => {
  for (const pid of processesWith(marker)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      /* It was faster. */
    }
  }
};

import type { ChildProcess } from 'node:child_process';
import { childrenOf, treeOf } from './memory.ts';

/** For processes that only wait for others to end. */
const graceMs = 2_000;

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

const killAll = (processes: readonly number[]): void => {
  for (const one of processes) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      /* It ended before. */
    }
  }
};

/** Returns all but the leader and its children; the children if there are no others yet, or the leader. */
const innermost = (leader: number): number[] => {
  const children = childrenOf(leader);
  const below = children.flatMap(childrenOf).flatMap(treeOf);
  return below.length > 0 ? below : children.length > 0 ? children : [leader];
};

/**
 * Ends a run. It sends no SIGTERM first: a program that ignores it would only gain time. Processes inside die at once.
 * Those that built the walls end by themselves and wait for one another: in a container no other process does, and
 * zombies count among the slot's processes for ever. After the grace the rest is killed by its tree and by its group,
 * because bubblewrap puts the program into its own session.
 *
 * @param late ends all of the run besides, including the waiting processes
 */
export const endTree = (leader: ChildProcess, late: () => void = () => undefined): void => {
  const { pid } = leader;
  if (pid === undefined || hasEnded(leader)) return;
  killAll(innermost(pid));
  setTimeout(() => {
    if (hasEnded(leader)) return;
    late();
    killAll([...treeOf(pid), -pid]);
  }, graceMs);
};

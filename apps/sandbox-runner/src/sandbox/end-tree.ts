import type { ChildProcess } from 'node:child_process';
import { childrenOf, treeOf } from './memory.ts';

/** For those that only wait for others to end. */
const graceMs = 2_000;

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

const killAll = (processes: readonly number[]): void => {
  for (const one of processes) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      /* It was faster. */
    }
  }
};

/** All but the leader and its children; the children where there are no others yet, or the leader. */
const innermost = (leader: number): number[] => {
  const children = childrenOf(leader);
  const below = children.flatMap(childrenOf).flatMap(treeOf);
  return below.length > 0 ? below : children.length > 0 ? children : [leader];
};

/**
 * Ends a run. No SIGTERM first: whoever ignores it would only gain time. What is inside dies at once; those that built
 * the walls end by themselves and wait for one another, for in a container nobody else does, and the dead that nobody
 * waits for count among the slot's processes for ever. Whatever is left after the grace is killed by its tree and by
 * its group: bubblewrap puts the program into a session of its own.
 *
 * @param late what ends all of it besides, the waiting ones too
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

import type { FoundGroups } from './cgroup.ts';
import type { SandboxBounds } from './sandbox.ts';

/** By what runs are bounded, as far as their groups reach. */
export const boundsOf = (found: FoundGroups): SandboxBounds => {
  if ('why' in found)
    return { memory: 'watchdog', processes: 'rlimit', processor: 'rlimit', end: 'process group', why: found.why };
  const { bounded } = found.groups;
  return {
    memory: bounded.has('memory') ? 'cgroup' : 'watchdog',
    processes: bounded.has('pids') ? 'cgroup' : 'rlimit',
    processor: bounded.has('cpu') ? 'cgroup' : 'rlimit',
    end: 'cgroup',
  };
};

/** For a log and for people, in one line. */
export const boundsInWords = ({ memory, processes, processor, end, why }: SandboxBounds): string =>
  `memory by ${memory}, processes by ${processes}, processor by ${processor}, ended by ${end}${why ? ` (no cgroup: ${why})` : ''}`;

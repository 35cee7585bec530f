import type { FoundGroups } from './cgroup.ts';
import type { SandboxBounds } from './sandbox.ts';

/** The means that bound each run, as far as control groups are available. */
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

/** The bounds in one line, for logs and people. */
export const describeBounds = ({ memory, processes, processor, end, why }: SandboxBounds): string =>
  `memory by ${memory}, processes by ${processes}, processor by ${processor}, ended by ` +
  `${end}${why ? ` (no cgroup: ${why})` : ''}`;

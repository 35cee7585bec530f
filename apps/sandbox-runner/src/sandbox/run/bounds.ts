import type { FoundGroups } from './cgroup.ts';
import type { SandboxBounds } from '../sandbox.ts';

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

/** Names the sandbox and the bounds that no control group sets, in one line for people. */
export const summarizeBounds = (driver: string, { memory, processes, processor }: SandboxBounds): string => {
  const page = 'docs/operations.md#control-groups';
  if (memory === 'watchdog') return `Sandbox: ${driver}. Memory is limited by a watchdog, not by a cgroup (${page}).`;
  if (processes === 'cgroup' && processor === 'cgroup') return `Sandbox: ${driver}. Each scan has a cgroup of its own.`;
  return `Sandbox: ${driver}. Memory is limited by a cgroup, other resources are not all (${page}).`;
};

/** Names the means of every bound, for `/readyz`. */
export const describeBounds = ({ memory, processes, processor, end, why }: SandboxBounds): string =>
  `memory by ${memory}, processes by ${processes}, processor by ${processor}, ended by ` +
  `${end}${why ? ` (no cgroup: ${why})` : ''}`;

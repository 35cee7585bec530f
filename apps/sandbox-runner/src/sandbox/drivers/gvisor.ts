import { mountPoint, unsharedCode, type Driver } from './driver.ts';
import { bundleIn, makeBundle } from './gvisor-bundle.ts';
import { notStarted } from './gvisor-start.ts';
import { pathOf } from './tools.ts';
import { watched } from './watched.ts';

/** How gVisor intercepts system calls: `systrap` is the fast way, `ptrace` works where `systrap` does not. */
export type GvisorPlatform = 'systrap' | 'ptrace';

// The first process of the namespace. Files that runsc writes about its sandbox end with the namespace. It inherits no
// descriptors to pass on: the filter of descriptor 3 is in the bundle instead. The waiting shell writes to descriptor 4
// if the scanner ended, and not runsc itself.
const first = [
  `exec 3<&-; mount -t tmpfs -o size=4m,mode=0700,noexec,nosuid,nodev scan "$1" || exit ${notStarted}; shift`,
  `"$@" 4>&-; code=$?; [ $code = ${notStarted} ] || echo ended >&4; exit $code`,
].join('\n');

/** Host limits of runsc: it has more threads than the scanner, and does not use all of its address space. */
const openFiles = 8192;
const hostThreads = 8;

/**
 * A kernel of its own for each scan, in a process without rights: the scanner's calls never reach the host's kernel.
 *
 * The process namespace around it ends all that runsc has started, and waits for it. It has its own /proc, in which
 * runsc looks up itself and its children.
 */
export const gvisor = (platform: GvisorPlatform): Driver => ({
  name: 'gvisor',
  needs: ['sh', 'setpriv', 'prlimit', 'unshare', 'mount', 'runsc'],
  remedy:
    'put runsc of gVisor on PATH (https://gvisor.dev/docs/user_guide/install/), allow unprivileged user ' +
    'namespaces, or unset ASSAY_SANDBOX_DRIVER',

  hostThreads,
  memoryFiles: true,
  prepare: makeBundle,

  commandLine: ({ staged, limits, tools }) =>
    watched(
      tools,
      pathOf(tools, 'prlimit'),
      '--core=1:1',
      `--nofile=${openFiles}:${openFiles}`,
      `--nproc=${limits.processes * hostThreads}:${limits.processes * hostThreads}`,
      '--memlock=0:0',
      '--msgqueue=0:0',
      pathOf(tools, 'setpriv'),
      '--pdeathsig',
      'KILL',
      pathOf(tools, 'unshare'),
      '--map-root-user',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      '--propagation',
      'private',
      '--',
      pathOf(tools, 'sh'),
      '-c',
      first,
      'scan',
      mountPoint({ staged, tools }),
      pathOf(tools, 'runsc'),
      `--root=${mountPoint({ staged, tools })}`,
      '--rootless',
      '--ignore-cgroups',
      `--platform=${platform}`,
      '--network=none',
      '--overlay2=none',
      '--host-uds=none',
      '--host-fifo=none',
      '--directfs=false',
      '--host-settings=ignore',
      'run',
      `--bundle=${bundleIn(staged.folder)}`,
      'scan',
    ),

  started: (status) => status === 'ended\n',
  trueCode: unsharedCode,
});

import { mountPoint, unsharedCode, type Driver } from './driver.ts';
import { bundleIn, makeBundle } from './gvisor-bundle.ts';
import { notStarted } from './gvisor-start.ts';
import { watched } from './watched.ts';

/** How gVisor comes by the scanner's system calls: `systrap` is the fast one, `ptrace` goes where that does not. */
export type GvisorPlatform = 'systrap' | 'ptrace';

// The first process of the namespace. What runsc writes about its sandbox goes with the namespace, and it inherits
// nothing to hand on: the filter of descriptor 3 lies in the bundle instead. Whoever waits for it says in descriptor 4
// that the end was that of the scanner, and not its own.
const first = [
  `exec 3<&-; mount -t tmpfs -o size=4m,mode=0700,noexec,nosuid,nodev scan "$1" || exit ${notStarted}; shift`,
  `"$@" 4>&-; code=$?; [ $code = ${notStarted} ] || echo ended >&4; exit $code`,
].join('\n');

/** Host limits of runsc: its threads are more than the scanner's, and its address space is not what it uses. */
const openFiles = 8192;
const hostThreads = 8;

/**
 * A kernel of its own for each scan, in a process without rights: what the scanner asks of it, the host's kernel never
 * hears.
 *
 * The process namespace around it ends all that runsc has started, and waits for it. With a /proc of its own: runsc
 * looks itself and its children up there.
 */
export const gvisor = (platform: GvisorPlatform): Driver => ({
  name: 'gvisor',
  needs: ['sh', 'setpriv', 'prlimit', 'unshare', 'mount', 'runsc'],
  remedy:
    'put runsc of gVisor on PATH (https://gvisor.dev/docs/user_guide/install/), allow unprivileged user namespaces, or leave ASSAY_SANDBOX_DRIVER out',

  hostThreads,
  memoryFiles: true,
  prepare: makeBundle,

  commandLine: ({ staged, limits, tools }) =>
    watched(
      tools,
      tools['prlimit']!,
      '--core=1:1',
      `--nofile=${openFiles}:${openFiles}`,
      `--nproc=${limits.processes * hostThreads}:${limits.processes * hostThreads}`,
      '--memlock=0:0',
      '--msgqueue=0:0',
      tools['setpriv']!,
      '--pdeathsig',
      'KILL',
      tools['unshare']!,
      '--map-root-user',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      '--propagation',
      'private',
      '--',
      tools['sh']!,
      '-c',
      first,
      'scan',
      mountPoint({ staged, tools }),
      tools['runsc']!,
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

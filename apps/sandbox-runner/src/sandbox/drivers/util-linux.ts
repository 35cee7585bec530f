import { judged, killed, allowed, launching, numberOn, type Architecture, type Numbers } from './syscalls.ts';
import { limitArguments, mountPoint, programEnvironment, unsharedCode, type Driver } from './driver.ts';
import { launcher } from './util-linux.launcher.ts';
import { pathOf } from './tools.ts';
import { watched } from './watched.ts';

/** The system calls that the launcher makes by number, in the order of its arguments. */
const calls: readonly Numbers[] = [
  killed.mount,
  killed.umount2,
  killed.pivot_root,
  launching.chroot,
  launching.sethostname,
  judged.prctl,
  launching.capset,
  allowed.close_range,
  allowed.fcntl,
];

const environment = Object.entries(programEnvironment).map(([name, value]) => `${name}=${value}`);

/** The walls of bubblewrap built by hand, for a machine that has only util-linux and perl, as every Debian does. */
export const utilLinux: Driver = {
  name: 'util-linux',
  needs: ['sh', 'setpriv', 'prlimit', 'unshare', 'perl'],
  remedy: 'install util-linux and perl (apt-get install util-linux perl-base), and allow unprivileged user namespaces',

  commandLine: ({ staged, staged: { program, input, database, caches, runtime }, args, limits, tools }) =>
    watched(
      tools,
      // The equivalent of bubblewrap's `--die-with-parent`: the end of the service is the end of `unshare`, and of all
      // below it.
      pathOf(tools, 'setpriv'),
      '--pdeathsig',
      'KILL',
      pathOf(tools, 'prlimit'),
      ...limitArguments(limits),
      pathOf(tools, 'unshare'),
      '--map-root-user',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--net',
      '--ipc',
      '--uts',
      '--cgroup',
      '--propagation',
      'private',
      '--',
      pathOf(tools, 'perl'),
      '-e',
      launcher(mountPoint({ staged, tools })),
      calls.map((numbers) => numberOn(process.arch as Architecture, numbers)).join(','),
      String(limits.scratchBytes),
      String(limits.scratchInodes),
      program,
      input ?? '',
      database?.path ?? '',
      database?.writable ? 'rw' : 'ro',
      ...environment,
      ...caches.map(({ name, path }) => `cache:${name}=${path}`),
      ...(runtime === undefined ? [] : [`runtime:=${runtime}`]),
      '--',
      ...args,
    ),

  started: (status) => status === 'started\n',
  trueCode: unsharedCode,
};

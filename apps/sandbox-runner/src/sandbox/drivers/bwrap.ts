import { limitArguments, mountPoint, programEnvironment, type Driver, type DriverCommand } from './driver.ts';
import { pathOf } from './tools.ts';
import { watched } from './watched.ts';

// Bubblewrap keeps inherited descriptors open inside. So all are closed first but the standard ones, the filter (3) and
// the status (4). 255 is bash's own, and is gone after its exec.
const closeInherited =
  'for f in /proc/$$/fd/*; do n=${f##*/}; ' +
  'if [ "$n" -gt 4 ] && [ "$n" != 255 ]; then eval "exec $n>&-"; fi; done; exec "$@"';

// Bubblewrap's own tmpfs has a size, but no limit of inodes (a million empty files take a gigabyte of kernel memory),
// and is executable. So scratch is our own tmpfs in a namespace around it. Bubblewrap looks up its child in /proc by
// number, so /proc must be that of the namespace.
const mountScratch =
  's=$1; i=$2; at=$3; shift 3; mount -t proc proc /proc && ' +
  'mount -t tmpfs -o "size=$s,nr_inodes=$i,mode=0755,noexec,nosuid,nodev" scan "$at" && ' +
  'mkdir -m 0700 "$at/tmp" "$at/cache" && exec "$@"';

const environment = Object.entries(programEnvironment).flatMap(([name, value]) => ['--setenv', name, value]);

const bubblewrapped = (
  { staged: { program, input, database, caches, runtime }, args, limits, tools }: DriverCommand,
  scratch: string,
): [string, ...string[]] =>
  watched(
    tools,
    pathOf(tools, 'bash'),
    '-p',
    '-c',
    closeInherited,
    'scan',
    pathOf(tools, 'prlimit'),
    ...limitArguments(limits),
    pathOf(tools, 'unshare'),
    '--map-root-user',
    '--mount',
    // Everything that bubblewrap starts ends with it. Its child asks for that (`--die-with-parent`) only after a while,
    // and leads its own session, so that no signal to the group reaches it.
    '--pid',
    '--fork',
    '--kill-child',
    '--propagation',
    'private',
    '--',
    pathOf(tools, 'sh'),
    '-c',
    mountScratch,
    'scan',
    String(limits.scratchBytes),
    String(limits.scratchInodes),
    scratch,
    pathOf(tools, 'bwrap'),
    '--unshare-user',
    '--unshare-all',
    '--as-pid-1',
    '--disable-userns',
    '--uid',
    '65534',
    '--gid',
    '65534',
    '--hostname',
    'scan',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--clearenv',
    ...environment,
    '--ro-bind',
    program,
    '/scanner/scan',
    ...(input === undefined ? ['--dir', '/input'] : ['--ro-bind', input, '/input']),
    '--dev-bind',
    '/dev/null',
    '/dev/null',
    '--bind',
    `${scratch}/tmp`,
    '/tmp',
    '--bind',
    `${scratch}/cache`,
    '/cache',
    ...(database === undefined ? [] : [database.writable ? '--bind' : '--ro-bind', database.path, '/cache/db']),
    ...caches.flatMap(({ name, path }) => ['--ro-bind', path, `/cache/${name}`]),
    ...(runtime === undefined ? [] : ['--ro-bind', runtime, '/runtime']),
    '--remount-ro',
    '/',
    '--chdir',
    '/tmp',
    '--add-seccomp-fd',
    '3',
    '--json-status-fd',
    '4',
    '--',
    '/scanner/scan',
    ...args,
  );

/**
 * No `--dev` (a writable tmpfs of half the memory) and no `--proc` (nothing to read, and it fails where /proc is
 * masked).
 *
 * The scanner is the first process of its namespace. Otherwise bubblewrap has a first process of its own, and ends
 * before that process does. In a container no process waits for it then, and each scan takes one of the slot's
 * processes for ever.
 */
export const bwrap: Driver = {
  name: 'bwrap',
  needs: ['bash', 'sh', 'setpriv', 'prlimit', 'unshare', 'mount', 'mkdir', 'bwrap'],
  remedy:
    'install bubblewrap 0.8 or newer and util-linux (apt-get install bubblewrap util-linux), and ' +
    'allow unprivileged user namespaces',

  commandLine: (command) => bubblewrapped(command, mountPoint(command)),

  started: (status) => status.includes('"exit-code"'),
};

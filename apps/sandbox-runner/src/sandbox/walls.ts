import type { SandboxBounds, SandboxDriver } from './sandbox.ts';

/** One wall between a scanner and the machine. */
export interface Wall {
  readonly name: string;
  /** The attack that is possible without it. */
  readonly stops: string;
  /**
   * The arguments of a driver's command line that build it; a driver without an entry has no such wall. Absent: the
   * service builds it, for every driver.
   */
  readonly builtBy?: Readonly<Partial<Record<SandboxDriver, readonly string[]>>>;
  /** Only if the service is root and may give a run another user. */
  readonly needsRoot?: true;
  /** Only if a control group does this for each run. */
  readonly needsGroup?: Exclude<keyof SandboxBounds, 'why'>;
  /** Only if no control group does the same. */
  readonly unlessGroup?: 'memory';
  /** The steps of an operator if the wall does not stand. */
  readonly remedy: string;
}

const namespaces =
  'allow unprivileged user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, ' +
  'AppArmor), and install a current util-linux and bubblewrap';
const mounts = 'run the service where it may mount in a namespace of its own (docs/operations.md)';
const filters = 'use a kernel with CONFIG_SECCOMP_FILTER';
const limits = 'install util-linux 2.38 or newer: its `prlimit` sets them';
const ours = "this is the service's own work: report it (SECURITY.md)";

const groups =
  'delegate a control group with this controller (docs/operations.md); until then the other limits ' +
  'and the watchdog hold';

const limit = (name: string, stops: string, argument: string, gvisor?: string): Wall => ({
  name,
  stops,
  builtBy: { bwrap: [argument], 'util-linux': [argument], ...(gvisor === undefined ? {} : { gvisor: [gvisor] }) },
  remedy: limits,
});
const seccomp = (name: string, stops: string): Wall => ({
  name,
  stops,
  builtBy: { bwrap: ['--add-seccomp-fd'], 'util-linux': ['prctl, $set_seccomp'], gvisor: ['/scanner/start'] },
  remedy: filters,
});
const namespace = (name: string, stops: string, argument: string, gvisor: string): Wall => ({
  name,
  stops,
  builtBy: { bwrap: ['--unshare-all'], 'util-linux': [argument], gvisor: [gvisor] },
  remedy: namespaces,
});
const group = (needsGroup: Wall['needsGroup'] & string, name: string, stops: string): Wall => ({
  name: `a control group: ${name}`,
  stops,
  needsGroup,
  remedy: groups,
});

/**
 * Every wall, from the outside in: drivers build them, the doctor checks them, `npm run test:sandbox` removes one at a
 * time, and docs/security.md lists them.
 */
export const walls = {
  'slot-user': {
    name: 'a user of the host for each slot',
    stops: 'files of the service and of other scans are read and written; scans starve each other of threads',
    needsRoot: true,
    remedy: 'run the service as root, or give it a machine or a container of its own',
  },
  'user-namespace': {
    name: 'a user namespace',
    stops: 'rights count on the host: devices, other users, other processes',
    builtBy: {
      bwrap: ['--map-root-user', '--unshare-user'],
      'util-linux': ['--map-root-user'],
      gvisor: ['--map-root-user'],
    },
    remedy: namespaces,
  },
  'no-nested-namespaces': {
    name: 'no further user namespaces',
    stops: 'a new namespace gives all rights in it, and reaches more code of the kernel',
    builtBy: { bwrap: ['--disable-userns'] },
    remedy: 'install bubblewrap 0.8 or newer',
  },
  'own-root': {
    name: 'a root of its own',
    stops: 'files and sockets of the host are seen',
    builtBy: {
      bwrap: ['--mount'],
      'util-linux': ['--mount', '$pivot_root'],
      gvisor: ['--mount', '"root":{"path":"rootfs"'],
    },
    remedy: mounts,
  },
  'pid-namespace': {
    name: 'a process namespace',
    stops: 'processes of the host are seen and signalled; what it starts outlives it',
    builtBy: {
      bwrap: ['--unshare-all'],
      'util-linux': ['--pid', '--fork'],
      gvisor: ['--pid', '--fork', '"type":"pid"'],
    },
    remedy: namespaces,
  },
  'network-namespace': namespace(
    'a network namespace',
    'services of the host and the network are reached, and abstract sockets',
    '--net',
    '--network=none',
  ),
  'ipc-namespace': namespace(
    'an IPC namespace',
    'shared memory, queues and semaphores of the host are used',
    '--ipc',
    '"type":"ipc"',
  ),
  'uts-namespace': {
    name: 'a name namespace',
    stops: "the host's name is known",
    builtBy: {
      bwrap: ['--unshare-all', '--hostname'],
      'util-linux': ['--uts', '$sethostname'],
      gvisor: ['"type":"uts"', '"hostname":"scan"'],
    },
    remedy: namespaces,
  },
  'cgroup-namespace': namespace(
    'a cgroup namespace',
    "the host's control groups are seen",
    '--cgroup',
    '"destination":"/sys","type":"tmpfs"',
  ),
  'no-proc': {
    name: 'no /proc',
    stops: "processes and the kernel's settings are read",
    builtBy: { bwrap: ['--mount'], 'util-linux': ['--mount'], gvisor: ['"destination":"/proc","type":"tmpfs"'] },
    remedy: mounts,
  },
  'no-devices': {
    name: 'no device but /dev/null',
    stops: 'terminals and other devices are opened',
    builtBy: { bwrap: ['--dev-bind', '/dev/null'], 'util-linux': ['/dev/null'] },
    remedy: mounts,
  },
  'read-only-root': {
    name: 'a root that is closed',
    stops: 'memory is filled with files outside of scratch',
    builtBy: { bwrap: ['--remount-ro'], 'util-linux': ['$REMOUNT | $RDONLY'], gvisor: ['"readonly":true'] },
    remedy: mounts,
  },
  'read-only-input': {
    name: 'an image that cannot be changed',
    stops: 'another image is looked at than the one that was asked for',
    builtBy: { bwrap: ['--ro-bind'], 'util-linux': ['$RDONLY'], gvisor: ['"bind","ro"'] },
    remedy: mounts,
  },
  'read-only-scanner': {
    name: 'a scanner that cannot be changed',
    stops: 'one scan changes what the next one runs',
    builtBy: { bwrap: ['--ro-bind'], 'util-linux': ['$RDONLY'], gvisor: ['"bind","ro"'] },
    remedy: mounts,
  },
  'copied-database': {
    name: 'a copy of a database that is written to',
    stops: 'one scan changes what the next one finds',
    remedy: ours,
  },
  'scratch-size': {
    name: 'a size of scratch',
    stops: 'memory is filled with files',
    builtBy: { bwrap: ['size='], 'util-linux': ['size='], gvisor: ['"size='] },
    remedy: mounts,
  },
  'scratch-inodes': {
    name: 'a number of files in scratch',
    stops: 'memory of the kernel is filled with empty files',
    builtBy: { bwrap: ['nr_inodes='], 'util-linux': ['nr_inodes='] },
    remedy: mounts,
  },
  'scratch-noexec': {
    name: 'scratch that runs nothing',
    stops: 'programs of the image are run',
    builtBy: { bwrap: ['noexec'], 'util-linux': ['$NOEXEC'], gvisor: ['"noexec"'] },
    remedy: mounts,
  },
  'seccomp-processes': seccomp('seccomp: threads, no processes', 'limits for one process are got round by many'),
  'seccomp-sockets': seccomp(
    'seccomp: no sockets',
    'netlink and the hypervisor are spoken to, which no namespace cuts off',
  ),
  'seccomp-forbidden': seccomp(
    'seccomp: no calls that only attackers make',
    'namespaces, mounts, tracing, keys, modules, BPF and io_uring are tried; whoever does is killed and reported',
  ),
  'seccomp-unlisted': seccomp(
    'seccomp: no calls but those that are known',
    'memory outside of every limit is had (memfd, shared segments), and code of the kernel reached ' +
      'that no scanner needs',
  ),
  'seccomp-arguments': seccomp('seccomp: no ioctl and prctl but a few', 'terminals and drivers are spoken to'),
  'seccomp-foreign': seccomp(
    'seccomp: no calls in other numberings',
    'the filter is got round with numbers of another processor',
  ),
  'no-new-privileges': {
    name: 'no new privileges',
    stops: 'set-user-id programs give rights',
    builtBy: { bwrap: ['bwrap'], 'util-linux': ['no_new_privs'], gvisor: ['"noNewPrivileges":true'] },
    remedy: filters,
  },
  capabilities: {
    name: 'no capabilities',
    stops: 'rights of root within the namespaces are used against the kernel',
    builtBy: { bwrap: ['--cap-drop', 'ALL'], 'util-linux': ['$capset'], gvisor: ['"capabilities":{}'] },
    remedy: namespaces,
  },
  environment: {
    name: 'an empty environment',
    stops: 'secrets of the service are read',
    builtBy: { bwrap: ['--clearenv'], 'util-linux': ['%ENV = %environment'], gvisor: ['"env":[]'] },
    remedy: ours,
  },
  descriptors: {
    name: 'no open files of the service',
    stops: 'files and connections that the service has open are used',
    builtBy: { bwrap: ['/proc/$$/fd'], 'util-linux': ['$close_range'], gvisor: ['3<&-', '4>&-'] },
    remedy: ours,
  },
  'limit-core': limit(
    'no memory dumps',
    'a handler of dumps runs on the host, as root, over a hostile process',
    '--core=',
    '--core=',
  ),
  'limit-open-files': limit('a limit of open files', 'the machine runs out of files', '--nofile=', '"RLIMIT_NOFILE"'),
  'limit-threads': limit('a limit of threads', 'the machine runs out of threads', '--nproc=', '"RLIMIT_NPROC"'),
  'limit-file-size': limit('a limit of one file', 'one file takes all of scratch', '--fsize=', '"RLIMIT_FSIZE"'),
  'limit-processor-time': limit('a limit of processor time', 'it spins for ever', '--cpu=', '"RLIMIT_CPU"'),
  'limit-address-space': limit('a limit of address space', 'tables of the kernel fill memory', '--as=', '"RLIMIT_AS"'),
  'limit-data': limit('a limit of private memory', 'the machine runs out of memory', '--data='),
  'limit-locked-memory': limit('no locked memory', 'memory cannot be had back', '--memlock=', '--memlock='),
  'limit-message-queues': limit(
    'no message queues',
    'memory of the kernel is filled with messages',
    '--msgqueue=',
    '--msgqueue=',
  ),
  'own-kernel': {
    name: 'a kernel of its own',
    stops: "a hole in the host's kernel is reached",
    builtBy: { gvisor: ['runsc', '--platform='] },
    remedy: 'ask for it: ASSAY_SANDBOX_DRIVER=gvisor (docs/operations.md)',
  },
  'group-memory': group(
    'memory',
    'memory',
    'memory is taken faster than the watchdog looks, or by what the kernel keeps for it',
  ),
  'group-processes': group('processes', 'processes', 'scans that share a user starve each other of threads'),
  'group-processor': group('processor', 'processor', 'a scan that spins takes the processor from the service'),
  'group-end': group('end', 'its end', 'what has left the process group outlives the deadline'),
  watchdog: {
    name: 'a watchdog over the memory of the whole tree',
    stops: "shared memory, which no limit counts, takes the machine's",
    unlessGroup: 'memory',
    remedy: ours,
  },
  'stdout-cap': {
    name: 'a limit of output',
    stops: 'the service runs out of memory over an endless report',
    remedy: ours,
  },
  'stderr-cap': {
    name: 'a limit of complaints',
    stops: 'the service is kept busy with endless complaints',
    remedy: ours,
  },
  deadline: { name: 'a deadline', stops: 'a slot is taken for ever', remedy: ours },
  'tree-kill': { name: 'the end of all processes at once', stops: 'something outlives the deadline', remedy: ours },
  'end-with-service': {
    name: 'an end with the service',
    stops: 'a scan goes on that nobody watches, when the service is killed',
    builtBy: {
      bwrap: ['--die-with-parent', '--kill-child', 'kill -s KILL'],
      'util-linux': ['--pdeathsig', '--kill-child', 'kill -s KILL'],
      gvisor: ['--pdeathsig', '--kill-child', 'kill -s KILL'],
    },
    remedy: 'install util-linux (`setpriv`) and bubblewrap',
  },
  leftovers: {
    name: 'a start that cleans up',
    stops: 'images and databases of killed services fill the disk',
    remedy: ours,
  },
} as const satisfies Record<string, Wall>;

export type WallId = keyof typeof walls;
export const wallIds = Object.keys(walls) as readonly WallId[];

/**
 * True if a driver has the wall. The service's own walls stand for every driver; those of control groups if runs are
 * bounded by them.
 */
export const hasWall = (id: WallId, driver: SandboxDriver, isRoot: boolean, bounds?: SandboxBounds): boolean => {
  const { builtBy, needsRoot, needsGroup, unlessGroup }: Wall = walls[id];
  return (
    (builtBy === undefined || driver in builtBy) &&
    (!needsRoot || isRoot) &&
    (!needsGroup || bounds?.[needsGroup] === 'cgroup') &&
    !(unlessGroup && bounds?.[unlessGroup] === 'cgroup')
  );
};

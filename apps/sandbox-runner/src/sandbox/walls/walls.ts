import type { SandboxBounds, SandboxDriver } from '../sandbox.ts';

/** One wall between a scanner and the machine. */
export interface Wall {
  readonly name: string;
  /** The attack that it stops. */
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
const ours = 'the service builds this wall itself: report the fault (SECURITY.md)';

const groups =
  'delegate a control group with this controller (docs/operations.md#control-groups); until then the ' +
  'other limits and the watchdog hold';

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
  name: `control group: ${name}`,
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
    name: 'own host user for each slot',
    stops: 'access to files of the service and of other scans, and scans that starve each other of threads',
    needsRoot: true,
    remedy: 'run the service as root, or give it a machine or a container of its own',
  },
  'user-namespace': {
    name: 'user namespace',
    stops: 'rights that count on the host: over devices, other users, other processes',
    builtBy: {
      bwrap: ['--map-root-user', '--unshare-user'],
      'util-linux': ['--map-root-user'],
      gvisor: ['--map-root-user'],
    },
    remedy: namespaces,
  },
  'no-nested-namespaces': {
    name: 'no further user namespaces',
    stops: 'new namespaces, which give all rights inside and reach more kernel code',
    builtBy: { bwrap: ['--disable-userns'] },
    remedy: 'install bubblewrap 0.8 or newer',
  },
  'own-root': {
    name: 'own root',
    stops: 'sight of files and sockets of the host',
    builtBy: {
      bwrap: ['--mount'],
      'util-linux': ['--mount', '$pivot_root'],
      gvisor: ['--mount', '"root":{"path":"rootfs"'],
    },
    remedy: mounts,
  },
  'pid-namespace': {
    name: 'process namespace',
    stops: 'sight of host processes, signals to them, and processes that outlive the scan',
    builtBy: {
      bwrap: ['--unshare-all'],
      'util-linux': ['--pid', '--fork'],
      gvisor: ['--pid', '--fork', '"type":"pid"'],
    },
    remedy: namespaces,
  },
  'network-namespace': namespace(
    'network namespace',
    'connections to host services, the network and abstract sockets',
    '--net',
    '--network=none',
  ),
  'ipc-namespace': namespace(
    'IPC namespace',
    'use of shared memory, queues and semaphores of the host',
    '--ipc',
    '"type":"ipc"',
  ),
  'uts-namespace': {
    name: 'name namespace',
    stops: 'knowledge of the host name',
    builtBy: {
      bwrap: ['--unshare-all', '--hostname'],
      'util-linux': ['--uts', '$sethostname'],
      gvisor: ['"type":"uts"', '"hostname":"scan"'],
    },
    remedy: namespaces,
  },
  'cgroup-namespace': namespace(
    'cgroup namespace',
    'sight of the control groups of the host',
    '--cgroup',
    '"destination":"/sys","type":"tmpfs"',
  ),
  'no-proc': {
    name: 'no /proc',
    stops: 'reading processes and kernel settings',
    builtBy: { bwrap: ['--mount'], 'util-linux': ['--mount'], gvisor: ['"destination":"/proc","type":"tmpfs"'] },
    remedy: mounts,
  },
  'no-devices': {
    name: 'no device but /dev/null',
    stops: 'opening terminals and other devices',
    builtBy: { bwrap: ['--dev-bind', '/dev/null'], 'util-linux': ['/dev/null'] },
    remedy: mounts,
  },
  'read-only-root': {
    name: 'read-only root',
    stops: 'filling memory with files outside of scratch',
    builtBy: { bwrap: ['--remount-ro'], 'util-linux': ['$REMOUNT | $RDONLY'], gvisor: ['"readonly":true'] },
    remedy: mounts,
  },
  'read-only-input': {
    name: 'read-only image',
    stops: 'scanning another image than the requested one',
    builtBy: { bwrap: ['--ro-bind'], 'util-linux': ['$RDONLY'], gvisor: ['"bind","ro"'] },
    remedy: mounts,
  },
  'read-only-scanner': {
    name: 'read-only scanner',
    stops: 'a scan that changes the program of the next scan',
    builtBy: { bwrap: ['--ro-bind'], 'util-linux': ['$RDONLY'], gvisor: ['"bind","ro"'] },
    remedy: mounts,
  },
  'copied-database': {
    name: 'copy of a database that the scanner writes to',
    stops: 'a scan that changes the findings of the next scan',
    remedy: ours,
  },
  'scratch-size': {
    name: 'size limit of scratch',
    stops: 'filling memory with files',
    builtBy: { bwrap: ['size='], 'util-linux': ['size='], gvisor: ['"size='] },
    remedy: mounts,
  },
  'scratch-inodes': {
    name: 'limit of files in scratch',
    stops: 'filling kernel memory with empty files',
    builtBy: { bwrap: ['nr_inodes='], 'util-linux': ['nr_inodes='] },
    remedy: mounts,
  },
  'scratch-noexec': {
    name: 'no programs in scratch',
    stops: 'running programs of the image',
    builtBy: { bwrap: ['noexec'], 'util-linux': ['$NOEXEC'], gvisor: ['"noexec"'] },
    remedy: mounts,
  },
  'seccomp-processes': seccomp(
    'seccomp: threads, no processes',
    'many processes that together exceed the limits of one',
  ),
  'seccomp-sockets': seccomp('seccomp: no sockets', 'calls to netlink and the hypervisor, which no namespace cuts off'),
  'seccomp-forbidden': seccomp(
    'seccomp: no calls that only attackers make',
    'namespaces, mounts, tracing, keys, modules, BPF and io_uring: a program that tries is killed and reported',
  ),
  'seccomp-unlisted': seccomp(
    'seccomp: known calls only',
    'memory outside of every limit (memfd, shared segments), and kernel code that no scanner needs',
  ),
  'seccomp-arguments': seccomp('seccomp: few ioctl and prctl', 'calls to terminals and drivers'),
  'seccomp-foreign': seccomp(
    'seccomp: no foreign call numbers',
    'passing the filter with call numbers of another processor',
  ),
  'no-new-privileges': {
    name: 'no new privileges',
    stops: 'rights from set-user-id programs',
    builtBy: { bwrap: ['bwrap'], 'util-linux': ['no_new_privs'], gvisor: ['"noNewPrivileges":true'] },
    remedy: filters,
  },
  capabilities: {
    name: 'no capabilities',
    stops: 'use of root rights inside the namespaces against the kernel',
    builtBy: { bwrap: ['--cap-drop', 'ALL'], 'util-linux': ['$capset'], gvisor: ['"capabilities":{}'] },
    remedy: namespaces,
  },
  environment: {
    name: 'empty environment',
    stops: 'reading secrets of the service',
    builtBy: { bwrap: ['--clearenv'], 'util-linux': ['%ENV = %environment'], gvisor: ['"env":[]'] },
    remedy: ours,
  },
  descriptors: {
    name: 'no open files of the service',
    stops: 'use of files and connections that the service has open',
    builtBy: { bwrap: ['/proc/$$/fd'], 'util-linux': ['$close_range'], gvisor: ['3<&-', '4>&-'] },
    remedy: ours,
  },
  'limit-core': limit(
    'no memory dumps',
    'a dump handler that runs on the host, as root, over a hostile process',
    '--core=',
    '--core=',
  ),
  'limit-open-files': limit('limit of open files', 'using up the files of the machine', '--nofile=', '"RLIMIT_NOFILE"'),
  'limit-threads': limit('limit of threads', 'using up the threads of the machine', '--nproc=', '"RLIMIT_NPROC"'),
  'limit-file-size': limit(
    'size limit of one file',
    'one file that takes all of scratch',
    '--fsize=',
    '"RLIMIT_FSIZE"',
  ),
  'limit-processor-time': limit('limit of processor time', 'a scan that spins for ever', '--cpu=', '"RLIMIT_CPU"'),
  'limit-address-space': limit('limit of address space', 'filling memory with kernel tables', '--as=', '"RLIMIT_AS"'),
  'limit-data': limit('limit of private memory', 'using up the memory of the machine', '--data='),
  'limit-locked-memory': limit('no locked memory', 'memory that the kernel cannot reclaim', '--memlock=', '--memlock='),
  'limit-message-queues': limit(
    'no message queues',
    'filling kernel memory with messages',
    '--msgqueue=',
    '--msgqueue=',
  ),
  'own-kernel': {
    name: 'own kernel',
    stops: 'attacks on a hole in the host kernel',
    builtBy: { gvisor: ['runsc', '--platform='] },
    remedy: 'set ASSAY_SANDBOX_DRIVER=gvisor (docs/operations.md)',
  },
  'group-memory': group('memory', 'memory', 'taking memory faster than the watchdog looks, or as kernel memory'),
  'group-processes': group('processes', 'processes', 'scans of one user that starve each other of threads'),
  'group-processor': group('processor', 'processor', 'a spinning scan that takes the processor from the service'),
  'group-end': group('end', 'end', 'processes that leave the process group and outlive the deadline'),
  watchdog: {
    name: 'watchdog over the memory of all processes',
    stops: 'using up memory as shared memory, which no limit counts',
    unlessGroup: 'memory',
    remedy: ours,
  },
  'stdout-cap': {
    name: 'limit of output',
    stops: 'an endless report that uses up the memory of the service',
    remedy: ours,
  },
  'stderr-cap': {
    name: 'limit of complaints',
    stops: 'endless complaints that keep the service busy',
    remedy: ours,
  },
  deadline: { name: 'deadline', stops: 'a scan that takes a slot for ever', remedy: ours },
  'tree-kill': { name: 'end of all processes at once', stops: 'processes that outlive the deadline', remedy: ours },
  'end-with-service': {
    name: 'end with the service',
    stops: 'an unwatched scan after the service was killed',
    builtBy: {
      bwrap: ['--die-with-parent', '--kill-child', 'kill -s KILL'],
      'util-linux': ['--pdeathsig', '--kill-child', 'kill -s KILL'],
      gvisor: ['--pdeathsig', '--kill-child', 'kill -s KILL'],
    },
    remedy: 'install util-linux (`setpriv`) and bubblewrap',
  },
  leftovers: {
    name: 'cleaning at the start',
    stops: 'images and databases of killed services that fill the disk',
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

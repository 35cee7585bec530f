import type { SandboxDriver } from './sandbox.ts';

/** One wall between a scanner and the machine. */
export interface Wall {
  readonly name: string;
  /** What a scanner could do without it. */
  readonly stops: string;
  /** The words of a driver's command line that build it; a driver that is not named has no such wall. Missing: the service builds it, for every driver. */
  readonly builtBy?: Readonly<Partial<Record<SandboxDriver, readonly string[]>>>;
  /** Only where the service is root and may give a run another user. */
  readonly needsRoot?: true;
  /** What an operator does where it does not stand. */
  readonly remedy: string;
}

const namespaces = 'allow unprivileged user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, AppArmor), and install a current util-linux and bubblewrap';
const mounts = 'run the service where it may mount in a namespace of its own (docs/operations.md)';
const filters = 'use a kernel with CONFIG_SECCOMP_FILTER';
const limits = 'install util-linux 2.38 or newer: its `prlimit` sets them';
const ours = 'this is the service\'s own work: report it (SECURITY.md)';

const limit = (name: string, stops: string, word: string): Wall => ({ name, stops, builtBy: { bwrap: [word], 'util-linux': [word] }, remedy: limits });
const seccomp = (name: string, stops: string): Wall => ({ name, stops, builtBy: { bwrap: ['--add-seccomp-fd'], 'util-linux': ['prctl, $set_seccomp'] }, remedy: filters });
const namespace = (name: string, stops: string, word: string): Wall => ({ name, stops, builtBy: { bwrap: ['--unshare-all'], 'util-linux': [word] }, remedy: namespaces });

/**
 * Every wall, from the outside in: what the drivers build, the doctor looks at, `npm run test:sandbox` takes away one
 * at a time, and docs/security.md lists.
 */
export const walls = {
  'slot-user': { name: 'a user of the host for each slot', stops: 'files of the service and of other scans are read and written; scans starve each other of threads', needsRoot: true, remedy: 'run the service as root, or give it a machine or a container of its own' },
  'user-namespace': { name: 'a user namespace', stops: 'rights count on the host: devices, other users, other processes', builtBy: { bwrap: ['--map-root-user', '--unshare-user'], 'util-linux': ['--map-root-user'] }, remedy: namespaces },
  'no-nested-namespaces': { name: 'no further user namespaces', stops: 'a new namespace gives all rights in it, and reaches more code of the kernel', builtBy: { bwrap: ['--disable-userns'] }, remedy: 'install bubblewrap 0.8 or newer' },
  'own-root': { name: 'a root of its own', stops: 'files and sockets of the host are seen', builtBy: { bwrap: ['--mount'], 'util-linux': ['--mount', '$pivot_root'] }, remedy: mounts },
  'pid-namespace': { name: 'a process namespace', stops: 'processes of the host are seen and signalled; what it starts outlives it', builtBy: { bwrap: ['--pid', '--fork', '--unshare-all'], 'util-linux': ['--pid', '--fork'] }, remedy: namespaces },
  'network-namespace': namespace('a network namespace', 'services of the host and the network are reached, and abstract sockets', '--net'),
  'ipc-namespace': namespace('an IPC namespace', 'shared memory, queues and semaphores of the host are used', '--ipc'),
  'uts-namespace': { name: 'a name namespace', stops: 'the host\'s name is known', builtBy: { bwrap: ['--unshare-all', '--hostname'], 'util-linux': ['--uts', '$sethostname'] }, remedy: namespaces },
  'cgroup-namespace': namespace('a cgroup namespace', 'the host\'s control groups are seen', '--cgroup'),
  'no-proc': { name: 'no /proc', stops: 'processes and the kernel\'s settings are read', builtBy: { bwrap: ['--mount'], 'util-linux': ['--mount'] }, remedy: mounts },
  'no-devices': { name: 'no device but /dev/null', stops: 'terminals and other devices are opened', builtBy: { bwrap: ['--dev-bind', '/dev/null'], 'util-linux': ['/dev/null'] }, remedy: mounts },
  'read-only-root': { name: 'a root that is closed', stops: 'memory is filled with files outside of scratch', builtBy: { bwrap: ['--remount-ro'], 'util-linux': ['$REMOUNT | $RDONLY'] }, remedy: mounts },
  'read-only-input': { name: 'an image that cannot be changed', stops: 'another image is looked at than the one that was asked for', builtBy: { bwrap: ['--ro-bind'], 'util-linux': ['$RDONLY'] }, remedy: mounts },
  'read-only-scanner': { name: 'a scanner that cannot be changed', stops: 'one scan changes what the next one runs', builtBy: { bwrap: ['--ro-bind'], 'util-linux': ['$RDONLY'] }, remedy: mounts },
  'copied-database': { name: 'a copy of a database that is written to', stops: 'one scan changes what the next one finds', remedy: ours },
  'scratch-size': { name: 'a size of scratch', stops: 'memory is filled with files', builtBy: { bwrap: ['size='], 'util-linux': ['size='] }, remedy: mounts },
  'scratch-inodes': { name: 'a number of files in scratch', stops: 'memory of the kernel is filled with empty files', builtBy: { bwrap: ['nr_inodes='], 'util-linux': ['nr_inodes='] }, remedy: mounts },
  'scratch-noexec': { name: 'scratch that runs nothing', stops: 'programs of the image are run', builtBy: { bwrap: ['noexec'], 'util-linux': ['$NOEXEC'] }, remedy: mounts },
  'seccomp-processes': seccomp('seccomp: threads, no processes', 'limits for one process are got round by many'),
  'seccomp-sockets': seccomp('seccomp: no sockets', 'netlink and the hypervisor are spoken to, which no namespace cuts off'),
  'seccomp-forbidden': seccomp('seccomp: no calls that only attackers make', 'namespaces, mounts, tracing, keys, modules, BPF and io_uring are tried; whoever does is killed and reported'),
  'seccomp-unlisted': seccomp('seccomp: no calls but those that are known', 'memory outside of every limit is had (memfd, shared segments), and code of the kernel reached that no scanner needs'),
  'seccomp-arguments': seccomp('seccomp: no ioctl and prctl but a few', 'terminals and drivers are spoken to'),
  'seccomp-foreign': seccomp('seccomp: no calls in other numberings', 'the filter is got round with numbers of another processor'),
  'no-new-privileges': { name: 'no new privileges', stops: 'set-user-id programs give rights', builtBy: { bwrap: ['bwrap'], 'util-linux': ['no_new_privs'] }, remedy: filters },
  capabilities: { name: 'no capabilities', stops: 'rights of root within the namespaces are used against the kernel', builtBy: { bwrap: ['--cap-drop', 'ALL'], 'util-linux': ['$capset'] }, remedy: namespaces },
  environment: { name: 'an empty environment', stops: 'secrets of the service are read', builtBy: { bwrap: ['--clearenv'], 'util-linux': ['%ENV = %environment'] }, remedy: ours },
  descriptors: { name: 'no open files of the service', stops: 'files and connections that the service has open are used', builtBy: { bwrap: ['/proc/$$/fd'], 'util-linux': ['$close_range'] }, remedy: ours },
  'limit-core': limit('no memory dumps', 'a handler of dumps runs on the host, as root, over a hostile process', '--core='),
  'limit-open-files': limit('a limit of open files', 'the machine runs out of files', '--nofile='),
  'limit-threads': limit('a limit of threads', 'the machine runs out of threads', '--nproc='),
  'limit-file-size': limit('a limit of one file', 'one file takes all of scratch', '--fsize='),
  'limit-processor-time': limit('a limit of processor time', 'it spins for ever', '--cpu='),
  'limit-address-space': limit('a limit of address space', 'tables of the kernel fill memory', '--as='),
  'limit-data': limit('a limit of private memory', 'the machine runs out of memory', '--data='),
  'limit-locked-memory': limit('no locked memory', 'memory cannot be had back', '--memlock='),
  'limit-message-queues': limit('no message queues', 'memory of the kernel is filled with messages', '--msgqueue='),
  watchdog: { name: 'a watchdog over the memory of the whole tree', stops: 'shared memory, which no limit counts, takes the machine\'s', remedy: ours },
  'stdout-cap': { name: 'a limit of output', stops: 'the service runs out of memory over an endless report', remedy: ours },
  'stderr-cap': { name: 'a limit of complaints', stops: 'the service is kept busy with endless complaints', remedy: ours },
  deadline: { name: 'a deadline', stops: 'a slot is taken for ever', remedy: ours },
  'tree-kill': { name: 'the end of all processes at once', stops: 'something outlives the deadline', remedy: ours },
  'end-with-service': { name: 'an end with the service', stops: 'a scan goes on that nobody watches, when the service is killed', builtBy: { bwrap: ['--die-with-parent', '--kill-child', 'kill -s KILL'], 'util-linux': ['--pdeathsig', '--kill-child', 'kill -s KILL'] }, remedy: 'install util-linux (`setpriv`) and bubblewrap' },
  leftovers: { name: 'a start that cleans up', stops: 'images and databases of killed services fill the disk', remedy: ours },
} as const satisfies Record<string, Wall>;

export type WallId = keyof typeof walls;
export const wallIds = Object.keys(walls) as readonly WallId[];

/** Whether a driver has the wall. The service's own stand whatever the driver. */
export const hasWall = (id: WallId, driver: SandboxDriver, isRoot: boolean): boolean => {
  const { builtBy, needsRoot }: Wall = walls[id];
  return (builtBy === undefined || driver in builtBy) && (!needsRoot || isRoot);
};

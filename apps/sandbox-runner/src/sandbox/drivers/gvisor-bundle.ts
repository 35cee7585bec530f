import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DriverCommand } from './driver.ts';
import { startProgram } from './gvisor-start.ts';
import type { SandboxLimits } from '../sandbox.ts';
import type { Architecture } from './syscalls.ts';

interface Mount {
  destination: string;
  type: 'bind' | 'tmpfs';
  source: string;
  options: readonly string[];
}

const readOnly = (source: string, destination: string, more: readonly string[] = ['noexec']): Mount => ({
  destination,
  type: 'bind',
  source,
  options: ['bind', 'ro', 'nosuid', 'nodev', ...more],
});

/** Memory of the sentry, with a size. It does not count inodes, but each costs memory of its own, which is bounded. */
const scratch = (destination: string, bytes: number): Mount => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['noexec', 'nosuid', 'nodev', 'mode=0700', `size=${bytes}`],
});

/** An empty mount, where runsc would mount a /proc and a /sys of its own. */
const nothing = (destination: string): Mount => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['ro', 'noexec', 'nosuid', 'nodev', 'size=4096'],
});

/** runsc makes its own /dev in memory, against any setting; no other files can be made there. */
const closedDevices: Mount = {
  destination: '/dev',
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['ro', 'noexec', 'nosuid'],
};

const mountsOf = ({ staged: { program, input, database, caches, runtime }, limits }: DriverCommand): Mount[] => [
  nothing('/proc'),
  nothing('/sys'),
  closedDevices,
  scratch('/tmp', limits.scratchBytes),
  scratch('/cache', limits.scratchBytes),
  readOnly(program, '/scanner/scan', []),
  ...(input === undefined ? [] : [readOnly(input, '/input')]),
  ...(database === undefined
    ? []
    : [
        database.writable
          ? ({
              destination: '/cache/db',
              type: 'bind',
              source: database.path,
              options: ['bind', 'rw', 'noexec', 'nosuid', 'nodev'],
            } satisfies Mount)
          : readOnly(database.path, '/cache/db'),
      ]),
  ...caches.map(({ name, path }) => readOnly(path, `/cache/${name}`)),
  ...(runtime === undefined ? [] : [readOnly(runtime, '/runtime', [])]),
];

/** The sentry keeps these limits for the program; the sentry itself needs more. */
const limitsInside = (limits: SandboxLimits): { type: string; soft: number; hard: number }[] =>
  Object.entries({
    CORE: 1,
    NOFILE: limits.openFiles,
    NPROC: limits.processes,
    FSIZE: limits.fileBytes,
    CPU: limits.cpuSeconds,
    AS: limits.addressSpaceBytes,
    DATA: limits.dataBytes,
    MEMLOCK: 0,
    MSGQUEUE: 0,
  }).map(([name, most]) => ({ type: `RLIMIT_${name}`, soft: most, hard: most }));

/** The folder of a run that is a bundle of the OCI runtime specification. */
export const bundleIn = (folder: string): string => join(folder, 'bundle');

/**
 * The `config.json` for runsc. User 0 is the slot's user on the host, so that files of the slot are the scanner's; it
 * has no capability.
 */
export const configOf = (command: DriverCommand): object => ({
  ociVersion: '1.0.2',
  hostname: 'scan',
  root: { path: 'rootfs', readonly: true },
  process: {
    user: { uid: 0, gid: 0 },
    args: ['/scanner/start'],
    env: [],
    cwd: '/tmp',
    noNewPrivileges: true,
    capabilities: {},
    rlimits: limitsInside(command.limits),
  },
  mounts: mountsOf(command),
  linux: { namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
});

/**
 * Makes the bundle: its root has the mount points and the program to start. The slot's user can read it, and change
 * nothing.
 */
export const makeBundle = async (command: DriverCommand, filter: Buffer): Promise<void> => {
  const bundle = bundleIn(command.staged.folder);
  const root = join(bundle, 'rootfs');
  const folderFor = async (path: string): Promise<void> => {
    await mkdir(path, { recursive: true });
    // Undo the umask.
    for (let made = path; made !== command.staged.folder; made = dirname(made)) await chmod(made, 0o755);
  };
  for (const path of [
    'proc',
    'sys',
    'dev',
    'tmp',
    'cache/db',
    'input',
    'scanner',
    ...(command.staged.runtime === undefined ? [] : ['runtime']),
    ...command.staged.caches.map(({ name }) => `cache/${name}`),
  ])
    await folderFor(join(root, path));
  const write = async (path: string, content: string | Buffer, mode: number): Promise<void> => {
    await writeFile(path, content, { mode });
    await chmod(path, mode);
  };
  await write(join(root, 'scanner', 'scan'), '', 0o555);
  await write(join(root, 'scanner', 'start'), startProgram(process.arch as Architecture, filter, command.args), 0o555);
  await write(join(bundle, 'config.json'), JSON.stringify(configOf(command)), 0o444);
};

import type { SandboxCache, SandboxDriver, SandboxLimits } from '../sandbox.ts';
import type { ProgramPaths } from './tools.ts';

/** The files of a run on the host. */
export interface Staged {
  /** The run's own folder, removed with the run. */
  folder: string;
  program: string;
  input?: string;
  database?: { path: string; writable: boolean };
  caches: readonly SandboxCache[];
  runtime?: string;
}

export interface DriverCommand {
  staged: Staged;
  args: readonly string[];
  limits: SandboxLimits;
  tools: ProgramPaths;
}

/** A way to build the walls: the command line, and the sign that they stood when the program began. */
export interface Driver {
  readonly name: SandboxDriver;
  /** Programs of the machine that the driver needs. */
  readonly needs: readonly string[];
  /** The packages that an operator installs if a program is missing. */
  readonly remedy: string;
  /** Threads of the host that one thread of the scanner may take; 1 by default. */
  readonly hostThreads?: number;
  /** Whether the scanner's memory is in files of another process, which the watchdog then has to count. */
  readonly memoryFiles?: true;
  /** Makes the files that the command line names, in the folder of the run. */
  prepare?(command: DriverCommand, filter: Buffer): Promise<void>;
  commandLine(command: DriverCommand): [string, ...string[]];
  /** True if the program was started; otherwise the exit status is the driver's own. */
  started(status: string): boolean;
  /** Returns the program's own exit status, if the driver reports another one. */
  trueCode?(code: number, stderr: string): number;
}

/** Folders that every Linux has, and that hold nothing of its own (FHS 3.0). */
const mountPoints = ['/mnt', '/media', '/srv'] as const;

/**
 * Returns a folder on which a driver mounts the file systems of a run, in the run's own namespace. Nothing that the run
 * needs may be below it: the mount would hide it.
 */
export const mountPoint = ({
  staged: { folder, program, input, database, caches, runtime },
  tools,
}: Pick<DriverCommand, 'staged' | 'tools'>): string => {
  const needed = [
    folder,
    program,
    input,
    runtime,
    database?.path,
    ...caches.map(({ path }) => path),
    ...Object.values(tools),
  ];
  return mountPoints.find((point) => !needed.some((path) => path?.startsWith(`${point}/`))) ?? mountPoints[0];
};

/** The whole environment of the program. */
export const programEnvironment = {
  HOME: '/tmp',
  TMPDIR: '/tmp',
  PATH: '/scanner',
  LANG: 'C.UTF-8',
  GOMEMLIMIT: '1536MiB',
} as const;

/**
 * A core limit of 1, not 0: 0 does not stop a core pattern that is a pipe, and its handler would run on the host, as
 * root, over a hostile process.
 */
export const limitArguments = (limits: SandboxLimits): string[] =>
  Object.entries({
    core: 1,
    nofile: limits.openFiles,
    nproc: limits.processes,
    fsize: limits.fileBytes,
    cpu: limits.cpuSeconds,
    as: limits.addressSpaceBytes,
    data: limits.dataBytes,
    memlock: 0,
    msgqueue: 0,
  }).map(([name, most]) => `--${name}=${most}:${most}`);

/**
 * `unshare` ends by the signal that ended its child, but cannot do so with SIGKILL (a processor limit, the kernel out
 * of memory). Then it prints an error and exits with 1. A program that forges that error has failed either way.
 */
export const unsharedCode = (code: number, stderr: string): number =>
  code === 1 && /unshare: [^:]+: Invalid argument$/.test(stderr) ? 137 : code;

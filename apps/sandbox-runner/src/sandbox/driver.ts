import type { SandboxDriver, SandboxLimits } from './sandbox.ts';
import type { Staged } from './staging.ts';
import type { Tools } from './tools.ts';

export interface DriverCommand {
  staged: Staged;
  args: readonly string[];
  limits: SandboxLimits;
  tools: Tools;
}

/** A way to build the walls: the command line, and how it says that they stood when the program began. */
export interface Driver {
  readonly name: SandboxDriver;
  /** Programs of the machine that it is made of. */
  readonly needs: readonly string[];
  /** What an operator installs where one is missing. */
  readonly remedy: string;
  /** How many threads of the host one of the scanner's may take; one, if it is not said. */
  readonly hostThreads?: number;
  /** Whether the scanner's memory lies in files of another process, which the watchdog then has to count. */
  readonly memoryFiles?: true;
  /** Makes what the command line names, in the folder of the run. */
  prepare?(command: DriverCommand, filter: Buffer): Promise<void>;
  commandLine(command: DriverCommand): [string, ...string[]];
  /** Whether the program was started; otherwise the exit status is the driver's own. */
  started(status: string): boolean;
  /** The program's own exit status, where the driver hands on another one. */
  trueCode?(code: number, stderr: string): number;
}

/** Folders that every Linux has and nothing of its own lies in (FHS 3.0). */
const mountPoints = ['/mnt', '/media', '/srv'] as const;

/**
 * Where a driver mounts what it makes for a run, in the run's own namespace: nothing that the run needs may lie below,
 * for it would be hidden.
 */
export const mountPoint = ({
  staged: { folder, program, input, database, caches },
  tools,
}: Pick<DriverCommand, 'staged' | 'tools'>): string => {
  const needed = [folder, program, input, database?.path, ...caches.map(({ path }) => path), ...Object.values(tools)];
  return mountPoints.find((point) => !needed.some((path) => path?.startsWith(`${point}/`))) ?? mountPoints[0];
};

/** What the program finds in its environment, and nothing else. */
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
 * `unshare` ends by the signal that ended its child, but cannot do that with SIGKILL (a processor limit, the kernel
 * out of memory): it complains and exits with 1. A program that forges the complaint has failed either way.
 */
export const unsharedCode = (code: number, stderr: string): number =>
  code === 1 && /unshare: [^:]+: Invalid argument$/.test(stderr) ? 137 : code;

import type { Driver, DriverCommand } from '../../apps/sandbox-runner/src/sandbox/drivers/driver.ts';
import type { SandboxCommand, SandboxDriver } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import type { WallId } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import { withoutBwrap } from './without-bwrap.ts';
import { withoutUtilLinux } from './without-util-linux.ts';
import { Arguments, type Removal } from './arguments.ts';

export interface SourceChanges {
  readonly removed: ReadonlySet<WallId>;
  readonly shim: string;
  /** A prefix of the whole command line: what a careless service would hand on. */
  readonly prefix?: readonly string[];
  /** Arguments to leave out, because bubblewrap acts on them only after a while. */
  readonly late?: readonly string[];
  /** The original of the database. */
  readonly database?: string;
}

const removals: Readonly<Partial<Record<SandboxDriver, Partial<Record<WallId, Removal>>>>> = {
  bwrap: withoutBwrap,
  'util-linux': withoutUtilLinux,
};

const gibibyte = 2 ** 30;
/** A replacement for a removed limit, so that the machine survives the test: more than an attacker takes. */
const outerLimits: Readonly<Partial<Record<WallId, readonly [name: string, most: number]>>> = {
  'limit-core': ['core', 4_096],
  'limit-open-files': ['nofile', 4_096],
  'limit-threads': ['nproc', 400],
  'limit-file-size': ['fsize', 2 * gibibyte],
  'limit-processor-time': ['cpu', 60],
  'limit-address-space': ['as', 8 * gibibyte],
  'limit-data': ['data', 4 * gibibyte],
  'limit-locked-memory': ['memlock', 2 ** 20],
  'limit-message-queues': ['msgqueue', 819_200],
};
const outerScratch = { scratchBytes: 64 * 2 ** 20, scratchInodes: 5_000 };
const outerLaunch = {
  memoryBytes: 4 * gibibyte,
  stdoutBytes: 64 * 2 ** 20,
  stderrBytes: 64 * 2 ** 20,
  timeoutMs: 30_000,
};

/** Number of arguments of the watcher: `setpriv --pdeathsig KILL sh -c SCRIPT scan`. */
const watcherArgs = 7;

const commandWithout = (command: DriverCommand, { removed, database }: SourceChanges): DriverCommand => ({
  ...command,
  limits: {
    ...command.limits,
    ...(removed.has('scratch-size') ? { scratchBytes: outerScratch.scratchBytes } : {}),
    ...(removed.has('scratch-inodes') ? { scratchInodes: outerScratch.scratchInodes } : {}),
  },
  staged: {
    ...command.staged,
    ...(removed.has('copied-database') && database !== undefined
      ? { database: { path: database, writable: true } }
      : {}),
  },
});

/** A driver whose command line lacks walls. Only this test can remove walls. */
export const driverWithout = (driver: Driver, changes: SourceChanges): Driver => ({
  ...driver,
  commandLine: (command) => {
    const { removed, shim, prefix = [], late = [] } = changes;
    const args = new Arguments(driver.commandLine(commandWithout(command, changes)));
    for (const arg of late) if (args.all.includes(arg)) args.drop(arg);
    // Each cut runs once: five namespaces of bubblewrap share one argument.
    const cuts = new Set([...removed].map((wall) => removals[driver.name]?.[wall]).filter((cut) => cut !== undefined));
    for (const cut of cuts) cut({ args, removed, shim });
    for (const wall of removed) {
      const [name, most] = outerLimits[wall] ?? [];
      if (name !== undefined) args.replaceLike(`--${name}=`, `--${name}=${most}:${most}`);
    }
    if (removed.has('end-with-service')) {
      args.all.splice(0, watcherArgs);
      // A process that reports progress to an ended service may end of that. The timing is chance, not a wall.
      args.all.unshift('/bin/sh', '-c', 'exec "$@" 4>/dev/null', 'scan');
    }
    // The process leaves its parent and its known group.
    if (removed.has('tree-kill')) args.all.unshift('/bin/sh', '-c', '(setsid "$@" &); exec sleep 10', 'scan');
    return [...prefix, ...args.all] as [string, ...string[]];
  },
});

/** The limits that the service enforces itself are in its command, not in the driver's. */
export const runWithout = (command: SandboxCommand, removed: ReadonlySet<WallId>): SandboxCommand => ({
  ...command,
  ...(removed.has('deadline') ? { timeoutMs: outerLaunch.timeoutMs } : {}),
  limits: {
    ...command.limits,
    ...(removed.has('watchdog') ? { memoryBytes: outerLaunch.memoryBytes } : {}),
    ...(removed.has('stdout-cap') ? { stdoutBytes: outerLaunch.stdoutBytes } : {}),
    ...(removed.has('stderr-cap') ? { stderrBytes: outerLaunch.stderrBytes } : {}),
  },
});

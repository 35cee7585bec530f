import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '@assay/events';
import type { ValueOf } from '@assay/settings';
import { sandboxSettings } from '../settings.ts';
import { bwrap } from './drivers/bwrap.ts';
import { openGroups, type FoundGroups } from './run/cgroup.ts';
import { DrivenSandbox } from './run/driven-sandbox.ts';
import type { Driver } from './drivers/driver.ts';
import { gvisor } from './drivers/gvisor.ts';
import { emptyProgram } from './drivers/elf.ts';
import { openRunDirectory } from './run/run-directory.ts';
import { SandboxError, type Sandbox } from './sandbox.ts';
import { seccompFilter, type Filtered } from './drivers/seccomp.ts';
import { SandboxSlots } from './run/slots.ts';
import { Staging } from './run/staging.ts';
import { architectures, type Architecture } from './drivers/syscalls.ts';
import { findTools } from './drivers/tools.ts';
import { utilLinux } from './drivers/util-linux.ts';

/** The best driver first. */
const drivers: readonly Driver[] = [bwrap, utilLinux];
/** Drivers that must be configured, because they cost time in each scan. */
const onRequest: readonly Driver[] = [gvisor('systrap'), gvisor('ptrace')];

const startTimeoutMs = 10_000;

type SandboxSettings = ValueOf<typeof sandboxSettings>;

/** Shared by all drivers of a process: the folder, the slots, the control groups and the filter. */
interface Ground {
  filters: Readonly<Record<Filtered, Buffer>>;
  slots: SandboxSlots;
  staging: Staging;
  groups: FoundGroups;
  directory: string;
}

const openGround = async (given: SandboxSettings, architecture: Architecture): Promise<Ground> => {
  const { slots: count, firstUser } = given;
  const groups = await openGroups(given.cgroup);
  const directory = await openRunDirectory(given.runDirectory);
  // The next process removes what a killed one leaves.
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    filters: { scanner: seccompFilter(architecture), node: seccompFilter(architecture, 'node') },
    // Each scan runs with its witness.
    slots: new SandboxSlots({ count: 2 * count, ...(process.getuid?.() === 0 ? { firstUser } : {}) }),
    staging: new Staging(directory),
    groups,
  };
};

const architectureHere = (): Architecture => {
  if (process.platform === 'linux' && process.arch in architectures) return process.arch as Architecture;
  throw new SandboxError(
    'sandbox-unsupported-platform',
    `no sandbox for ${process.platform} on ${process.arch}`,
    'run Assay on Linux on x86-64 or arm64, in a virtual machine if need be',
  );
};

/** Checks that a driver is present and that it starts: a kernel may refuse the namespaces. */
const tryDriver = async (
  driver: Driver,
  ground: Ground,
  env: NodeJS.ProcessEnv,
  architecture: Architecture,
): Promise<Sandbox> => {
  const { tools, missing } = findTools(driver.needs, env);
  if (missing.length > 0)
    throw new SandboxError('sandbox-missing', `the ${driver.name} sandbox needs ${missing.join(', ')}`, driver.remedy);
  const sandbox = new DrivenSandbox({ driver, tools, ...ground });
  const folder = await mkdtemp(join(ground.directory, 'start-'));
  const program = join(folder, 'empty');
  try {
    await writeFile(program, emptyProgram(architecture), { mode: 0o755 });
    const { ended, code, stderr } = await sandbox.run({ program, args: [], timeoutMs: startTimeoutMs });
    if (ended === 'exited' && code === 0) return sandbox;
    throw new SandboxError(
      'sandbox-cannot-start',
      `the ${driver.name} sandbox does not run a program: ${ended} ${code ?? ''} ${stderr}`.trim(),
      driver.remedy,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const candidates = ({ driver: forced }: SandboxSettings): readonly Driver[] => {
  if (!forced) return drivers;
  const all = [...drivers, ...onRequest];
  const matching = all.filter(({ name }) => name === forced);
  if (matching.length > 0) return matching;
  throw new SandboxError(
    'sandbox-unknown-driver',
    `ASSAY_SANDBOX_DRIVER is '${forced}', but there is no such driver`,
    `set it to ${[...new Set(all.map(({ name }) => name))].join(', ')}, or unset it`,
  );
};

/**
 * Finds the best sandbox that this machine can start. Call it once per process: slots are counted per caller.
 *
 * @throws SandboxError if there is none, or the configured one does not start. Nothing is ever run without a sandbox
 */
export const findSandbox = async (env: NodeJS.ProcessEnv): Promise<Sandbox> => {
  const given = sandboxSettings.read(env);
  const choices = candidates(given);
  const architecture = architectureHere();
  const ground = await openGround(given, architecture);
  const failures: SandboxError[] = [];
  for (const driver of choices) {
    try {
      return await tryDriver(driver, ground, env, architecture);
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      failures.push(error);
    }
  }
  const worst = failures.find(({ code }) => code !== 'sandbox-missing') ?? at(failures, 0);
  throw new SandboxError(worst.code, failures.map(({ message }) => message).join('; '), worst.remedy);
};

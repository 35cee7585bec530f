import { findSandbox, type Sandbox, type SandboxDriver } from '../src/sandbox/index.ts';
import { whereIs } from '../src/sandbox/tools.ts';

// A bare machine has no bubblewrap, and its tests must pass too; but nobody shall believe that both were tested there.
const hasBubblewrap = whereIs('bwrap', process.env) !== undefined;

export const driversHere: readonly SandboxDriver[] = hasBubblewrap ? ['bwrap', 'util-linux'] : ['util-linux'];

export const announceDrivers = (): void => {
  process.stdout.write(`sandbox drivers tested: ${driversHere.join(', ')}${hasBubblewrap ? '' : ' (install bubblewrap to test bwrap as well)'}\n`);
};

export const sandboxBy = (driver: SandboxDriver, env: NodeJS.ProcessEnv = {}): Promise<Sandbox> => findSandbox({ ...process.env, ...env, ASSAY_SANDBOX_DRIVER: driver });

import { findSandbox, type Sandbox, type SandboxDriver } from '../src/sandbox/index.ts';
import { whereIs } from '../src/sandbox/drivers/tools.ts';
import { firstUser } from './users.ts';

// A bare machine has no bubblewrap, and its tests must pass too. The output shows which drivers were tested.
const hasBubblewrap = whereIs('bwrap', process.env) !== undefined;

const everywhere: readonly SandboxDriver[] = hasBubblewrap ? ['bwrap', 'util-linux'] : ['util-linux'];
/** `npm run test:gvisor` selects gVisor, and has made it available. */
export const driversHere: readonly SandboxDriver[] = process.env['ASSAY_TEST_GVISOR'] ? ['gvisor'] : everywhere;

export const announceDrivers = (): void => {
  process.stdout.write(
    'sandbox drivers tested: ' +
      `${driversHere.join(', ')}${hasBubblewrap ? '' : ' (install bubblewrap to test bwrap as well)'}\n`,
  );
};

export const sandboxBy = (driver: SandboxDriver, env: NodeJS.ProcessEnv = {}): Promise<Sandbox> =>
  findSandbox({ ...process.env, ASSAY_SANDBOX_FIRST_USER: String(firstUser), ...env, ASSAY_SANDBOX_DRIVER: driver });

import { findSandbox } from '../src/sandbox/index.js';
import { whereIs } from '../src/sandbox/tools.js';
// A bare machine has no bubblewrap, and its tests must pass too; but nobody shall believe that both were tested there.
const hasBubblewrap = whereIs('bwrap', process.env) !== undefined;
export const driversHere = hasBubblewrap ? ['bwrap', 'util-linux'] : ['util-linux'];
export const announceDrivers = () => {
    process.stdout.write(`sandbox drivers tested: ${driversHere.join(', ')}${hasBubblewrap ? '' : ' (install bubblewrap to test bwrap as well)'}\n`);
};
export const sandboxBy = (driver, env = {}) => findSandbox({ ...process.env, ...env, ASSAY_SANDBOX_DRIVER: driver });
//# sourceMappingURL=sandboxes.js.map
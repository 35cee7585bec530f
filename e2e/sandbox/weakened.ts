import { bwrap } from '../../apps/sandbox-runner/src/sandbox/drivers/bwrap.ts';
import { DrivenSandbox } from '../../apps/sandbox-runner/src/sandbox/run/driven-sandbox.ts';
import type { Driver } from '../../apps/sandbox-runner/src/sandbox/drivers/driver.ts';
import { gvisor } from '../../apps/sandbox-runner/src/sandbox/drivers/gvisor.ts';
import type { Sandbox, SandboxDriver } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import { SandboxSlots } from '../../apps/sandbox-runner/src/sandbox/run/slots.ts';
import type { Staging } from '../../apps/sandbox-runner/src/sandbox/run/staging.ts';
import type { Architecture } from '../../apps/sandbox-runner/src/sandbox/drivers/syscalls.ts';
import { findTools } from '../../apps/sandbox-runner/src/sandbox/drivers/tools.ts';
import { utilLinux } from '../../apps/sandbox-runner/src/sandbox/drivers/util-linux.ts';
import { filterWithout } from './filter.ts';
import { driverWithout, runWithout, type SourceChanges } from './without.ts';

const drivers: readonly Driver[] = [bwrap, utilLinux, gvisor('systrap')];

export interface WeakPlace {
  readonly driver: SandboxDriver;
  readonly staging: Staging;
  /** Host user of the slot; none without root. */
  readonly user?: number;
}

/** The sandbox of the service, built from its own parts, without the given walls. */
export const weakened = ({ driver: name, staging, user }: WeakPlace, changes: SourceChanges): Pick<Sandbox, 'run'> => {
  const driver = drivers.find((one) => one.name === name);
  if (driver === undefined) throw new Error(`no attacks are written for the driver ${name}`);
  const { removed } = changes;
  const hasUser = user !== undefined && !removed.has('slot-user') && !removed.has('user-namespace');
  const filter = filterWithout(removed, process.arch as Architecture);
  const sandbox = new DrivenSandbox({
    driver: driverWithout(driver, changes),
    tools: findTools(driver.needs, process.env).tools,
    filters: { scanner: filter, node: filter },
    slots: new SandboxSlots({ count: 1, ...(hasUser ? { firstUser: user } : {}) }),
    staging,
    // Only the walls that stand on every machine; a control group would stand in front of some of them.
    groups: { why: 'the test does without' },
  });
  return { run: (command, signal) => sandbox.run(runWithout(command, removed), signal) };
};

import { describe, expect, it } from 'vitest';
import { bwrap } from '../../apps/sandbox-runner/src/sandbox/drivers/bwrap.ts';
import { defaultLimits } from '../../apps/sandbox-runner/src/sandbox/sandbox.ts';
import { encode, filterProgram } from '../../apps/sandbox-runner/src/sandbox/drivers/seccomp.ts';
import { utilLinux } from '../../apps/sandbox-runner/src/sandbox/drivers/util-linux.ts';
import { hasWall, wallIds } from '../../apps/sandbox-runner/src/sandbox/walls/walls.ts';
import { attacks } from '../sandbox/attacks/index.ts';
import { filterWithout } from '../sandbox/filter.ts';
import { driverWithout } from '../sandbox/without.ts';

// `npm run test:sandbox` needs a compiler and takes minutes. Whether it covers every wall can be checked without
// either.
describe.each([bwrap, utilLinux])('the attacks on the $name sandbox', (driver) => {
  const command = {
    staged: { folder: '/run', program: '/run/scan', input: '/run/input', caches: [] },
    args: [],
    limits: defaultLimits,
    tools: Object.fromEntries(driver.needs.map((name) => [name, `/opt/tools/${name}`])),
  };

  it('meet every wall', () => {
    const met = new Set(attacks.flatMap(({ stoppedBy }) => stoppedBy));
    expect(wallIds.filter((wall) => hasWall(wall, driver.name, true) && !met.has(wall))).toEqual([]);
  });

  it('meet the sandbox of the service where no wall is taken away', () => {
    expect(driverWithout(driver, { removed: new Set(), shim: '' }).commandLine(command)).toEqual(
      driver.commandLine(command),
    );
    for (const architecture of ['x64', 'arm64'] as const)
      expect(filterWithout(new Set(), architecture)).toEqual(encode(filterProgram(architecture)));
  });

  it('meet another command line or filter for want of each wall that the driver builds', () => {
    const withDatabase = { ...command, staged: { ...command.staged, database: { path: '/copy', writable: true } } };
    for (const wall of wallIds.filter((id) => hasWall(id, driver.name, true))) {
      const removed = new Set([wall]);
      const line = JSON.stringify(
        driverWithout(driver, { removed, shim: '/shim.so', database: '/database' }).commandLine(withDatabase),
      );
      const isOther =
        line !== JSON.stringify(driver.commandLine(withDatabase)) ||
        !filterWithout(removed, 'x64').equals(encode(filterProgram('x64')));
      // Walls of the service itself are removed in its own parts: the slot's user, the limits that it enforces, its
      // start.
      expect(
        isOther || ['slot-user', 'watchdog', 'stdout-cap', 'stderr-cap', 'deadline', 'leftovers'].includes(wall),
        wall,
      ).toBe(true);
    }
  });
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bwrap } from '../drivers/bwrap.ts';
import type { Driver } from '../drivers/driver.ts';
import { configOf } from '../drivers/gvisor-bundle.ts';
import { gvisor } from '../drivers/gvisor.ts';
import { defaultLimits, type SandboxBounds } from '../sandbox.ts';
import { utilLinux } from '../drivers/util-linux.ts';
import { hasWall, wallIds, walls, type Wall } from './walls.ts';

/** Includes the bundle, which also configures runsc. */
const commandLine = (driver: Driver): string => {
  const command = {
    staged: { folder: '/run', program: '/run/scan', input: '/run/input', caches: [] },
    args: [],
    limits: defaultLimits,
    tools: Object.fromEntries(driver.needs.map((name) => [name, `/usr/bin/${name}`])),
  };
  return [
    ...driver.commandLine(command),
    ...(driver.name === 'gvisor' ? [JSON.stringify(configOf(command))] : []),
  ].join(' ');
};

it.each([bwrap, utilLinux, gvisor('systrap')])(
  'the command line of $name has the arguments of each wall that it builds',
  (driver) => {
    const line = commandLine(driver);
    for (const id of wallIds) {
      const { builtBy }: Wall = walls[id];
      for (const argument of builtBy?.[driver.name] ?? []) expect(line, `${id}: ${argument}`).toContain(argument);
    }
  },
);

it('hasWall knows the walls of control groups by what bounds the runs, each by itself', () => {
  const grouped = (bounds?: SandboxBounds) =>
    wallIds.filter((id) => (id.startsWith('group-') || id === 'watchdog') && hasWall(id, 'bwrap', true, bounds));
  expect(grouped()).toEqual(['watchdog']);
  expect(
    grouped({ memory: 'watchdog', processes: 'rlimit', processor: 'rlimit', end: 'process group', why: 'none' }),
  ).toEqual(['watchdog']);
  expect(grouped({ memory: 'watchdog', processes: 'cgroup', processor: 'rlimit', end: 'cgroup' })).toEqual([
    'group-processes',
    'group-end',
    'watchdog',
  ]);
  expect(grouped({ memory: 'cgroup', processes: 'rlimit', processor: 'rlimit', end: 'cgroup' })).toEqual([
    'group-memory',
    'group-end',
  ]);
});

/** The drivers that build the wall. */
const builders = ({ builtBy, needsGroup }: Wall): string =>
  needsGroup ? 'the kernel, in a control group' : builtBy ? Object.keys(builtBy).join(', ') : 'the service';

it('the list of walls is the one of docs/security.md', () => {
  const document = readFileSync(new URL('../../../../../docs/security.md', import.meta.url), 'utf8');
  const [, table = ''] =
    /\n## Walls of the sandbox\n[^]*?\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)/.exec(document) ?? [];
  expect(table.trim().split('\n')).toEqual(
    wallIds.map((id): string => {
      const wall: Wall = walls[id];
      return `| ${wall.name} | ${wall.stops} | ${builders(wall)} |`;
    }),
  );
});

import { expect, it } from 'vitest';
import { bwrap } from './bwrap.ts';
import type { Driver } from './driver.ts';
import { defaultLimits } from './sandbox.ts';
import { utilLinux } from './util-linux.ts';
import { wallIds, walls, type Wall } from './walls.ts';

const commandLine = (driver: Driver): string => driver.commandLine({
  staged: { folder: '/run', program: '/run/scan', input: '/run/input', caches: [] }, args: [], limits: defaultLimits, tools: Object.fromEntries(driver.needs.map((name) => [name, `/usr/bin/${name}`])),
}).join(' ');

it.each([bwrap, utilLinux])('the command line of $name has the words of each wall that it builds', (driver) => {
  const line = commandLine(driver);
  for (const id of wallIds) {
    const { builtBy }: Wall = walls[id];
    for (const word of builtBy?.[driver.name] ?? []) expect(line, `${id}: ${word}`).toContain(word);
  }
});

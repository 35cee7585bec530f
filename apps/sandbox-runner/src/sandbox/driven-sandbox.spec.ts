import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bwrap } from './bwrap.ts';
import type { ScanGroups } from './cgroup.ts';
import { DrivenSandbox } from './driven-sandbox.ts';
import { gvisor } from './gvisor.ts';
import { seccompFilter } from './seccomp.ts';
import { SandboxSlots } from './slots.ts';
import { Staging } from './staging.ts';
import type { Architecture } from './syscalls.ts';

it.each([[bwrap, 40], [gvisor('systrap'), 320]])('gives the group of a run room for what the driver needs, and runs nothing without it: $name', async (driver, processes) => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-driven-'));
  const asked: number[] = [];
  const groups = { bounded: new Set(['pids']), begin: (limits: { processes: number }) => { asked.push(limits.processes); throw new Error('no group'); } } as unknown as ScanGroups;
  try {
    await writeFile(join(folder, 'scan'), '');
    const sandbox = new DrivenSandbox({ driver, tools: {}, filter: seccompFilter(process.arch as Architecture), slots: new SandboxSlots({ count: 1 }), staging: new Staging(folder), groups: { groups } });
    expect(sandbox.bounds).toEqual({ memory: 'watchdog', processes: 'cgroup', processor: 'rlimit', end: 'cgroup' });
    await expect(sandbox.run({ program: join(folder, 'scan'), args: [], timeoutMs: 1_000, limits: { processes: 40 } })).rejects.toMatchObject({ code: 'sandbox-cannot-start', message: expect.stringContaining('no group') as string });
    expect(asked).toEqual([processes]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

import { chmod, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { patienceMs } from '@assay/testing';
import { driversHere, sandboxBy } from '../../../test/sandboxes.ts';
import { bwrap } from '../drivers/bwrap.ts';
import type { ScanGroups } from './cgroup.ts';
import { DrivenSandbox } from './driven-sandbox.ts';
import { gvisor } from '../drivers/gvisor.ts';
import { emptyProgram } from '../drivers/elf.ts';
import { seccompFilter } from '../drivers/seccomp.ts';
import { SandboxSlots } from './slots.ts';
import { Staging } from './staging.ts';
import type { Architecture } from '../drivers/syscalls.ts';

it.each([
  [bwrap, 40],
  [gvisor('systrap'), 320],
])(
  'the group of a run has room for the driver itself, and nothing runs without a group: $name',
  async (driver, processes) => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-driven-'));
    const requested: number[] = [];
    const groups = {
      bounded: new Set(['pids']),
      begin: (limits: { processes: number }) => {
        requested.push(limits.processes);
        throw new Error('no group');
      },
    } as unknown as ScanGroups;
    try {
      await writeFile(join(folder, 'scan'), '');
      const sandbox = new DrivenSandbox({
        driver,
        tools: {},
        filters: {
          scanner: seccompFilter(process.arch as Architecture),
          node: seccompFilter(process.arch as Architecture, 'node'),
        },
        slots: new SandboxSlots({ count: 1 }),
        staging: new Staging(folder),
        groups: { groups },
      });
      expect(sandbox.bounds).toEqual({ memory: 'watchdog', processes: 'cgroup', processor: 'rlimit', end: 'cgroup' });
      await expect(
        sandbox.run({ program: join(folder, 'scan'), args: [], timeoutMs: patienceMs, limits: { processes: 40 } }),
      ).rejects.toMatchObject({ code: 'sandbox-cannot-start', message: expect.stringContaining('no group') as string });
      expect(requested).toEqual([processes]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

describe.each(driversHere)('a program that another process holds open for writing, in the %s sandbox', (driver) => {
  const held = async (): Promise<{ program: string; letGo: () => void }> => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-busy-'));
    await chmod(folder, 0o711);
    const program = join(folder, 'program');
    await writeFile(program, emptyProgram(process.arch as Architecture), { mode: 0o755 });
    const file = await open(program, 'r+');
    onTestFinished(async () => {
      await file.close();
      await rm(folder, { recursive: true, force: true });
    });
    return { program, letGo: () => void file.close() };
  };

  it('is started once it is closed', async () => {
    const { program, letGo } = await held();
    const sandbox = await sandboxBy(driver);
    const running = sandbox.run({ program, args: [], timeoutMs: patienceMs });
    setTimeout(letGo, 150);
    expect(await running).toMatchObject({ ended: 'exited', code: 0 });
  });

  it('is given up after a while with the reason', async () => {
    const { program } = await held();
    await expect((await sandboxBy(driver)).run({ program, args: [], timeoutMs: patienceMs })).rejects.toMatchObject({
      code: 'sandbox-cannot-start',
      retriable: true,
      message: expect.stringMatching(/did not start: .*(ETXTBSY|Text file busy)/) as string,
    });
  });
});

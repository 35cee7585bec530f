import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patienceMs } from '@assay/testing';
import { selfTest, type Sandbox } from '../index.ts';
import { groupForTest, removeGroup } from '../../../test/groups.ts';
import { hostile, programFile } from '../../../test/hostile-programs.ts';
import { sandboxBy } from '../../../test/sandboxes.ts';

const mebibyte = 2 ** 20;
const firstUser = 64_000;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-gvisor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The state of each process of the slots' users; the host does not see the processes inside. */
const ofSlots = async (): Promise<string[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const states = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')));
  return states.filter(
    (state) =>
      new RegExp(`^Uid:\\s+${firstUser.toString().slice(0, 3)}\\d\\d\\s`, 'm').test(state) &&
      !/^State:\s+Z/m.test(state),
  );
};

it('a gVisor sandbox runs in a control group like the others, if there is one', async () => {
  const tried = groupForTest('gvisor');
  if ('why' in tried) {
    expect((await sandboxBy('gvisor')).bounds).toMatchObject({
      end: 'process group',
      why: expect.any(String) as string,
    });
    return;
  }
  const grouped = await sandboxBy('gvisor', { ASSAY_SANDBOX_CGROUP: tried.path });
  expect(grouped.bounds).toMatchObject({ end: 'cgroup' });
  expect(await selfTest(grouped)).toMatchObject({ passed: true });
  await expect.poll(() => removeGroup(tried.path)).toBeUndefined();
});

describe('the gVisor sandbox', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sandboxBy('gvisor', { ASSAY_SANDBOX_FIRST_USER: String(firstUser) });
  });
  const run = async (name: keyof typeof hostile, limits = {}, signal?: AbortSignal) =>
    sandbox.run(
      { program: await programFile(folder, name, hostile[name] as never), args: [], timeoutMs: patienceMs, limits },
      signal,
    );

  it('bounds private memory by the limit of the whole sandbox', async () => {
    expect(await run('takesMemory', { memoryBytes: 256 * mebibyte })).toMatchObject({
      ended: 'killed',
      killedFor: 'memory',
    });
  });

  it('stops private memory at the address space', async () => {
    const { code, stdout } = await run('takesMemory', { addressSpaceBytes: 256 * mebibyte });
    expect(code).toBe(0);
    expect(Number(stdout.readBigInt64LE(0))).toBeGreaterThanOrEqual(13);
    expect(Number(stdout.readBigInt64LE(0))).toBeLessThanOrEqual(16);
  });

  it("has the slot's user on the host, no rights and its own filter", async () => {
    const cancel = new AbortController();
    const running = run('sleeps', {}, cancel.signal);
    let kernel: string | undefined;
    await expect
      .poll(async () => (kernel = (await ofSlots()).find((state) => /^Seccomp:\s+2$/m.test(state))))
      .toBeDefined();
    cancel.abort();
    await running;
    expect(kernel).toMatch(/^NoNewPrivs:\s+1$/m);
    await expect.poll(ofSlots).toEqual([]);
  });

  it('does not outlive the service, even one that is killed', async () => {
    const program = await programFile(folder, 'doomed', hostile.sleeps);
    const service = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../../test/doomed-service.ts'), program, 'marker'],
      {
        env: { ...process.env, ASSAY_SANDBOX_DRIVER: 'gvisor', ASSAY_SANDBOX_FIRST_USER: String(firstUser) },
        stdio: 'ignore',
      },
    );
    await expect.poll(async () => (await ofSlots()).length).toBeGreaterThan(4);
    service.kill('SIGKILL');
    await expect.poll(ofSlots).toEqual([]);
  });
});

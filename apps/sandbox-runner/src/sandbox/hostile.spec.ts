import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patienceMs } from '@assay/testing';
import type { Sandbox, SandboxCommand, SandboxRun } from './index.ts';
import { announceDrivers, driversHere, sandboxBy } from '../../test/sandboxes.ts';
import { hostile, programFile } from '../../test/hostile-programs.ts';
import { firstUser, usersEach } from '../../test/users.ts';

const mebibyte = 2 ** 20;
let folder: string;
beforeAll(async () => {
  announceDrivers();
  folder = await mkdtemp(join(tmpdir(), 'assay-hostile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let made = 0;
type Hostile = Parameters<typeof programFile>[2];
const countIn = ({ stdout }: SandboxRun): number => Number(stdout.readBigInt64LE(0));

/** Processes of the machine that were started with this argument. */
const processesWith = async (marker: string): Promise<string[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, at) => lines[at]!.split('\0').includes(marker));
};

/** The scanners themselves, without the processes that build the sandbox. */
const scannersWith = async (marker: string): Promise<string[]> => {
  const pids = await processesWith(marker);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, at) => lines[at]!.startsWith('/scanner/scan\0'));
};

const until = async <Value>(look: () => Promise<Value | undefined>): Promise<Value> => {
  for (
    const end = Date.now() + patienceMs;
    Date.now() < end;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    })
  ) {
    const value = await look();
    if (value !== undefined) return value;
  }
  throw new Error('it did not happen in time');
};

describe.each(driversHere)('a hostile program in the %s sandbox', (driver) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sandboxBy(driver);
  });

  const run = async (
    write: Hostile,
    command: Partial<SandboxCommand> = {},
    signal?: AbortSignal,
  ): Promise<SandboxRun> =>
    sandbox.run(
      { program: await programFile(folder, `program-${made++}`, write), args: [], timeoutMs: patienceMs, ...command },
      signal,
    );

  it('that ends well is reported with its status and its output', async () => {
    expect(await run(hostile.prints('hello'))).toMatchObject({
      ended: 'exited',
      code: 0,
      stdout: Buffer.from('hello'),
      stderr: '',
      securityViolation: false,
    });
    expect(await run(hostile.exits(7))).toMatchObject({ ended: 'exited', code: 7 });
  });

  it('that colours its stderr does not reach a terminal with it', async () => {
    const { stderr } = await run(hostile.warns('one\u001b[31m\n\u0007two\u202e\u0000three'));
    expect(stderr).toBe('one[31m twothree');
  });

  it('that floods its output is killed at the limit', async () => {
    const flooded = await run(hostile.floods(1), { limits: { stdoutBytes: 4 * mebibyte } });
    expect(flooded).toMatchObject({ ended: 'killed', killedFor: 'stdout' });
    expect(flooded.stdout.length).toBeLessThanOrEqual(4 * mebibyte);
    expect(await run(hostile.floods(2))).toMatchObject({ ended: 'killed', killedFor: 'stderr' });
  });

  it.each([
    ['sleeps', hostile.sleeps],
    ['spins', hostile.spins],
    ['ignores all signals', hostile.ignoresSignals],
  ] as const)('that %s is killed at the wall clock, and nothing is left', async (what, write) => {
    const marker = `marker-${process.pid}-${driver}-${what}`;
    const hung = await run(write, { timeoutMs: 600, args: [marker] });
    expect(hung).toMatchObject({ ended: 'killed', killedFor: 'timeout' });
    expect(hung.wallMs).toBeGreaterThan(590);
    await until(async () => ((await processesWith(marker)).length === 0 ? true : undefined));
  });

  it('that is killed, or ends, leaves no zombie behind', async () => {
    if (process.getuid?.() !== 0) return; // The user is shared.
    // Zombies count too, until another process has waited for them.
    const left = async () => {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const users = await Promise.all(
        pids.map(async (pid) =>
          Number(/^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))?.[1]),
        ),
      );
      return users.filter((user) => user >= firstUser && user < firstUser + usersEach);
    };
    // Wait for the processes of earlier tests.
    await until(async () => ((await left()).length === 0 ? true : undefined));
    expect(await run(hostile.sleeps, { timeoutMs: 800 })).toMatchObject({ killedFor: 'timeout' });
    expect(await left()).toEqual([]);
    await run(hostile.exits(0));
    expect(await left()).toEqual([]);
  });

  it('that spins is stopped by its processor limit as well', async () => {
    expect(await run(hostile.spins, { limits: { cpuSeconds: 1 } })).toMatchObject({ ended: 'signalled', code: 137 });
  });

  it('is killed when its scan is cancelled, before or after it began', async () => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 200);
    const cancelled = await run(hostile.sleeps, {}, cancel.signal);
    expect(cancelled).toMatchObject({ ended: 'killed', killedFor: 'cancelled' });
    expect(await run(hostile.sleeps, {}, AbortSignal.abort())).toMatchObject({
      ended: 'killed',
      killedFor: 'cancelled',
    });
  });

  it('that crashes is distinguished from one that ends badly', async () => {
    expect(await run(hostile.crashes)).toMatchObject({ ended: 'signalled', code: 139, securityViolation: false });
  });

  it('that makes a forbidden call is killed and reported', async () => {
    expect(await run(hostile.breaksIn)).toMatchObject({ ended: 'signalled', code: 159, securityViolation: true });
  });

  it('that forks has no children', async () => {
    expect(countIn(await run(hostile.forks))).toBe(0);
  });

  it('that makes threads stops at its limit', async () => {
    const threads = countIn(await run(hostile.makesThreads, { limits: { processes: 32 } }));
    expect(threads).toBeGreaterThan(8);
    expect(threads).toBeLessThan(process.getuid?.() === 0 ? 32 : 32 * 64);
  });

  // gVisor's kernel counts neither: it bounds memory instead, which gvisor.gvisor.spec.ts tests.
  if (driver !== 'gvisor')
    it('that takes private memory gets no more than its limit', async () => {
      const taken = await run(hostile.takesMemory, { limits: { dataBytes: 256 * mebibyte } });
      expect(countIn(taken)).toBeGreaterThanOrEqual(14);
      expect(countIn(taken)).toBeLessThanOrEqual(16);
    });

  it('that takes shared memory, which no limit of its own counts, is killed by the watchdog', async () => {
    const taken = await run(hostile.sharesMemory, {
      limits: { memoryBytes: 256 * mebibyte, addressSpaceBytes: 1024 * mebibyte },
    });
    expect(taken).toMatchObject({ ended: 'killed', killedFor: 'memory' });
    expect(taken.peakRssBytes).toBeGreaterThan(256 * mebibyte);
  });

  it('that fills the disk stops at the size of its scratch', async () => {
    expect(countIn(await run(hostile.fillsDisk, { limits: { scratchBytes: 8 * mebibyte } }))).toBeLessThanOrEqual(8);
  });

  if (driver !== 'gvisor')
    it('that makes files without content stops at the number of inodes', async () => {
      const files = countIn(await run(hostile.makesFiles, { limits: { scratchInodes: 60 } }));
      expect(files).toBeGreaterThan(40);
      expect(files).toBeLessThan(60);
    });

  it('cannot raise its limits', async () => {
    expect(countIn(await run(hostile.raisesItsLimits))).toBe(-1);
  });

  // The host sees no scanner in gVisor, only its kernel.
  if (driver !== 'gvisor')
    it('has no rights, no secrets and a user of its own, as the host sees it', async () => {
      const marker = `marker-${process.pid}-${driver}-seen`;
      const cancel = new AbortController();
      process.env['ASSAY_TEST_SECRET'] = 'hunter2';
      const running = run(hostile.sleeps, { args: [marker] }, cancel.signal);
      const pid = await until(async () => (await scannersWith(marker))[0]);
      const [status, environment] = await Promise.all([
        readFile(`/proc/${pid}/status`, 'utf8'),
        readFile(`/proc/${pid}/environ`, 'utf8'),
      ]);
      cancel.abort();
      await running;
      delete process.env['ASSAY_TEST_SECRET'];
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(status).toMatch(/^Seccomp:\s+2$/m);
      if (process.getuid?.() === 0)
        expect(Number(/^Uid:\s+(\d+)\s/m.exec(status)?.[1])).toBeGreaterThanOrEqual(firstUser);
      expect(
        environment
          .split('\0')
          .map((pair) => pair.split('=')[0])
          .filter(Boolean)
          .toSorted(),
      ).toEqual(['GOMEMLIMIT', 'HOME', 'LANG', 'PATH', 'TMPDIR', ...(driver === 'bwrap' ? ['PWD'] : [])].toSorted());
      expect(environment).not.toContain('hunter2');
    });

  it('reads what it is given and changes none of it, not even a database that it may write to', async () => {
    const database = await mkdtemp(join(folder, 'database-'));
    await writeFile(join(database, 'trivy.db'), 'original');
    // The program makes its files in /cache, and the database is below.
    await run(hostile.makesFiles, { database: { path: database, writable: true } });
    expect(await readFile(join(database, 'trivy.db'), 'utf8')).toBe('original');
    expect(await readdir(database)).toEqual(['trivy.db']);
  });

  const doomed = async (marker: string, ...when: string[]) => {
    const program = await programFile(folder, `doomed-${driver}-${made++}`, hostile.sleeps);
    return spawn(
      process.execPath,
      [join(import.meta.dirname, '../../test/doomed-service.ts'), program, marker, ...when],
      {
        env: { ...process.env, ASSAY_SANDBOX_DRIVER: driver },
        stdio: 'ignore',
      },
    );
  };

  if (driver !== 'gvisor')
    it('does not outlive the service, even one that is killed', async () => {
      const marker = `marker-${process.pid}-${driver}-doomed`;
      const service = await doomed(marker);
      await until(async () => ((await scannersWith(marker)).length > 0 ? true : undefined));
      service.kill('SIGKILL');
      await until(async () => ((await processesWith(marker)).length === 0 ? true : undefined));
    });

  it('does not outlive a service that is killed while it starts it', async () => {
    const marker = `marker-${process.pid}-${driver}-doomed-at-start`;
    const service = await doomed(marker, 'at-start');
    await once(service, 'exit');
    expect(service.signalCode).toBe('SIGKILL');
    await until(async () => ((await processesWith(marker)).length === 0 ? true : undefined));
    // Nor is it merely not there yet.
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
    expect(await processesWith(marker)).toEqual([]);
  });

  it('is refused an input that leads elsewhere', async () => {
    // A shared user reaches what the service reaches, so nothing is placed for it.
    if (process.getuid?.() !== 0) return;
    const input = await mkdtemp(join(folder, 'input-'));
    await symlink('/etc', join(input, 'etc'));
    await expect(run(hostile.exits(0), { input })).rejects.toMatchObject({ code: 'sandbox-unsafe-input' });
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceDrivers, driversHere, sandboxBy } from '../../test/sandboxes.ts';
import { forbiddenProgram, probeAnswers, probeProgram } from './probe.ts';
import type { Sandbox } from './sandbox.ts';
import { judgeProbe, selfTest } from './self-test.ts';
import { allowed, type Architecture } from './syscalls.ts';

const architecture = process.arch as Architecture;

describe.each(driversHere)('the self-test of the %s sandbox', (driver) => {
  it('passes, and says what held', async () => {
    announceDrivers();
    const report = await selfTest(await sandboxBy(driver));
    expect(report.checks.filter(({ held }) => !held)).toEqual([]);
    expect(report).toMatchObject({ driver, passed: true });
    expect(report.checks.length).toBeGreaterThan(15);
  });
});

describe('the probe without a sandbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bare-probe-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'probe');
  const server = createServer();
  beforeAll(async () => {
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    for (const name of ['input', 'scratch', 'root']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'input', 'sentinel'), '');
    writeFileSync(join(folder, 'scanner'), '');
  });
  afterAll(() => { server.close(); });

  // A wall that no probe can find missing is not known to stand.
  it('finds every wall missing', () => {
    const [input, scratch, root] = ['input', 'scratch', 'root'].map((name) => join(folder, name)) as [string, string, string];
    const { port } = server.address() as AddressInfo;
    writeFileSync(program, probeProgram(architecture, { hostFile: process.execPath, port, input, scratch, root, scanner: join(folder, 'scanner') }), { mode: 0o755 });
    const { stdout } = spawnSync(program, { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    const held = judgeProbe(probeAnswers(stdout)).filter((check) => check.held).map(({ name }) => name);
    // A kernel may know no vsock; the two others are the probe's own proof that it works at all.
    expect(held.filter((name) => name !== 'makes no socket to the hypervisor')).toEqual(['can read /input', 'can write to /tmp']);
    expect(existsSync(join(input, 'probe'))).toBe(true);
  });
});

describe('the judgement of a probe', () => {
  it('counts what was not reached as a wall that did not hold', () => {
    expect(judgeProbe(probeAnswers(Buffer.alloc(0))).some(({ held }) => held)).toBe(false);
  });

  it('fails the service where a forbidden call does no harm to who makes it', async () => {
    const kind: Sandbox = {
      driver: 'bwrap',
      bounds: { memory: 'watchdog', processes: 'rlimit', processor: 'rlimit', end: 'process group' },
      run: async () => ({ ended: 'exited', code: 0, securityViolation: false, noticed: new Set(), heardOut: true, stdout: Buffer.alloc(0), stderr: '', wallMs: 1 }),
    };
    const report = await selfTest(kind);
    expect(report.passed).toBe(false);
    expect(report.checks.find(({ name }) => name === 'is killed for a forbidden call')).toMatchObject({ held: false });
  });
});

describe('our own programs', () => {
  it('are whole ELF files on both architectures', () => {
    for (const [name, machine] of [['x64', 62], ['arm64', 183]] as const) {
      const file = forbiddenProgram(name, allowed.getpid);
      expect(file.subarray(0, 4).toString('latin1')).toBe('\u007fELF');
      expect(file.readUInt16LE(18)).toBe(machine);
    }
  });
});

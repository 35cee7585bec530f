import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announceDrivers, driversHere, sandboxBy } from '../../../test/sandboxes.ts';
import { firstUser } from '../../../test/users.ts';
import { bwrap } from '../drivers/bwrap.ts';
import { DrivenSandbox } from '../run/driven-sandbox.ts';
import type { Driver } from '../drivers/driver.ts';
import { forbiddenProgram, probeAnswers, probeProgram } from './probe.ts';
import type { Sandbox } from '../sandbox.ts';
import { seccompFilter } from '../drivers/seccomp.ts';
import { judgeNamespaces, judgeProbe, selfTest } from './self-test.ts';
import { SandboxSlots } from '../run/slots.ts';
import { Staging } from '../run/staging.ts';
import { allowed, type Architecture } from '../drivers/syscalls.ts';
import { findTools } from '../drivers/tools.ts';
import { utilLinux } from '../drivers/util-linux.ts';

const architecture = process.arch as Architecture;

describe.each(driversHere)('the self-test of the %s sandbox', (driver) => {
  it('passes, and names the walls that held', async () => {
    announceDrivers();
    const report = await selfTest(await sandboxBy(driver));
    expect(report.checks.filter(({ held }) => !held)).toEqual([]);
    expect(report).toMatchObject({ driver, passed: true });
    expect(report.checks.length).toBeGreaterThan(15);
  });
});

describe('a sandbox whose tool builds one wall less', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-self-test-'));
  chmodSync(folder, 0o711);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tools = { bwrap: 'bwrap', 'util-linux': 'unshare' } as const;

  /**
   * A driver whose tool is wrapped in a script that changes its arguments: `word` is each of them, `out` is passed to
   * the tool.
   */
  const behind = (driver: Driver & { name: keyof typeof tools }, change: string): Sandbox => {
    const found = findTools(driver.needs, process.env).tools;
    const own = mkdtempSync(join(folder, 'run-'));
    chmodSync(own, 0o711);
    const script = join(own, tools[driver.name]);
    writeFileSync(
      script,
      `#!/bin/bash\nout=()\nfor word in "$@"; do ${change}; done\nexec ${found[tools[driver.name]]!} "\${out[@]}"\n`,
      { mode: 0o755 },
    );
    return new DrivenSandbox({
      driver,
      tools: { ...found, [tools[driver.name]]: script },
      filters: { scanner: seccompFilter(architecture), node: seccompFilter(architecture, 'node') },
      staging: new Staging(own),
      groups: { why: 'the test does without' },
      slots: new SandboxSlots({ count: 3, ...(process.getuid?.() === 0 ? { firstUser } : {}) }),
    });
  };
  const drivers = [bwrap, utilLinux].filter(({ name }) => driversHere.includes(name)) as (Driver & {
    name: keyof typeof tools;
  })[];
  // Without the other namespaces neither driver starts at all.
  const kinds = {
    net: 'has its own network',
    ipc: 'has its own shared memory',
    cgroup: 'has its own control groups',
  } as const;
  const failed = async (sandbox: Sandbox): Promise<unknown> => {
    const { passed, checks } = await selfTest(sandbox);
    return [passed, checks.filter(({ held }) => !held).map(({ name }) => name)];
  };

  it.each(
    drivers.flatMap((driver) =>
      Object.entries(kinds).map(([kind, name]) => [driver.name, name, driver, kind] as const),
    ),
  )('of the %s driver fails: %s', async (_, name, driver, kind) => {
    const others = ['user', 'pid', 'net', 'ipc', 'uts', 'cgroup']
      .filter((each) => each !== kind)
      .map((each) => `--unshare-${each}`)
      .join(' ');
    expect(await failed(behind(driver, 'out+=("$word")'))).toEqual([true, []]);
    expect(
      await failed(
        behind(driver, `case $word in --unshare-all) out+=(${others});; --${kind}) ;; *) out+=("$word");; esac`),
      ),
    ).toEqual([false, [name]]);
  });

  it.each(drivers.filter(({ name }) => name === 'bwrap'))('fails where a $name shares the network', async (driver) => {
    expect(await failed(behind(driver, 'out+=("$word"); [ "$word" = --unshare-all ] && out+=(--share-net)'))).toEqual([
      false,
      ['has its own network'],
    ]);
  });
});

describe('the probe without a sandbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bare-probe-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'probe');
  const server = createServer();
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    for (const name of ['input', 'scratch', 'root']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'input', 'sentinel'), '');
    writeFileSync(join(folder, 'scanner'), '');
  });
  afterAll(() => {
    server.close();
  });

  // A wall that the probe cannot find missing is not known to stand.
  it('finds every wall missing', () => {
    const [input, scratch, root] = ['input', 'scratch', 'root'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const { port } = server.address() as AddressInfo;
    writeFileSync(
      program,
      probeProgram(architecture, {
        hostFile: process.execPath,
        port,
        input,
        scratch,
        root,
        scanner: join(folder, 'scanner'),
      }),
      { mode: 0o755 },
    );
    const { stdout } = spawnSync(program, { stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    const held = judgeProbe(probeAnswers(stdout))
      .filter((check) => check.held)
      .map(({ name }) => name);
    // A kernel may not know vsock; the two others prove that the probe works at all.
    expect(held.filter((name) => name !== 'makes no socket to the hypervisor')).toEqual([
      'can read /input',
      'can write to /tmp',
    ]);
    expect(existsSync(join(input, 'probe'))).toBe(true);
  });
});

describe('the judgement of a probe', () => {
  it('counts an attempt that was not reached as a missing wall', () => {
    expect(judgeProbe(probeAnswers(Buffer.alloc(0))).some(({ held }) => held)).toBe(false);
  });

  it('counts a namespace that could not be read as missing', () => {
    const ours = { net: 'net:[1]', ipc: 'ipc:[1]' };
    expect(judgeNamespaces(undefined, ours).some(({ held }) => held)).toBe(false);
    expect(
      judgeNamespaces({ net: 'net:[2]', ipc: 'ipc:[1]' }, ours)
        .filter(({ held }) => held)
        .map(({ name }) => name),
    ).toEqual(['has its own network']);
  });

  it('fails if a forbidden call is not answered with the end of the program', async () => {
    const kind: Sandbox = {
      driver: 'bwrap',
      bounds: { memory: 'watchdog', processes: 'rlimit', processor: 'rlimit', end: 'process group' },
      run: async () => ({
        ended: 'exited',
        code: 0,
        securityViolation: false,
        noticed: new Set(),
        isStderrWhole: true,
        stdout: Buffer.alloc(0),
        stderr: '',
        wallMs: 1,
      }),
    };
    const report = await selfTest(kind);
    expect(report.passed).toBe(false);
    expect(report.checks.find(({ name }) => name === 'is killed for a forbidden call')).toMatchObject({ held: false });
  });
});

describe('our own programs', () => {
  it('are complete ELF files on both architectures', () => {
    for (const [name, machine] of [
      ['x64', 62],
      ['arm64', 183],
    ] as const) {
      const file = forbiddenProgram(name, allowed.getpid);
      expect(file.subarray(0, 4).toString('latin1')).toBe('\u007fELF');
      expect(file.readUInt16LE(18)).toBe(machine);
    }
  });
});

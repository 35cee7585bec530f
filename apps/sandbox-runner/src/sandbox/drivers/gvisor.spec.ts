import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findSandbox } from '../find.ts';
import { configOf, makeBundle } from './gvisor-bundle.ts';
import { startProgram } from './gvisor-start.ts';
import { gvisor } from './gvisor.ts';
import { probeAnswers, probeProgram } from '../walls/probe.ts';
import { defaultLimits } from '../sandbox.ts';
import { seccompFilter } from './seccomp.ts';
import type { Architecture } from './syscalls.ts';
import { whereIs } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-gvisor-'));
afterAll(() => rmSync(folder, { recursive: true }));
const architecture = process.arch as Architecture;

const command = {
  staged: {
    folder,
    program: '/run/trivy',
    input: '/run/input',
    database: { path: '/run/db', writable: false },
    caches: [{ name: 'java-db', path: '/run/java' }],
  },
  args: ['image', '--input', '/input'],
  limits: defaultLimits,
  tools: Object.fromEntries(gvisor('systrap').needs.map((name) => [name, `/bin/${name}`])),
};
interface Mount {
  destination: string;
  source: string;
  options: string[];
}
const mountAt = (at: string, given: object = command): Mount | undefined =>
  (configOf({ ...command, ...given }) as { mounts: Mount[] }).mounts.find(({ destination }) => destination === at);

it('gives runsc no network, nothing of the host, and the configured platform', () => {
  const line = gvisor('ptrace').commandLine(command);
  const options = line.slice(line.indexOf('/bin/runsc') + 1);
  expect(options).toEqual([
    '--root=/mnt',
    '--rootless',
    '--ignore-cgroups',
    '--platform=ptrace',
    '--network=none',
    '--overlay2=none',
    '--host-uds=none',
    '--host-fifo=none',
    '--directfs=false',
    '--host-settings=ignore',
    'run',
    `--bundle=${folder}/bundle`,
    'scan',
  ]);
  expect(line.join(' ')).toContain(
    '/bin/setpriv --pdeathsig KILL /bin/unshare --map-root-user --mount --pid --fork --kill-child ',
  );
});

it('shows the scanner its files, read-only, and nothing else', () => {
  for (const [at, source] of [
    ['/scanner/scan', '/run/trivy'],
    ['/input', '/run/input'],
    ['/cache/db', '/run/db'],
    ['/cache/java-db', '/run/java'],
  ] as const) {
    expect(mountAt(at)).toMatchObject({
      source,
      options: expect.arrayContaining(['ro', 'nosuid', 'nodev']) as string[],
    });
  }
  for (const at of ['/input', '/cache/db', '/cache/java-db', '/tmp', '/cache', '/proc', '/sys'])
    expect(mountAt(at)!.options).toContain('noexec');
  for (const at of ['/tmp', '/cache']) expect(mountAt(at)!.options).toContain(`size=${defaultLimits.scratchBytes}`);
  expect(
    mountAt('/cache/db', { staged: { ...command.staged, database: { path: '/run/db', writable: true } } })!.options,
  ).toContain('rw');
  expect(configOf(command)).toMatchObject({
    root: { readonly: true },
    process: {
      noNewPrivileges: true,
      capabilities: {},
      args: ['/scanner/start'],
      rlimits: expect.arrayContaining([{ type: 'RLIMIT_NOFILE', soft: 1024, hard: 1024 }]) as object[],
    },
  });
});

it('makes a bundle that another user can read and not change', async () => {
  await makeBundle(command, seccompFilter(architecture));
  const modeOf = (path: string): number => statSync(join(folder, 'bundle', path)).mode & 0o777;
  expect(['', 'rootfs', 'rootfs/cache/db', 'rootfs/cache/java-db', 'rootfs/input'].map(modeOf)).toEqual([
    0o755, 0o755, 0o755, 0o755, 0o755,
  ]);
  expect(['config.json', 'rootfs/scanner/start', 'rootfs/scanner/scan'].map(modeOf)).toEqual([0o444, 0o555, 0o555]);
  expect(JSON.parse(readFileSync(join(folder, 'bundle', 'config.json'), 'utf8'))).toEqual(configOf(command));
});

it('puts the same filter around the scanner as the other drivers, with its arguments and environment', () => {
  // The program becomes /scanner/scan; a file with a name of the same length takes its place here.
  const standIn = join('/tmp', `s${process.pid}`.padEnd(8, '0').slice(0, 8));
  const program = startProgram(architecture, seccompFilter(architecture), ['one', 'two']);
  const text = Buffer.from('/scanner/scan\0');
  const at = program.indexOf(text);
  Buffer.from(`${standIn}\0`).copy(program, at);
  const start = join(folder, 'start');
  writeFileSync(start, program, { mode: 0o755 });
  writeFileSync(standIn, probeProgram(architecture, { hostFile: process.execPath, port: 1 }), { mode: 0o755 });
  chmodSync(standIn, 0o755);
  try {
    const { results } = probeAnswers(spawnSync(start).stdout);
    // Its calls, not its files: there are no other walls here.
    expect([
      results.get('socket-inet'),
      results.get('socket-vsock'),
      results.get('memory-file'),
      results.get('fork'),
    ]).toEqual([-97, -97, -38, -1]);
  } finally {
    rmSync(standIn);
  }
  expect(spawnSync(start)).toMatchObject({
    status: 128,
    stderr: Buffer.from('sandbox: the scanner could not be started behind its filter\n'),
  });
});

it('takes the start from the waiting shell, not from the exit status alone', () => {
  expect(gvisor('systrap').started('')).toBe(false);
  expect(gvisor('systrap').started('ended\n')).toBe(true);
  // A runsc that fails by itself, and another one that passes on the scanner's status.
  const line = gvisor('systrap').commandLine({ ...command, tools: { ...command.tools, sh: '/bin/sh' } });
  const first = line.find((argument) => argument.includes('echo ended'))!;
  const run = (status: number) =>
    spawnSync(
      'unshare',
      ['--map-root-user', '--mount', '--', '/bin/sh', '-c', first, 'scan', '/mnt', '/bin/sh', '-c', `exit ${status}`],
      { stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'pipe'] },
    );
  expect([run(128), run(7)].map(({ status, output }) => [status, output[4]!.toString()])).toEqual([
    [128, ''],
    [7, 'ended\n'],
  ]);
});

it('is used only if it is configured, and then no other driver is', async () => {
  expect((await findSandbox(process.env)).driver).not.toBe('gvisor');
  const failing = join(folder, 'runsc');
  writeFileSync(failing, '#!/bin/sh\nexit 128\n', { mode: 0o755 });
  chmodSync(folder, 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, ASSAY_SANDBOX_DRIVER: 'gvisor' };
  // The system's own folders come first: if one has a runsc, that runsc is taken.
  if (whereIs('runsc', env) !== failing) expect((await findSandbox(env)).driver).toBe('gvisor');
  else
    await expect(findSandbox(env)).rejects.toMatchObject({
      code: 'sandbox-cannot-start',
      message: expect.stringMatching(
        /the gvisor sandbox did not start: .*; the gvisor sandbox did not start/,
      ) as string,
    });
});

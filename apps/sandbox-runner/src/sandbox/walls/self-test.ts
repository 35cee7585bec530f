import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { forbiddenProgram, probeAnswers, probeProgram, type Attempt, type ProbeAnswers } from './probe.ts';
import type { Sandbox, SandboxDriver, SandboxRun } from '../sandbox.ts';
import { awaited, namespaceKinds, scannersWith, seenOf, type NamespaceKind, type Seen } from './seen.ts';
import type { Architecture } from '../drivers/syscalls.ts';
import { wallPrograms } from './wall-programs.ts';

export interface SelfTestCheck {
  readonly attempt: Attempt | 'descriptors' | 'forbidden' | 'namespaces';
  /** The attempt and its required outcome. */
  name: string;
  held: boolean;
  detail: string;
}

export interface SelfTestReport {
  driver: SandboxDriver;
  /** Every wall held. Otherwise the service is not ready. */
  passed: boolean;
  checks: SelfTestCheck[];
  wallMs: number;
}

const timeoutMs = 10_000;
const enoent = -2;
const ebadf = -9;
const eacces = -13;
const erofs = -30;
const enosys = -38;
const eafnosupport = -97;
const eperm = -1;

interface Expectation {
  name: string;
  accepts: (answer: number) => boolean;
}

const anyOf =
  (...answers: number[]) =>
  (answer: number) =>
    answers.includes(answer);
const succeeds = (answer: number) => answer >= 0;

/** Exact answers, not just "an error": a probe that failed for another reason would prove nothing. */
const expectations: Record<Attempt, Expectation> = {
  'socket-inet': { name: 'makes no internet socket', accepts: anyOf(eafnosupport) },
  'socket-inet6': { name: 'makes no IPv6 socket', accepts: anyOf(eafnosupport) },
  'socket-unix': { name: 'makes no unix socket', accepts: anyOf(eafnosupport) },
  'socket-netlink': { name: 'makes no netlink socket', accepts: anyOf(eafnosupport) },
  'socket-vsock': { name: 'makes no socket to the hypervisor', accepts: anyOf(eafnosupport) },
  connect: { name: 'cannot connect to a port of the host', accepts: anyOf(ebadf, enosys) },
  'read-host-file': { name: 'finds no file of the host', accepts: anyOf(enoent) },
  'read-proc': { name: 'finds no /proc', accepts: anyOf(enoent) },
  'write-input': { name: 'cannot write to /input', accepts: anyOf(erofs, eacces) },
  'change-scanner': { name: 'cannot change the scanner', accepts: anyOf(erofs) },
  'write-root': { name: 'cannot write to its root', accepts: anyOf(erofs, eacces) },
  'read-input': { name: 'can read /input', accepts: succeeds },
  'write-scratch': { name: 'can write to /tmp', accepts: succeeds },
  'run-scratch': { name: 'cannot run what it wrote', accepts: anyOf(eacces) },
  'memory-file': { name: 'gets no memory outside of the limits', accepts: anyOf(enosys) },
  fork: { name: 'cannot fork', accepts: anyOf(eperm) },
};

/** gVisor checks the owner of a file before the mount. */
const otherwise: Partial<Record<SandboxDriver, Partial<Record<Attempt, number>>>> = {
  gvisor: { 'change-scanner': eperm },
};

/** Judges the probe's answers. Exported, so that tests can pass the answers of a machine without walls. */
export const judgeProbe = ({ descriptors, results }: ProbeAnswers, driver?: SandboxDriver): SelfTestCheck[] => [
  ...Object.entries(expectations).map(([attempt, { name, accepts }]) => {
    const answer = results.get(attempt as Attempt);
    const also = driver && otherwise[driver]?.[attempt as Attempt];
    return {
      attempt: attempt as Attempt,
      name,
      held: answer !== undefined && (accepts(answer) || answer === also),
      detail: answer === undefined ? 'not reached' : `answer ${answer}`,
    };
  }),
  {
    attempt: 'descriptors',
    name: 'sees exactly three descriptors',
    held: descriptors.join() === '0,1,2',
    detail: `sees ${descriptors.join(' ') || 'none'}`,
  },
];

const judgeForbidden = ({ securityViolation, ended, code }: SandboxRun): SelfTestCheck => ({
  attempt: 'forbidden',
  name: 'is killed for a forbidden call',
  held: securityViolation,
  detail: `${ended} ${code ?? ''}`.trim(),
});

const namesOf: Readonly<Record<NamespaceKind, string>> = {
  user: 'users',
  mnt: 'mounts',
  pid: 'processes',
  net: 'network',
  ipc: 'shared memory',
  uts: 'host name',
  cgroup: 'control groups',
};

/** A namespace that could not be read counts as missing. */
export const judgeNamespaces = (seen: Seen['namespaces'] | undefined, ours: Seen['namespaces']): SelfTestCheck[] =>
  namespaceKinds.map((kind) => {
    const its = seen?.[kind];
    return {
      attempt: 'namespaces',
      name: `has its own ${namesOf[kind]}`,
      held: its !== undefined && ours[kind] !== undefined && its !== ours[kind],
      detail: its === undefined ? 'could not be looked at' : `it is in ${its}, the service in ${ours[kind]}`,
    };
  });

/**
 * Looks from outside at a running program. The filter forbids it every call that would show these walls. So a missing
 * wall is not noticed from inside as long as the filter holds, and then there is one wall instead of two.
 */
const namespacesOf = async (sandbox: Sandbox, program: string): Promise<SelfTestCheck[]> => {
  // Within gVisor the program is no process of the host; the walls of that driver are around gVisor's own process.
  if (sandbox.driver === 'gvisor') return [];
  const marker = `assay-self-test-${randomUUID()}`;
  const cancel = new AbortController();
  let over = false;
  const running = sandbox.run({ program, args: [marker], timeoutMs }, cancel.signal).finally(() => {
    over = true;
  });
  running.catch(() => undefined);
  const found = await awaited(() => scannersWith(marker)[0] ?? (over ? 'none' : undefined), timeoutMs);
  const seen = typeof found === 'number' ? seenOf(found).namespaces : undefined;
  cancel.abort();
  await running;
  return judgeNamespaces(seen, seenOf('self').namespaces);
};

/** A port on loopback that would accept a connection. */
const listening = async (): Promise<{ port: number; close(): void }> => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
    },
  };
};

/** Runs an attacker in the sandbox and checks whether it escapes. Its programs run at the same time. */
export const selfTest = async (sandbox: Sandbox): Promise<SelfTestReport> => {
  const started = performance.now();
  const [folder, server] = await Promise.all([mkdtemp(join(tmpdir(), 'assay-probe-')), listening()]);
  try {
    const architecture = process.arch as Architecture;
    const [probe, forbidden, waits, input] = ['probe', 'forbidden', 'waits', 'input'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    await Promise.all([
      writeFile(probe, probeProgram(architecture, { hostFile: process.execPath, port: server.port }), { mode: 0o755 }),
      writeFile(forbidden, forbiddenProgram(architecture), { mode: 0o755 }),
      writeFile(waits, wallPrograms(architecture).waits, { mode: 0o755 }),
      mkdir(input).then(() => writeFile(join(input, 'sentinel'), 'sentinel')),
    ]);
    const [probed, killed, namespaces] = await Promise.all([
      sandbox.run({ program: probe, args: [], input, timeoutMs }),
      sandbox.run({ program: forbidden, args: [], timeoutMs }),
      namespacesOf(sandbox, waits),
    ]);
    const checks = [...judgeProbe(probeAnswers(probed.stdout), sandbox.driver), judgeForbidden(killed), ...namespaces];
    return {
      driver: sandbox.driver,
      passed: checks.every(({ held }) => held),
      checks,
      wallMs: performance.now() - started,
    };
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
};

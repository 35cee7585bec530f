import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { sandboxSettings } from '../../settings.ts';
import { openRunDirectory } from '../run/run-directory.ts';
import type { Sandbox, SandboxBounds, SandboxCommand, SandboxDriver, SandboxRun } from '../sandbox.ts';
import { awaited, hasArgument, processesWith, scannersWith, seenOf, type Seen } from './seen.ts';
import { selfTest, type SelfTestReport } from './self-test.ts';
import type { Architecture } from '../drivers/syscalls.ts';
import { wallPrograms } from './wall-programs.ts';

/** The results of trying the walls of a sandbox. */
export interface WallEvidence {
  readonly driver: SandboxDriver;
  readonly isRoot: boolean;
  readonly bounds: SandboxBounds;
  readonly attacked: SelfTestReport;
  /** A running program, seen from outside, and the service. */
  readonly seen: Seen | undefined;
  readonly service: Seen;
  /** Whether bubblewrap was started with the option to try a nested user namespace, and to stop if it gets one. */
  readonly triedNesting: boolean;
  /** The kernel's answers to an unlisted ioctl and an unlisted prctl. */
  readonly answers: readonly number[];
  /** Whether a change of the program's database is in the original. */
  readonly databaseChanged: boolean;
  /** Processes of the program a moment after it was ended. */
  readonly left: number;
  readonly foreign: SandboxRun;
  readonly flooded: SandboxRun;
  readonly complained: SandboxRun;
  readonly hoarded: SandboxRun;
  readonly overdue: SandboxRun;
  /**
   * A service that was killed: whether it had begun a scan, the processes that lived on, and the files that its next
   * start left.
   */
  readonly killed: { readonly began: boolean; readonly left: number; readonly files: number };
}

const mebibyte = 2 ** 20;
const timeoutMs = 10_000;
const patienceMs = 5_000;
const goneMs = 3_000;
const serviceStartMs = 20_000;

const gone = async (marker: string): Promise<number> => {
  await awaited(() => (processesWith(marker).length === 0 ? true : undefined), goneMs);
  return processesWith(marker).length;
};

const lookAt = async (
  sandbox: Sandbox,
  program: string,
  folder: string,
): Promise<Pick<WallEvidence, 'seen' | 'triedNesting' | 'answers' | 'databaseChanged' | 'left'>> => {
  const [marker, database] = [`assay-doctor-${process.pid}-seen`, join(folder, 'database')];
  await mkdir(database);
  await writeFile(join(database, 'database'), '');
  const cancel = new AbortController();
  const running = sandbox.run(
    { program, args: [marker], database: { path: database, writable: true }, timeoutMs },
    cancel.signal,
  );
  running.catch(() => {
    /* Reported below. */
  });
  const pid = await awaited(() => scannersWith(marker)[0], patienceMs);
  // The program sleeps when it has done everything.
  if (pid !== undefined)
    await awaited(() => (seenOf(pid).status['State']?.startsWith('S') ? true : undefined), patienceMs);
  const seen = pid === undefined ? undefined : seenOf(pid);
  const triedNesting = hasArgument(marker, '--disable-userns');
  cancel.abort();
  const { stdout } = await running;
  const answers = [0, 8].filter((at) => stdout.length >= at + 8).map((at) => Number(stdout.readBigInt64LE(at)));
  return {
    seen,
    triedNesting,
    answers,
    databaseChanged: existsSync(join(database, 'written')),
    left: await gone(marker),
  };
};

/** Starts a service that scans, kills it, and starts it again until its cleanup is done. */
const killService = async (
  env: NodeJS.ProcessEnv,
  driver: string,
  program: string,
  folder: string,
): Promise<WallEvidence['killed']> => {
  const [marker, base] = [`assay-doctor-${process.pid}-doomed`, join(folder, 'doomed')];
  // The control group of this process is not shared.
  const { ASSAY_SANDBOX_CGROUP: _, ...rest } = env;
  const doomed = { ...rest, ASSAY_SANDBOX_DRIVER: driver, ASSAY_RUN_DIRECTORY: base };
  const service = spawn(
    process.execPath,
    [join(import.meta.dirname, `doomed-scan${extname(import.meta.filename)}`), program, marker],
    { env: doomed, stdio: 'ignore' },
  );
  const ended = once(service, 'exit');
  const began = await Promise.race([
    ended.then(() => undefined),
    awaited(() => (scannersWith(marker).length > 0 ? true : undefined), serviceStartMs),
  ]);
  service.kill('SIGKILL');
  await ended;
  const left = await gone(marker);
  const before = await readdir(base).catch((): string[] => []);
  await openRunDirectory(base);
  const files = (await readdir(base)).filter((name) => before.includes(name)).length;
  return { began: began === true && before.length > 0, left, files };
};

/** Tries every wall of a sandbox: attacks it, looks at it from outside, exceeds its limits. Takes some seconds. */
export const gatherEvidence = async (sandbox: Sandbox, env: NodeJS.ProcessEnv): Promise<WallEvidence> => {
  const folder = await openRunDirectory(sandboxSettings.read(env).runDirectory);
  try {
    const programs = wallPrograms(process.arch as Architecture);
    const put = async (name: string, bytes: Buffer): Promise<string> => {
      await writeFile(join(folder, name), bytes, { mode: 0o755 });
      return join(folder, name);
    };
    const run = async (name: string, bytes: Buffer, command: Partial<SandboxCommand> = {}) =>
      sandbox.run({ program: await put(name, bytes), args: [], timeoutMs, ...command });
    const waits = await put('waits', programs.waits);
    const [attacked, looked, foreign, flooded, complained, hoarded, overdue, killed] = await Promise.all([
      selfTest(sandbox),
      lookAt(sandbox, waits, folder),
      run('foreign', programs.speaksForeign),
      run('flood', programs.floods(1), { limits: { stdoutBytes: mebibyte } }),
      run('complaints', programs.floods(2), { limits: { stderrBytes: mebibyte } }),
      run('hoard', programs.hoards(128), { limits: { memoryBytes: 64 * mebibyte, scratchBytes: mebibyte } }),
      sandbox.run({ program: waits, args: [], timeoutMs: 300 }),
      killService(env, sandbox.driver, waits, folder),
    ]);
    return {
      driver: sandbox.driver,
      isRoot: process.getuid?.() === 0,
      bounds: sandbox.bounds,
      attacked,
      ...looked,
      service: seenOf('self'),
      foreign,
      flooded,
      complained,
      hoarded,
      overdue,
      killed,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

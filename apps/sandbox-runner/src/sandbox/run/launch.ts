import { spawn, type ChildProcess } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { Readable, Writable } from 'node:stream';
import { Complaints } from './complaints.ts';
import { endTree } from './end-tree.ts';
import { memoryOfTree } from './memory.ts';
import type { KillReason, SandboxLimits, SandboxRun } from '../sandbox.ts';
import type { ScanGroup } from './scan-group.ts';
import { watchDescriptor } from '../drivers/watched.ts';

export interface Launch {
  /** Reads the filter from descriptor 3, writes its progress to 4, and ends when 5 is closed. */
  argv: readonly [string, ...string[]];
  /** The seccomp program, for descriptor 3. */
  filter: Buffer;
  limits: SandboxLimits;
  timeoutMs: number;
  /** The slot's user, if the service may choose one. */
  user?: number;
  /** The control group to run in, if there are any. */
  group?: ScanGroup;
  /** Whether the watchdog limits memory; if the group does, it only measures. */
  watched: boolean;
  /** Whether the program keeps memory in files that it may not have mapped. */
  memoryFiles?: boolean;
  watchFor?: readonly string[] | undefined;
}

/** The end of a run, with the driver's progress from descriptor 4. */
export type LaunchedRun = SandboxRun & { status: string };

const watchdogMs = 250;
/** An early look, so that short runs have a peak as well. */
const firstLookMs = 40;
const keptStatusBytes = 64 * 1024;
/** If all processes of a run are gone but its pipes stay open, an unknown process holds a copy of them. */
const pipesGraceMs = 2_000;
const sigsys = 31;

const signalNumbers: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: sigsys,
};

// Nothing is executed before it is in its group: a shell waits for a line on descriptor 3, and leaves the filter behind
// it there. If the service ends meanwhile, there is no line, and nothing is executed.
const gate = ['/bin/sh', '-c', 'read -r go <&3 && exec "$@"', 'gate'] as const;
const go = Buffer.from('go\n');

/** Counts the bytes, keeps the first ones, and reports when there are too many. */
const collect = (stream: Readable, kept: number, most: number, tooMuch: () => void): (() => Buffer) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < kept) chunks.push(chunk.subarray(0, kept - bytes));
    bytes += chunk.length;
    if (bytes > most) tooMuch();
  });
  stream.on('error', () => {
    /* The exit status has the reason. */
  });
  return () => Buffer.concat(chunks);
};

const exitOf = (child: ChildProcess): number => child.exitCode ?? 128 + (signalNumbers[child.signalCode ?? ''] ?? 0);

/**
 * Starts a driver's command line, watches it and resolves with its end. Call it from the main thread: the kernel ties
 * the sandbox's life to the thread that started it, so the end of a worker thread would end the scan.
 *
 * @throws Error of `spawn` if the command line cannot be started
 */
export const launch = (
  { argv, filter, limits, timeoutMs, user, group, watched, memoryFiles = false, watchFor = [] }: Launch,
  signal?: AbortSignal,
): Promise<LaunchedRun> =>
  new Promise((resolve, reject) => {
    const started = performance.now();
    const [file, ...args] = group ? ([...gate, ...argv] as const) : argv;
    // `detached` makes it the leader of a process group, which is what is killed.
    const child = spawn(file, args, {
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    let killedFor: KillReason | undefined;
    let peakRssBytes = 0;
    const kill = (reason: KillReason) => {
      if (killedFor !== undefined) return;
      killedFor = reason;
      endTree(child, () => group?.kill());
    };
    const look = () => {
      if (child.pid === undefined) return;
      const { rssBytes, peakBytes } = memoryOfTree(child.pid, memoryFiles);
      peakRssBytes = Math.max(peakRssBytes, peakBytes);
      if (watched && rssBytes > limits.memoryBytes) kill('memory');
    };
    const cancel = () => kill('cancelled');
    const timers = [
      setTimeout(() => kill('timeout'), timeoutMs),
      setTimeout(look, firstLookMs),
      setInterval(look, watchdogMs),
    ] as const;
    const stop = () => {
      timers.forEach((timer) => clearTimeout(timer));
      signal?.removeEventListener('abort', cancel);
    };

    const stdout = collect(child.stdout as Readable, limits.stdoutBytes, limits.stdoutBytes, () => kill('stdout'));
    const complaints = new Complaints(child.stderr as Readable, watchFor, limits.stderrBytes, () => kill('stderr'));
    const status = collect(child.stdio[4] as Readable, keptStatusBytes, keptStatusBytes, () => kill('stderr'));
    const toFilter = child.stdio[3] as Writable;
    toFilter.on('error', () => {
      /* The driver ended before it read the filter; its exit status has the reason. */
    });
    try {
      if (child.pid !== undefined) group?.add(child.pid);
      toFilter.end(group ? Buffer.concat([go, filter]) : filter);
    } catch (error) {
      // Without a line the gate stays closed.
      toFilter.end();
      stop();
      reject(error as Error);
    }

    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    child.on('error', (error) => {
      stop();
      reject(error);
    });
    child.on('exit', () => {
      const { stdio } = child;
      group?.kill(); // Ends what it has left behind, if anything could escape.
      timers.forEach((timer) => clearTimeout(timer));
      stdio.at(watchDescriptor)?.destroy();
      setTimeout(() => stdio.forEach((stream) => stream?.destroy()), pipesGraceMs).unref();
    });
    child.on('close', () => {
      stop();
      const code = exitOf(child);
      // A limit that was reached without an effect on the status is not reported.
      if (code !== 0) killedFor ??= group?.hit();
      resolve({
        ended: killedFor ? 'killed' : code > 128 ? 'signalled' : 'exited',
        ...(killedFor ? { killedFor } : { code }),
        securityViolation: !killedFor && code === 128 + sigsys,
        stdout: stdout(),
        stderr: complaints.text,
        noticed: complaints.noticed,
        isStderrWhole: complaints.isWhole,
        status: status().toString('latin1'),
        wallMs: performance.now() - started,
        ...(peakRssBytes > 0 ? { peakRssBytes } : {}),
      });
    });
  });

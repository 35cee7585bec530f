/** What one run may use. Every number is a wall of its own; hostile.spec.ts runs into each of them. */
export interface SandboxLimits {
  stdoutBytes: number;
  stderrBytes: number;
  /** Memory of the whole tree; above it the watchdog kills, or the kernel where a cgroup has its scratch on top. */
  memoryBytes: number;
  addressSpaceBytes: number;
  dataBytes: number;
  cpuSeconds: number;
  fileBytes: number;
  openFiles: number;
  /**
   * Threads of one run with those that build its walls, where a cgroup counts; otherwise of a slot's user, and without
   * slot users of all slots together.
   */
  processes: number;
  scratchBytes: number;
  scratchInodes: number;
}

// Powers, because JavaScript's shift makes 3 << 30 negative and 8 << 30 zero.
const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

export const defaultLimits: Readonly<SandboxLimits> = {
  stdoutBytes: 64 * mebibyte,
  stderrBytes: 4 * mebibyte,
  memoryBytes: 2 * gibibyte,
  addressSpaceBytes: 3 * gibibyte,
  dataBytes: 2 * gibibyte,
  cpuSeconds: 900,
  fileBytes: gibibyte,
  openFiles: 1024,
  processes: 64,
  scratchBytes: 512 * mebibyte,
  scratchInodes: 20_000,
};

export interface SandboxCache {
  name: string;
  path: string;
}

export interface SandboxCommand {
  /** Host path of a static program; inside it is `/scanner/scan`. */
  program: string;
  args: readonly string[];
  /** Host directory that is `/input` inside, read-only. */
  input?: string;
  /** Host directory that is `/cache/db` inside. `writable` means a fresh copy: the original is never written to. */
  database?: { path: string; writable: boolean };
  /** Host directories that are `/cache/<name>` inside, read-only. */
  caches?: readonly SandboxCache[];
  timeoutMs: number;
  limits?: Partial<SandboxLimits>;
  /** Phrases in small letters to look for in all that the program complains of, however much that is. */
  watchFor?: readonly string[];
}

/** Why we killed it ourselves, or the kernel for us. */
export type KillReason = 'timeout' | 'stdout' | 'stderr' | 'memory' | 'processes' | 'cancelled';

export interface SandboxRun {
  ended: 'exited' | 'signalled' | 'killed';
  /** Exit status as a shell would say it: 128 + the signal for a program that a signal ended. */
  code?: number;
  killedFor?: KillReason;
  /** The seccomp filter stopped it: no honest scanner makes such a call. */
  securityViolation: boolean;
  stdout: Buffer;
  /** The first and the last 64 KiB, without control characters. */
  stderr: string;
  /** Those of the phrases watched for that were in it. */
  noticed: ReadonlySet<string>;
  /** Whether all of it was read. Otherwise something may have been said that nobody has noticed. */
  receivedOut: boolean;
  wallMs: number;
  /** Missing where the run ended before the watchdog's first look. */
  peakRssBytes?: number;
}

export type SandboxDriver = 'bwrap' | 'util-linux' | 'gvisor';

/** What keeps a run within its limits on this machine: a control group of its own, or what there is without. */
export interface SandboxBounds {
  readonly memory: 'cgroup' | 'watchdog';
  readonly processes: 'cgroup' | 'rlimit';
  readonly processor: 'cgroup' | 'rlimit';
  /** What ends it with all that it has started. */
  readonly end: 'cgroup' | 'process group';
  /** Why there is no control group. */
  readonly why?: string;
}

/** Runs one untrusted program behind walls. There is no implementation without walls, and there must not be one. */
export interface Sandbox {
  readonly driver: SandboxDriver;
  readonly bounds: SandboxBounds;
  /** @throws SandboxError where the sandbox itself did not come up; that says nothing about the program */
  run(command: SandboxCommand, signal?: AbortSignal): Promise<SandboxRun>;
}

export type SandboxErrorCode =
  | 'sandbox-missing'
  | 'sandbox-unknown-driver'
  | 'sandbox-cannot-start'
  | 'sandbox-unsupported-platform'
  | 'sandbox-unsafe-input'
  | 'sandbox-run-directory'
  | 'sandbox-cgroup';

export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;
  /** What an operator can do about it. */
  readonly remedy: string;
  /** The same call may work later: the machine was short of something. */
  readonly retriable: boolean;

  constructor(code: SandboxErrorCode, message: string, remedy: string, retriable = false) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.retriable = retriable;
  }
}

import type { EquipmentFailureCode } from '@assay/events';

/** The limits of one run. Each number is a wall of its own, and hostile.spec.ts exceeds each of them. */
export interface SandboxLimits {
  stdoutBytes: number;
  stderrBytes: number;
  /**
   * Memory of the whole tree. Above it the watchdog kills, or the kernel, if there is a cgroup, which adds the scratch.
   */
  memoryBytes: number;
  addressSpaceBytes: number;
  dataBytes: number;
  cpuSeconds: number;
  fileBytes: number;
  openFiles: number;
  /**
   * If a cgroup counts: threads of one run, with those that build its walls. Otherwise: threads of a slot's user, or of
   * all slots together without slot users.
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
  /**
   * Host directory that is `/runtime` inside, read-only: an interpreter with its libraries and a program of ours, for
   * `program` that loads them. Such a program may ask for io_uring and is refused; a scanner that asks is stopped.
   */
  runtime?: string;
  timeoutMs: number;
  limits?: Partial<SandboxLimits>;
  /** Phrases in lower case to look for in all of stderr, however long it is. */
  watchFor?: readonly string[];
}

/** The reason why we killed it, or the kernel for us. */
export type KillReason = 'timeout' | 'stdout' | 'stderr' | 'memory' | 'processes' | 'cancelled';

export interface SandboxRun {
  ended: 'exited' | 'signalled' | 'killed';
  /** Exit status as in a shell: 128 + the signal for a program that a signal ended. */
  code?: number;
  killedFor?: KillReason;
  /** The seccomp filter stopped it for a call that no honest scanner makes. */
  securityViolation: boolean;
  stdout: Buffer;
  /** The first and the last 64 KiB, without control characters. */
  stderr: string;
  /** The watched phrases that were in stderr. */
  noticed: ReadonlySet<string>;
  /** Whether stderr was read to its end. Otherwise a phrase may have been missed. */
  isStderrWhole: boolean;
  wallMs: number;
  /** Absent if the run ended before the watchdog's first look. */
  peakRssBytes?: number;
}

export type SandboxDriver = 'bwrap' | 'util-linux' | 'gvisor';

/** The means that keep a run within its limits on this machine: its own control group, or the substitutes. */
export interface SandboxBounds {
  readonly memory: 'cgroup' | 'watchdog';
  readonly processes: 'cgroup' | 'rlimit';
  readonly processor: 'cgroup' | 'rlimit';
  /** The means that ends it with all that it has started. */
  readonly end: 'cgroup' | 'process group';
  /** The reason why there is no control group. */
  readonly why?: string;
}

/** Runs one untrusted program behind walls. There is no implementation without walls, and there must not be one. */
export interface Sandbox {
  readonly driver: SandboxDriver;
  readonly bounds: SandboxBounds;
  /** @throws SandboxError if the sandbox itself did not start, which is no fault of the program */
  run(command: SandboxCommand, signal?: AbortSignal): Promise<SandboxRun>;
}

export type SandboxErrorCode = Extract<EquipmentFailureCode, `sandbox-${string}`>;

export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;
  /** The steps that an operator can take. */
  readonly remedy: string;
  /** The same call may work later: the machine lacked a resource. */
  readonly retriable: boolean;

  constructor(code: SandboxErrorCode, message: string, remedy: string, retriable = false) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.retriable = retriable;
  }
}

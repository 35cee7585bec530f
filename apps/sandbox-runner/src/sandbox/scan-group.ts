import { closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { KillReason, SandboxLimits } from './sandbox.ts';

/** Controllers of cgroup version 2 that bound a scan. */
export const controllers = ['memory', 'pids', 'cpu'] as const;
export type Controller = (typeof controllers)[number];

/** What the kernel gives whoever asks for nothing. */
export const serviceWeight = 100;
/** Scans share alike, and the service goes before them where all want to run. */
const cpuWeight = 25;

const emptyPollMs = 5;
const emptyWithinMs = 2_000;

/** What is written for each controller. Scratch is memory, and counts in the group. */
const written = (limits: SandboxLimits): Record<Controller, Readonly<Record<string, string>>> => ({
  memory: {
    'memory.max': String(limits.memoryBytes + limits.scratchBytes),
    'memory.swap.max': '0',
    'memory.oom.group': '1',
  },
  pids: { 'pids.max': String(limits.processes) },
  cpu: { 'cpu.weight': String(cpuWeight) },
});

/** Not there where the kernel counts no swap. */
const mayBeMissing = 'memory.swap.max';

/**
 * Never makes a file: in a group the kernel makes them all, and elsewhere there is nothing to write to. Nor does it ask
 * to read, for `cgroup.kill` cannot be.
 */
export const writeTo = (file: string, text: string): void => {
  const open = openSync(file, constants.O_WRONLY);
  try {
    writeSync(open, text);
  } finally {
    closeSync(open);
  }
};

const countIn = (file: string, name: string): number => {
  try {
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  } // A controller that is not there counts nothing.
};

/**
 * A control group that one run has for itself. Files are read and written synchronously: the kernel answers at once.
 */
export class ScanGroup {
  readonly #path: string;

  /** @param path of a group that is there */
  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error of the file system where the group cannot be made or a limit is not taken */
  static make(path: string, bounded: ReadonlySet<Controller>, limits: SandboxLimits): ScanGroup {
    mkdirSync(path, { mode: 0o700 });
    const files = written(limits);
    for (const [file, text] of [...bounded].flatMap((controller) => Object.entries(files[controller]))) {
      try {
        writeTo(join(path, file), text);
      } catch (error) {
        if (file !== mayBeMissing || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return new ScanGroup(path);
  }

  /** A process in it, and all that it starts from now on. */
  add(pid: number): void {
    writeTo(join(this.#path, 'cgroup.procs'), String(pid));
  }

  /** Ends all that is in it, at once, however often it forks meanwhile. */
  kill(): void {
    try {
      writeTo(join(this.#path, 'cgroup.kill'), '1');
    } catch {
      /* It is gone already. */
    }
  }

  /** Which limit was run into, if any. */
  hit(): KillReason | undefined {
    if (countIn(join(this.#path, 'memory.events'), 'oom_kill') > 0) return 'memory';
    if (countIn(join(this.#path, 'pids.events'), 'max') > 0) return 'processes';
    return undefined;
  }

  /** Ends what is left and removes the group. What even so does not go, the next start removes. */
  async end(): Promise<void> {
    this.kill();
    for (
      const late = Date.now() + emptyWithinMs;
      countIn(join(this.#path, 'cgroup.events'), 'populated') > 0 && Date.now() < late;
    )
      await wait(emptyPollMs);
    await rmdir(this.#path).catch(() => undefined);
  }
}

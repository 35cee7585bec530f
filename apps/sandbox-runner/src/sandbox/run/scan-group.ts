import { closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { KillReason, SandboxLimits } from '../sandbox.ts';

/** Controllers of cgroup version 2 that bound a scan. */
export const controllers = ['memory', 'pids', 'cpu'] as const;
export type Controller = (typeof controllers)[number];

/** The kernel's default weight. */
export const serviceWeight = 100;
/** Scans have equal shares, and the service goes before them when all want to run. */
const cpuWeight = 25;

const emptyPollMs = 5;
const emptyWithinMs = 2_000;

/** The files of each controller. Scratch is memory, and counts in the group. */
const written = (limits: SandboxLimits): Record<Controller, Readonly<Record<string, string>>> => ({
  memory: {
    'memory.max': String(limits.memoryBytes + limits.scratchBytes),
    'memory.swap.max': '0',
    'memory.oom.group': '1',
  },
  pids: { 'pids.max': String(limits.processes) },
  cpu: { 'cpu.weight': String(cpuWeight) },
});

/** Absent if the kernel counts no swap. */
const mayBeMissing = 'memory.swap.max';

/**
 * Never makes a file: in a group the kernel makes all files, and elsewhere there is none to write to. It opens for
 * writing only, because `cgroup.kill` cannot be read.
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

/** A control group of one run. Files are read and written synchronously: the kernel answers at once. */
export class ScanGroup {
  readonly #path: string;

  /** @param path of an existing group */
  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error of the file system if the group cannot be made or a limit is refused */
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

  /** Adds a process, and all that it starts from now on. */
  add(pid: number): void {
    writeTo(join(this.#path, 'cgroup.procs'), String(pid));
  }

  /** Ends all processes in it at once, however often they fork meanwhile. */
  kill(): void {
    try {
      writeTo(join(this.#path, 'cgroup.kill'), '1');
    } catch {
      /* It is gone already. */
    }
  }

  /** Returns the limit that was reached, if any. */
  hit(): KillReason | undefined {
    if (countIn(join(this.#path, 'memory.events'), 'oom_kill') > 0) return 'memory';
    if (countIn(join(this.#path, 'pids.events'), 'max') > 0) return 'processes';
    return undefined;
  }

  /** Ends the rest and removes the group. If it still cannot be removed, the next start does it. */
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

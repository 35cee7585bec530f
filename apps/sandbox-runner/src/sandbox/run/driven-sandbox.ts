import { boundsOf } from './bounds.ts';
import type { FoundGroups } from './cgroup.ts';
import type { Driver } from '../drivers/driver.ts';
import { launch, type LaunchedRun } from './launch.ts';
import { whileMomentary } from './momentary.ts';
import {
  defaultLimits,
  SandboxError,
  type Sandbox,
  type SandboxBounds,
  type SandboxCommand,
  type SandboxDriver,
  type SandboxLimits,
  type SandboxRun,
} from '../sandbox.ts';
import type { ScanGroup } from './scan-group.ts';
import type { Filtered } from '../drivers/seccomp.ts';
import type { SandboxSlots, Slot } from './slots.ts';
import type { Staging } from './staging.ts';
import type { ProgramPaths } from '../drivers/tools.ts';

export interface SandboxParts {
  driver: Driver;
  tools: ProgramPaths;
  /** The seccomp programs for this machine's architecture. */
  filters: Readonly<Record<Filtered, Buffer>>;
  slots: SandboxSlots;
  staging: Staging;
  /** The control groups of runs, or the reason why there are none. */
  groups: FoundGroups;
}

/** Runs programs with the same launcher and the same walls, for every driver. */
export class DrivenSandbox implements Sandbox {
  readonly #parts: SandboxParts;
  readonly bounds: SandboxBounds;

  constructor(parts: SandboxParts) {
    this.#parts = parts;
    this.bounds = boundsOf(parts.groups);
  }

  get driver(): SandboxDriver {
    return this.#parts.driver.name;
  }

  async run(command: SandboxCommand, signal?: AbortSignal): Promise<SandboxRun> {
    const slot = await this.#parts.slots.acquire();
    try {
      return await this.#runIn(slot, command, signal);
    } finally {
      slot.release();
    }
  }

  #runIn(slot: Slot, command: SandboxCommand, signal: AbortSignal | undefined): Promise<SandboxRun> {
    const { driver, tools, filters, staging } = this.#parts;
    const filter = filters[command.runtime === undefined ? 'scanner' : 'node'];
    const limits = { ...defaultLimits, ...command.limits };
    return staging.with(command, slot, async (staged) => {
      const built = { staged, args: command.args, limits: this.#forProcess(limits, slot), tools };
      await driver.prepare?.(built, filter);
      return whileMomentary(async () => {
        const { status, ...run } = await this.#inGroup(limits, (group) =>
          launch(
            {
              argv: driver.commandLine(built),
              filter,
              limits,
              timeoutMs: command.timeoutMs,
              watchFor: command.watchFor,
              watched: this.bounds.memory === 'watchdog',
              memoryFiles: driver.memoryFiles ?? false,
              ...(slot.user === undefined ? {} : { user: slot.user }),
              ...(group ? { group } : {}),
            },
            signal,
          ),
        ).catch((error: Error) => {
          throw this.#broken(error.message);
        });
        if (run.ended !== 'killed' && !driver.started(status)) throw this.#broken(this.#reason(run));
        return this.#true(run);
      });
    });
  }

  #true(run: SandboxRun): SandboxRun {
    if (run.code === undefined) return run;
    const code = this.#parts.driver.trueCode?.(run.code, run.stderr) ?? run.code;
    return code > 128 ? { ...run, code, ended: 'signalled' } : { ...run, code };
  }

  async #inGroup(limits: SandboxLimits, work: (group?: ScanGroup) => Promise<LaunchedRun>): Promise<LaunchedRun> {
    const { groups: found, driver } = this.#parts;
    if ('why' in found) return work();
    const group = found.groups.begin({ ...limits, processes: limits.processes * (driver.hostThreads ?? 1) });
    // The run's result does not wait for the removal of the group.
    try {
      return await work(group);
    } finally {
      void group.end();
    }
  }

  /**
   * The kernel counts threads over all runs of one user, so runs that share a user share the sum. If the group counts
   * too, this is the second wall behind it.
   */
  #forProcess(limits: SandboxLimits, { user }: Slot): SandboxLimits {
    const sharing = user === undefined ? this.#parts.slots.count : 1;
    return { ...limits, processes: limits.processes * Math.max(sharing, this.bounds.processes === 'cgroup' ? 2 : 1) };
  }

  #reason({ stderr, code }: Omit<LaunchedRun, 'status'>): string {
    return stderr || `exit status ${code}`;
  }

  #broken(reason: string): SandboxError {
    const { name, remedy } = this.#parts.driver;
    return new SandboxError('sandbox-cannot-start', `the ${name} sandbox did not start: ${reason}`, remedy, true);
  }
}

import type { Driver } from './driver.ts';
import { launch, type LaunchedRun } from './launch.ts';
import { defaultLimits, SandboxError, type Sandbox, type SandboxCommand, type SandboxDriver, type SandboxLimits, type SandboxRun } from './sandbox.ts';
import type { SandboxSlots, Slot } from './slots.ts';
import type { Staging } from './staging.ts';
import type { Tools } from './tools.ts';

export interface SandboxParts {
  driver: Driver;
  tools: Tools;
  /** The seccomp program of this machine's architecture. */
  filter: Buffer;
  slots: SandboxSlots;
  staging: Staging;
}

/** The same launcher and the same walls, whichever driver builds them. */
export class DrivenSandbox implements Sandbox {
  readonly #parts: SandboxParts;

  constructor(parts: SandboxParts) {
    this.#parts = parts;
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

  async #runIn(slot: Slot, command: SandboxCommand, signal: AbortSignal | undefined): Promise<SandboxRun> {
    const { driver, tools, filter, staging } = this.#parts;
    const limits = this.#limits(slot, command);
    const { status, ...run } = await staging.with(command, slot, (staged) => launch({
      argv: driver.commandLine({ staged, args: command.args, limits, tools }),
      filter, limits, timeoutMs: command.timeoutMs, watchFor: command.watchFor, ...(slot.user === undefined ? {} : { user: slot.user }),
    }, signal).catch((error: Error) => { throw this.#broken(error.message); }));
    if (run.ended !== 'killed' && !driver.started(status)) throw this.#broken(this.#reason(run));
    return this.#true(run);
  }

  #true(run: SandboxRun): SandboxRun {
    if (run.code === undefined) return run;
    const code = this.#parts.driver.trueCode?.(run.code, run.stderr) ?? run.code;
    return code > 128 ? { ...run, code, ended: 'signalled' } : { ...run, code };
  }

  /** The kernel counts threads over all runs of one user, so those who share a user share the sum. */
  #limits(slot: Slot, { limits: given }: SandboxCommand): SandboxLimits {
    const limits = { ...defaultLimits, ...given };
    return slot.user === undefined ? { ...limits, processes: limits.processes * this.#parts.slots.count } : limits;
  }

  #reason({ stderr, code }: Omit<LaunchedRun, 'status'>): string {
    return stderr || `exit status ${code}`;
  }

  #broken(reason: string): SandboxError {
    const { name, remedy } = this.#parts.driver;
    return new SandboxError('sandbox-cannot-start', `the ${name} sandbox did not start: ${reason}`, remedy, true);
  }
}

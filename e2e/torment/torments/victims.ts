import { setTimeout as pause } from 'node:timers/promises';
import type { RunningServer } from '../../../tools/services/index.ts';
import type { ServiceProcess } from '../../distributed/service-process.ts';
import type { DistributedSuite } from '../../distributed/suite.ts';

/** An orchestrator kills a process that takes longer to end, in ms. */
const mostMs = 10_000;
const restartMs = 1000;

/** Processes that are killed and started again, by one torment at a time. */
export class Victims {
  readonly #suite: DistributedSuite;
  readonly #busy = new Set<ServiceProcess | RunningServer>();
  /** Exits of services that no torment had asked for. */
  readonly ownEnds: string[] = [];
  /** Services that took too long to end. */
  readonly slowEnds: string[] = [];
  restarts = 0;

  constructor(suite: DistributedSuite) {
    this.#suite = suite;
  }

  get idle(): readonly ServiceProcess[] {
    return this.#suite.processes.filter((each) => !this.#busy.has(each) && each.runs);
  }

  /** Runs the action unless another torment holds the process; false then. */
  async #alone(victim: ServiceProcess | RunningServer, does: () => Promise<unknown>): Promise<boolean> {
    if (this.#busy.has(victim)) return false;
    this.#busy.add(victim);
    try {
      await does();
    } finally {
      this.#busy.delete(victim);
    }
    return true;
  }

  /** Sends `kill -9`, and starts the process again after a while. */
  kill(victim: ServiceProcess, awayMs: number): Promise<boolean> {
    return this.#alone(victim, async () => {
      await victim.stop('SIGKILL');
      await pause(awayMs);
      this.#start(victim);
    });
  }

  /** Kills the processes, and starts them again once the action is done. */
  async without<T>(victims: readonly ServiceProcess[], does: () => Promise<T>): Promise<T> {
    for (const each of victims) this.#busy.add(each);
    try {
      await Promise.all(victims.map((each) => each.stop('SIGKILL')));
      return await does();
    } finally {
      for (const each of victims) {
        this.#start(each);
        this.#busy.delete(each);
      }
    }
  }

  /** Asks the process to end, and starts it again. */
  restart(victim: ServiceProcess): Promise<boolean> {
    return this.#alone(victim, async () => {
      const tookMs = await victim.stop('SIGTERM');
      if (tookMs > mostMs)
        this.slowEnds.push(`${victim.service} on ${victim.port} took ${Math.round(tookMs)} ms to end`);
      this.#start(victim);
    });
  }

  #start(victim: ServiceProcess): void {
    victim.start();
    this.restarts += 1;
  }

  killServer(server: RunningServer, awayMs: number): Promise<boolean> {
    return this.#alone(server, async () => {
      await server.kill();
      await pause(awayMs);
      await server.restart();
    });
  }

  /** Restarts every process that has ended, as an orchestrator does, until the signal aborts. */
  async lookAfter(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const each of this.#suite.processes.filter((one) => !this.#busy.has(one) && !one.runs)) {
        this.ownEnds.push(`${each.service} on ${each.port} ended by itself (${each.end}): ${each.lastLines(1)}`);
        this.#start(each);
      }
      await pause(restartMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import type { Server } from '../../../tools/services/index.ts';
import type { ServiceProcess } from '../../distributed/service-process.ts';
import type { DistributedSuite } from '../../distributed/suite.ts';

/** An orchestrator kills what takes longer to end. */
const mostMs = 10_000;
const restartMs = 1000;

/** Processes that are killed and started again, one hand at a time. */
export class Victims {
  readonly #suite: DistributedSuite;
  readonly #busy = new Set<ServiceProcess | Server>();
  /** How services ended that nobody had asked to. */
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

  /** Does it unless somebody else has the process in hand; false then. */
  async #alone(victim: ServiceProcess | Server, does: () => Promise<unknown>): Promise<boolean> {
    if (this.#busy.has(victim)) return false;
    this.#busy.add(victim);
    try {
      await does();
    } finally {
      this.#busy.delete(victim);
    }
    return true;
  }

  /** `kill -9`, and started again after a while. */
  kill(victim: ServiceProcess, awayMs: number): Promise<boolean> {
    return this.#alone(victim, async () => {
      await victim.stop('SIGKILL');
      await pause(awayMs);
      this.#start(victim);
    });
  }

  /** Killed, and started again once it is done. */
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

  /** Asked to end, and started again. */
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

  killServer(server: Server, awayMs: number): Promise<boolean> {
    return this.#alone(server, async () => {
      await server.kill();
      await pause(awayMs);
      await server.restart();
    });
  }

  /** What an orchestrator does: whoever has ended is started again, until the signal aborts. */
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

import { partitionOf } from '@assay/messaging';
import { every, NotWhole, systemClock, type Clock, type Config as Followed, type Observer } from '@assay/event-sourcing';
import { meter } from '@assay/telemetry';
import type { Config } from '../domain/state.ts';
import { sweepRegistry, type SweepPorts } from './sweep.ts';

export interface SweeperPorts extends Omit<SweepPorts, 'now'> {
  readonly config: Followed<Config>;
  readonly clock?: Clock | undefined;
  readonly observer: Observer;
  /** Partition numbers owned here: each registry is swept by one instance. */
  readonly owned: () => readonly number[];
  readonly intervalMs: number;
}

/** How long until a registry is swept again where the store could not say what is known. */
const againMs = 5_000;

/** Goes through every registry now and then, since notifications get lost. */
export class Sweeper {
  readonly #abort = new AbortController();
  readonly #found = meter().createCounter('assay.sweep.found', { description: 'Pushes and deletions that no notification told of' });
  #stopTimer: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  /** Sweeps that are asked for and have not begun: asking twice is asking once. */
  readonly #waiting = new Set<string>();

  constructor(private readonly ports: SweeperPorts) {}

  start(): void {
    this.#stopTimer = every(this.ports.clock ?? systemClock, this.ports.intervalMs, () => void this.sweep());
  }

  /** Sweeps one registry, or all that are this instance's; one sweep after the other. */
  sweep(only?: string): Promise<void> {
    if (this.#abort.signal.aborted) return this.#running;
    const name = only ?? '';
    if (this.#waiting.has(name)) return this.#running;
    this.#waiting.add(name);
    this.#running = this.#running.then(() => { this.#waiting.delete(name); return this.#all(only); });
    return this.#running;
  }

  async #all(only: string | undefined): Promise<void> {
    const { config, log, owned, observer, clock = systemClock } = this.ports;
    for (const registry of Object.values(config.value.byId)) {
      const mine = only ? registry.loginServer.toLowerCase() === only : owned().includes(partitionOf(registry.registryId.toLowerCase(), log.partitions));
      if (registry.removed || !mine || this.#abort.signal.aborted) continue;
      try {
        const { found, gone } = await sweepRegistry(registry, { ...this.ports, now: () => clock.now() }, this.#abort.signal);
        this.#found.add(found + gone);
      } catch (error) {
        // The store is being filled, and that passes.
        if (error instanceof NotWhole) clock.after(againMs, () => void this.sweep(registry.loginServer.toLowerCase()));
        else if (!this.#abort.signal.aborted) observer.failed('ingestion', `sweeping ${registry.loginServer}`, error);
      }
    }
  }

  async close(): Promise<void> {
    this.#stopTimer?.();
    this.#abort.abort();
    await this.#running;
  }
}

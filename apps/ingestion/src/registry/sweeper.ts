import { partitionOf, type EventLog } from '@assay/messaging';
import type { Config as Followed, Observer, Store } from '@assay/event-sourcing';
import { meter } from '@assay/telemetry';
import type { Config } from '../domain/state.ts';
import type { Access } from './access.ts';
import { sweepRegistry } from './sweep.ts';

export interface SweeperPorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly config: Followed<Config>;
  readonly access: Access;
  readonly observer: Observer;
  /** Partition numbers owned here: each registry is swept by one instance. */
  readonly owned: () => readonly number[];
  readonly intervalMs: number;
}

/** Goes through every registry now and then, since notifications get lost. */
export class Sweeper {
  readonly #abort = new AbortController();
  readonly #found = meter().createCounter('assay.sweep.found', { description: 'Pushes and deletions that no notification told of' });
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  /** Sweeps that are asked for and have not begun: asking twice is asking once. */
  readonly #waiting = new Set<string>();

  constructor(private readonly ports: SweeperPorts) {}

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), this.ports.intervalMs);
  }

  /** Sweeps one registry, or all that are this instance's; one sweep after the other. */
  sweep(only?: string): Promise<void> {
    const name = only ?? '';
    if (this.#waiting.has(name)) return this.#running;
    this.#waiting.add(name);
    this.#running = this.#running.then(() => { this.#waiting.delete(name); return this.#all(only); });
    return this.#running;
  }

  async #all(only: string | undefined): Promise<void> {
    const { config, log, owned, observer } = this.ports;
    for (const registry of Object.values(config.value.byId)) {
      const mine = only ? registry.loginServer.toLowerCase() === only : owned().includes(partitionOf(registry.registryId.toLowerCase(), log.partitions));
      if (registry.removed || !mine || this.#abort.signal.aborted) continue;
      try {
        const { found, gone } = await sweepRegistry(registry, { ...this.ports, signal: this.#abort.signal });
        this.#found.add(found + gone);
      } catch (error) {
        if (!this.#abort.signal.aborted) observer.failed('ingestion', `sweeping ${registry.loginServer}`, error);
      }
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#abort.abort();
    await this.#running;
  }
}

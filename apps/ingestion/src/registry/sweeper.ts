import type { RegistryObserved } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import {
  every,
  NotWhole,
  systemClock,
  type Clock,
  type Config as Followed,
  type Observer,
} from '@assay/event-sourcing';
import { RegistryError, type RegistryPauses } from '@assay/registry';
import { meter } from '@assay/telemetry';
import type { Config } from '../domain/state.ts';
import { handful, isOrdered, isPlausible, sayOfSweep, SweepHeld } from './held.ts';
import { sweepRegistry, type SweepPorts, type Swept } from './sweep.ts';

export interface SweeperPorts extends Omit<SweepPorts, 'now' | 'mayDelete'> {
  readonly config: Followed<Config>;
  readonly clock?: Clock | undefined;
  readonly observer: Observer;
  /** Which registries want to be left alone. */
  readonly pauses: RegistryPauses;
  /** Partition numbers owned here: each registry is swept by one instance. */
  readonly owned: () => readonly number[];
  readonly intervalMs: number;
  /** Of what share of the known images a sweep may say by itself that they are gone, percent. */
  readonly deletesPercent: number;
}

/** How long until a registry is swept again where the store could not say what is known. */
const againMs = 5_000;

/** So many registries are swept side by side: one that is slow, or has tens of thousands of tags, does not hold up the others. */
const atOnce = 4;

/** Goes through every registry now and then, since notifications get lost. */
export class Sweeper {
  readonly #abort = new AbortController();
  readonly #found = meter().createCounter('assay.sweep.found', {
    description: 'Pushes and deletions that no notification told of',
  });
  readonly #held = meter().createObservableGauge('assay.sweep.held', {
    description: 'Images that a sweep found gone and did not say to be deleted: it asks for an order',
  });
  readonly #observeHeld = (result: { observe(value: number, attributes: Record<string, string>): void }): void => {
    for (const { registryId, loginServer, removed } of Object.values(this.ports.config.value.byId))
      if (!removed)
        result.observe(this.ports.config.value.held[registryId.toLowerCase()]?.gone ?? 0, { registry: loginServer });
  };
  #stopTimer: (() => void) | undefined;
  /** Login servers whose sweep was asked for and has not begun, in that order: asking twice is asking once. */
  readonly #waiting = new Set<string>();
  readonly #sweeping = new Set<string>();
  readonly #toRepeat = new Set<string>();
  readonly #idle: (() => void)[] = [];

  constructor(private readonly ports: SweeperPorts) {}

  start(): void {
    const { clock = systemClock, intervalMs } = this.ports;
    this.#stopTimer = every(clock, intervalMs, () => void this.sweep());
    this.#held.addCallback(this.#observeHeld);
  }

  /** Sweeps one registry, or all that are this instance's; no registry twice at once. */
  sweep(only?: string): Promise<void> {
    const { config, log, owned } = this.ports;
    for (const { registryId, loginServer, removed } of Object.values(config.value.byId)) {
      const name = loginServer.toLowerCase();
      const mine = only ? name === only : owned().includes(partitionOf(registryId.toLowerCase(), log.partitions));
      if (mine && !removed && !this.#abort.signal.aborted) this.#waiting.add(name);
    }
    this.#next();
    return this.#ended();
  }

  #next(): void {
    for (const name of this.#waiting) {
      if (this.#sweeping.size === atOnce || this.#abort.signal.aborted) break;
      if (this.#sweeping.has(name)) continue;
      this.#waiting.delete(name);
      this.#sweeping.add(name);
      void this.#sweep(name).finally(() => {
        this.#sweeping.delete(name);
        this.#next();
      });
    }
    if (this.#sweeping.size === 0) for (const tell of this.#idle.splice(0)) tell();
  }

  async #sweep(name: string): Promise<void> {
    const { config, observer, pauses, clock = systemClock } = this.ports;
    const registry = config.value.byLoginServer[name];
    if (!registry || registry.removed) return;
    const pauseMs = pauses.pauseMs(name);
    if (pauseMs > 0) return this.#again(name, pauseMs);
    try {
      const swept = await sweepRegistry(
        registry,
        {
          ...this.ports,
          now: () => clock.now(),
          mayDelete: (gone) => isPlausible(gone, this.ports.deletesPercent) || isOrdered(gone, this.#heldOf(registry)),
        },
        this.#abort.signal,
      );
      this.#found.add(swept.found + swept.gone);
      await this.#told(registry, swept);
    } catch (error) {
      if (error instanceof RegistryError) pauses.failed(name, 'sweep', error);
      // The store is being filled, and that passes.
      if (error instanceof NotWhole) this.#again(name);
      else if (!this.#abort.signal.aborted) observer.failed('ingestion', `sweeping ${registry.loginServer}`, error);
    }
  }

  /** Sweeps a registry again in a while; once, however many sweeps of it came to nothing meanwhile. */
  #again(name: string, inMs = againMs): void {
    const { clock = systemClock } = this.ports;
    if (this.#toRepeat.has(name)) return;
    this.#toRepeat.add(name);
    clock.after(inMs, () => {
      this.#toRepeat.delete(name);
      void this.sweep(name);
    });
  }

  /** Until nothing is being swept any more. */
  #ended(): Promise<void> {
    return this.#sweeping.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#idle.push(resolve);
        });
  }

  #heldOf({ registryId }: RegistryObserved): Config['held'][string] | undefined {
    return this.ports.config.value.held[registryId.toLowerCase()];
  }

  /** That deletions are held, how many, and that they no longer are, is part of the log; and while they are, each sweep says so. */
  async #told(registry: RegistryObserved, { gone, held }: Swept): Promise<void> {
    const { log, observer } = this.ports;
    const before = this.#heldOf(registry);
    if (held) {
      const error = new SweepHeld(registry, held);
      if (!before || before.order || Math.abs(held.gone - before.gone) > handful)
        await sayOfSweep(log, registry, { outcome: 'held', by: 'ingestion', why: error.message, ...held });
      observer.failed('ingestion', `sweeping ${registry.loginServer}`, error);
    } else if (before) {
      const ordered = gone > 0 && before.order;
      await sayOfSweep(
        log,
        registry,
        ordered
          ? { outcome: 'swept', ...ordered, gone, known: before.known }
          : { outcome: 'released', by: 'ingestion', why: `${registry.loginServer} has its images` },
      );
    }
  }

  async close(): Promise<void> {
    this.#held.removeCallback(this.#observeHeld);
    this.#stopTimer?.();
    this.#abort.abort();
    await this.#ended();
  }
}

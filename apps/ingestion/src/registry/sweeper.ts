import { isShutOff, type RegistryObserved } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import {
  every,
  StoreIncomplete,
  systemClock,
  type Clock,
  type ConfigFollower as Followed,
  type Observer,
} from '@assay/event-sourcing';
import { RegistryError, type RegistryPauses } from '@assay/registry';
import { counter, gauge } from '@assay/telemetry';
import type { Config, SweepOutcome, SweepPosition } from '../domain/state.ts';
import { isPlausible, orderOf, appendSweepOutcome, SweepHeld, SweepIncomplete } from './held.ts';
import { SweepAges, type SweptRegistry } from './sweep-ages.ts';
import { sweepRegistry, type SweepPorts, type Swept } from './sweep.ts';

export interface SweeperPorts extends Omit<SweepPorts, 'now' | 'mayDelete'> {
  readonly config: Followed<Config>;
  readonly clock?: Clock | undefined;
  readonly observer: Observer;
  /** Knows the registries that asked for a pause. */
  readonly pauses: RegistryPauses;
  /** Partition numbers owned here: each registry is swept by one instance. */
  readonly owned: () => readonly number[];
  readonly intervalMs: number;
  /** The share of the known images, in percent, that a sweep may report gone without an order. */
  readonly deletesPercent: number;
}

/** Delay until a registry is swept again after the store was incomplete. */
const againMs = 5_000;

/** Most registries swept at once. A slow one, or one with tens of thousands of tags, does not hold up the others. */
const atOnce = 4;

const service = 'ingestion';

const labelsOf = ({ loginServer }: RegistryObserved): { readonly registry: string } => ({
  registry: loginServer.toLowerCase(),
});

/** The code of a failure of the registry, or `internal` for one of ours. */
const codeOf = (error: unknown): string =>
  error instanceof RegistryError || error instanceof SweepIncomplete ? error.code : 'internal';

/** False for a discovered registry that is declined as it is: to read it would fail, or be for nothing. */
export const isSwept = (registry: RegistryObserved): boolean =>
  !registry.removed && (registry.discovery === undefined || (!isShutOff(registry) && registry.cloud === 'AzureCloud'));

/** Sweeps every registry at intervals, because notifications get lost. */
export class Sweeper {
  readonly #abort = new AbortController();
  readonly #found = counter('sweep.found', service);
  readonly #failures = counter('sweep.failures', service);
  readonly #ages: SweepAges;
  #unwatch: readonly (() => void)[] = [];
  #stopTimer: (() => void) | undefined;
  /** Login servers whose sweep was requested and has not begun, in that order. Repeated requests are merged. */
  readonly #waiting = new Set<string>();
  readonly #sweeping = new Set<string>();
  readonly #toRepeat = new Set<string>();
  /** Places in which the next sweeps go on, by login server. The log has the first of these places only. */
  readonly #positions = new Map<string, SweepPosition | undefined>();
  readonly #idle: (() => void)[] = [];

  constructor(private readonly ports: SweeperPorts) {
    const { clock = systemClock } = ports;
    this.#ages = new SweepAges(() => clock.now());
  }

  start(): void {
    const { clock = systemClock, config, intervalMs } = this.ports;
    this.#stopTimer = every(clock, intervalMs, () => void this.sweep());
    this.#unwatch = [
      // Prometheus sees an increase of a counter only if it has seen the counter before.
      config.watch(() => this.#countFromZero()),
      gauge('sweep.held', service).watch((observe) => {
        for (const registry of this.#own()) observe(this.#heldOf(registry)?.gone ?? 0, labelsOf(registry));
      }),
      gauge('sweep.age', service).watch((observe) => {
        for (const { registry, seconds } of this.#ages.of(this.#own().map((each) => this.#sweptOf(each))))
          observe(seconds, { registry });
      }),
    ];
    this.#countFromZero();
  }

  #countFromZero(): void {
    for (const registry of this.#own()) this.#found.add(0, labelsOf(registry));
  }

  /** Each registry belongs to the instance that owns its partition. */
  #own(): RegistryObserved[] {
    const { config, log, owned } = this.ports;
    const partitions = owned();
    return [...config.value.byId.values()].filter(
      (registry) =>
        isSwept(registry) && partitions.includes(partitionOf(registry.registryId.toLowerCase(), log.partitions)),
    );
  }

  #sweptOf(registry: RegistryObserved): SweptRegistry {
    const last = this.#lastOutcome(registry);
    return {
      name: registry.loginServer.toLowerCase(),
      ...(last?.outcome === 'failed' ? { failingSince: Date.parse(last.since) } : {}),
    };
  }

  /** Sweeps one registry, or all that this instance owns; never the same registry twice at once. */
  sweep(only?: string): Promise<void> {
    const one = only === undefined ? undefined : this.ports.config.value.byLoginServer.get(only);
    const due = only === undefined ? this.#own() : one && isSwept(one) ? [one] : [];
    for (const { loginServer } of due) if (!this.#abort.signal.aborted) this.#waiting.add(loginServer.toLowerCase());
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
    if (this.#sweeping.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #sweep(name: string): Promise<void> {
    const { config, pauses, clock = systemClock } = this.ports;
    const registry = config.value.byLoginServer.get(name);
    if (!registry || !isSwept(registry)) return;
    const pauseMs = pauses.pauseMs(name);
    if (pauseMs > 0) return this.#again(name, pauseMs);
    try {
      const swept = await sweepRegistry(
        registry,
        {
          ...this.ports,
          now: () => clock.now(),
          mayDelete: (gone) => {
            const held = this.#heldOf(registry);
            return orderOf(gone, held) ?? isPlausible(gone, this.ports.deletesPercent, held !== undefined);
          },
        },
        this.#abort.signal,
        this.#positions.has(name) ? this.#positions.get(name) : this.#lastOutcome(registry)?.position,
      );
      this.#positions.set(name, swept.next);
      this.#found.add(swept.found + swept.gone, labelsOf(registry));
      if (!swept.incomplete && !swept.next) this.#ages.swept(name);
      const cause = swept.incomplete?.cause;
      if (cause instanceof RegistryError) pauses.failed(name, 'sweep', cause);
      await this.#publishOutcome(registry, swept);
    } catch (error) {
      this.#positions.set(name, undefined);
      if (error instanceof RegistryError) pauses.failed(name, 'sweep', error);
      // A store that is being filled is complete soon. If it needs an operator, the next regular sweep is soon enough.
      if (error instanceof StoreIncomplete && !error.needsOperator) this.#again(name);
      else if (!this.#abort.signal.aborted) await this.#failed(registry, error);
    }
  }

  /** Schedules another sweep of a registry; only one, however many sweeps failed meanwhile. */
  #again(name: string, inMs = againMs): void {
    const { clock = systemClock } = this.ports;
    if (this.#toRepeat.has(name)) return;
    this.#toRepeat.add(name);
    clock.after(inMs, () => {
      this.#toRepeat.delete(name);
      void this.sweep(name);
    });
  }

  /** Resolves when no sweep is running. */
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

  /**
   * Publishes that deletions are held and how many, that they are no longer held, and whether the registry could be
   * read. While deletions are held, each sweep also reports it to the observer.
   */
  async #publishOutcome(
    registry: RegistryObserved,
    { gone, untagged = 0, held, incomplete, next }: Swept,
  ): Promise<void> {
    const before = this.#heldOf(registry);
    const last = this.#lastOutcome(registry)?.outcome;
    if (incomplete) await this.#failed(registry, incomplete);
    else if (next) {
      const why = `its time was over at ${next.repository}; the next sweep goes on there`;
      if (last !== 'cut') await this.#publish(registry, { outcome: 'cut', why, position: next });
    } else if (last === undefined || last === 'failed' || last === 'cut')
      await this.#publish(registry, { outcome: 'reached', why: `${registry.loginServer} was swept` });
    if (held) {
      const error = new SweepHeld(registry, held);
      if (!before || before.order || held.gone !== before.gone)
        await this.#publish(registry, { outcome: 'held', why: error.message, ...held });
      this.ports.observer.failed('ingestion', `sweeping ${registry.loginServer}`, error);
    } else if (before?.order && gone + untagged > 0) {
      const { id: causationid, by, why } = before.order;
      await this.#publish(
        registry,
        { outcome: 'swept', by, why, gone: gone || untagged, known: before.known },
        causationid,
      );
    } else if (before && !incomplete && !next)
      await this.#publish(registry, { outcome: 'released', why: `${registry.loginServer} has its images` });
  }

  /** Reports the error to the observer each time, and publishes it if it differs from the last one. */
  async #failed(registry: RegistryObserved, error: unknown): Promise<void> {
    const { observer } = this.ports;
    const operation = `sweeping ${registry.loginServer}`;
    observer.failed('ingestion', operation, error);
    this.#failures.add(1, { ...labelsOf(registry), code: codeOf(error) });
    if (!(error instanceof RegistryError || error instanceof SweepIncomplete)) return;
    const last = this.#lastOutcome(registry);
    if (last?.outcome === 'failed' && last.why.startsWith(`${error.code}: `)) return;
    await this.#publish(registry, { outcome: 'failed', why: `${error.code}: ${error.message}` }).catch(
      (failure: unknown) => observer.failed('ingestion', operation, failure),
    );
  }

  #lastOutcome({ registryId }: RegistryObserved): SweepOutcome | undefined {
    return this.ports.config.value.sweeps[registryId.toLowerCase()];
  }

  #publish(
    registry: RegistryObserved,
    entry: Omit<Parameters<typeof appendSweepOutcome>[2], 'by'> & { readonly by?: string },
    causationid?: string,
  ): Promise<void> {
    const { log, clock = systemClock } = this.ports;
    return appendSweepOutcome(
      log,
      registry,
      { by: 'ingestion', ...entry },
      { now: clock.now(), ...(causationid === undefined ? {} : { causationid }) },
    );
  }

  async close(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch();
    this.#stopTimer?.();
    this.#abort.abort();
    await this.#ended();
  }
}

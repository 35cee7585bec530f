import { announcedAdvisories, systemClock, type Clock, type Observer } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import type { RegistryAccess, RegistryClient } from '@assay/registry';
import { meter } from '@assay/telemetry';
import type { Updated } from './keeper.ts';
import type { DatabaseSource } from './sources.ts';

export interface RefresherPorts {
  readonly log: Pick<EventLog, 'end' | 'read'>;
  readonly clients: { to(access: RegistryAccess): Pick<RegistryClient, 'head'> };
  readonly sources: readonly DatabaseSource[];
  /** True if an operator configured the sources. Else they count once a database was taken or imported. */
  readonly isConfigured: boolean;
  readonly update: () => Promise<Updated>;
  /** Partition numbers owned here: one instance refreshes for the whole installation. */
  readonly owned: () => readonly number[];
  readonly observer: Pick<Observer, 'failed'>;
  readonly everyMs: number;
  readonly clock?: Clock | undefined;
}

/** The owner of this partition refreshes. */
const partition = 0;
/** Pause between two looks at the clock: another instance that becomes the owner begins within this time, ms. */
const tickMs = 5 * 60_000;
const firstMs = 5_000;
/** Pause after a failure, ms, unless the interval is shorter. */
const againMs = 30 * 60_000;

/** Looks for a newer database at intervals, once for the whole installation. */
export class Refresher {
  readonly #clock: Clock;
  #stop: (() => void) | undefined;
  #isClosed = false;
  #dueAt = 0;
  #working: Promise<void> | undefined;
  /** The manifest of the first source that needs no other look. */
  #seen: string | undefined;
  #failing: { readonly since: number; readonly why: string } | undefined;
  #builtAt: number | undefined;
  readonly #age = meter().createObservableGauge('assay.advisories.age', {
    description: 'Time since the announced vulnerability database was built',
    unit: 's',
  });
  readonly #observeAge = (result: { observe(value: number): void }): void => {
    if (this.#builtAt !== undefined) result.observe(Math.round((this.#clock.now() - this.#builtAt) / 1000));
  };

  constructor(private readonly ports: RefresherPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  start(): void {
    this.#age.addCallback(this.#observeAge);
    this.#wait(firstMs);
  }

  #wait(ms: number): void {
    if (this.#isClosed) return;
    this.#stop = this.#clock.after(ms * (0.5 + this.#clock.random()), () => {
      this.#working = this.tick().finally(() => {
        this.#working = undefined;
        this.#wait(tickMs);
      });
    });
  }

  /** Looks for a newer database if it is time to, and this instance is the one that does. */
  async tick(): Promise<void> {
    const { owned, observer, everyMs } = this.ports;
    if (!owned().includes(partition)) {
      this.#dueAt = 0;
      this.#failing = undefined;
      return;
    }
    const now = this.#clock.now();
    if (now < this.#dueAt) return;
    try {
      if (!(await this.#isWanted())) return;
      await this.#look();
      this.#failing = undefined;
      this.#dueAt = now + everyMs * (0.9 + 0.2 * this.#clock.random());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#failing = { since: this.#failing?.since ?? now, why };
      this.#dueAt = now + Math.min(everyMs, againMs) * (0.9 + 0.2 * this.#clock.random());
      if (!this.#isClosed) observer.failed('ingestion', 'looking for a newer database', error);
    }
  }

  async #isWanted(): Promise<boolean> {
    const { log, sources, isConfigured } = this.ports;
    const last = (await announcedAdvisories(log)).at(-1);
    this.#builtAt = last && !last.database.demonstration ? Date.parse(last.database.builtAt) : undefined;
    return sources.length > 0 && (isConfigured || last?.dataref !== undefined);
  }

  /** A HEAD request is enough as long as the first source has what was looked at last. */
  async #look(): Promise<void> {
    const { clients, sources, update } = this.ports;
    const [first] = sources;
    const seen =
      first &&
      (await clients
        .to(first.access)
        .head(first.repository, first.reference)
        .catch(() => undefined));
    if (seen !== undefined && seen === this.#seen) return;
    const { source, builtAt } = await update();
    this.#builtAt = Date.parse(builtAt);
    this.#seen = source === first?.name ? seen : undefined;
  }

  /** Since when no newer database could be looked for, and why, in one line. */
  notes(): readonly string[] {
    if (!this.#failing) return [];
    const { since, why } = this.#failing;
    return [`no newer vulnerability database could be taken since ${new Date(since).toISOString()}: ${why}`];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
    this.#age.removeCallback(this.#observeAge);
    await this.#working;
  }
}

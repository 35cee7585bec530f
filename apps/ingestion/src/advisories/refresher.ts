import { DatabaseError, remedyFor, whyOf, type AdvisoryKind } from '@assay/advisories';
import { announcedAdvisories, systemClock, type Clock, type Observer } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import type { RegistryAccess, RegistryClient } from '@assay/registry';
import { gauge } from '@assay/telemetry';
import { askAll, type Deadline } from './asking.ts';
import { freshnessOf, type DatedDatabase, type Failing, type DatabaseFreshness } from './freshness.ts';
import type { JavaUpdated } from './java-keeper.ts';
import type { WaitingDatabase, Updated } from './keeper.ts';
import type { DatabaseSource } from './sources.ts';

export interface RefresherPorts {
  readonly log: Pick<EventLog, 'end' | 'read'>;
  readonly clients: { to(access: RegistryAccess): Pick<RegistryClient, 'head'> };
  readonly sources: readonly DatabaseSource[];
  /** True if an operator configured the sources. Else they count once a database was taken or imported. */
  readonly isConfigured: boolean;
  readonly update: () => Promise<Updated>;
  /** Ends an offer whose process ended. */
  readonly settle: () => Promise<void>;
  /** The database that is held, if there is one. */
  readonly held: () => Promise<WaitingDatabase | undefined>;
  /** Partition numbers owned here: one instance refreshes for the whole installation. */
  readonly owned: () => readonly number[];
  readonly observer: Pick<Observer, 'failed'>;
  readonly everyMs: number;
  readonly clock?: Clock | undefined;
  /** The line about a clock that is behind, if it is. */
  readonly clockNote?: () => string | undefined;
  /** The time that a source has to answer; ten seconds by default. */
  readonly deadline?: Deadline | undefined;
}

/** The owner of this partition refreshes. */
const partition = 0;
/** Pause between two looks at the clock: another instance that becomes the owner begins within this time, ms. */
const tickMs = 5 * 60_000;
const firstMs = 5_000;
/** A mirror that is pushed to again and again is looked at no more often, ms. */
const leastMs = 60_000;
/** Pause after a failure, ms, unless the interval is shorter. */
const againMs = 30 * 60_000;

/** Looks for a newer database at intervals, once for the whole installation. */
export class Refresher {
  readonly #clock: Clock;
  #stop: (() => void) | undefined;
  #isClosed = false;
  #dueAt = 0;
  /** True from a push to a source until it is looked at. */
  #isTold = false;
  #lookedAt = -Infinity;
  #working: Promise<void> | undefined;
  /** The manifests of all sources that need no other look. */
  #seen: string | undefined;
  /** The manifests of all sources while none had a database that stood the checks. */
  #refused: { readonly manifests: string; readonly error: DatabaseError; readonly untilMs: number } | undefined;
  #failing: Failing | undefined;
  /** Failures to take a newer Java database. They do not concern the vulnerability database. */
  #javaFailing: Failing | undefined;
  /** Sources that lag behind another one, in one line each. */
  #lagging: readonly string[] = [];
  /** A Java database that was refused, with the manifests of the sources by then. */
  #javaRefused: { readonly manifests: string; readonly java: JavaUpdated; readonly untilMs: number } | undefined;
  #held: WaitingDatabase | undefined;
  /** Of the announced database, while this instance refreshes. */
  #announced: DatedDatabase | undefined;
  #alarmedAt = -Infinity;
  #unwatch: readonly (() => void)[] = [];

  constructor(private readonly ports: RefresherPorts) {
    this.#clock = ports.clock ?? systemClock;
  }

  start(): void {
    const now = (): number => this.#clock.now();
    this.#unwatch = [
      gauge('database.age', 'ingestion').watch((observe) => {
        const { ageSeconds } = freshnessOf({ database: this.#announced }, now());
        if (ageSeconds !== undefined && this.ports.owned().includes(partition)) observe(ageSeconds);
      }),
      gauge('database.held', 'ingestion').watch((observe) => {
        if (this.ports.owned().includes(partition))
          observe(this.#held ? Math.round((now() - Date.parse(this.#held.since)) / 1000) : 0);
      }),
      gauge('database.failing', 'ingestion').watch((observe) => {
        if (this.ports.owned().includes(partition))
          observe(this.#failing ? Math.round((now() - this.#failing.since) / 1000) : 0);
      }),
    ];
    this.#wait(firstMs);
  }

  #wait(ms: number): void {
    if (this.#isClosed) return;
    const soonMs = Math.max(0, this.#lookedAt + leastMs - this.#clock.now());
    this.#stop = this.#clock.after(this.#isTold ? soonMs : ms * (0.5 + this.#clock.random()), () => {
      this.#working = this.tick().finally(() => {
        this.#working = undefined;
        this.#wait(tickMs);
      });
    });
  }

  /** A registry reports a push. If that is to a source, it is looked at at once. */
  pushed(loginServer: string, repository: string): void {
    const isSource = this.ports.sources.some(
      (each) => each.repository === repository && each.access.loginServer.toLowerCase() === loginServer.toLowerCase(),
    );
    if (!isSource || this.#isTold) return;
    this.#isTold = true;
    if (!this.#stop || this.#working) return;
    this.#stop();
    this.#wait(0);
  }

  /** Looks for a newer database if it is time to, and this instance is the one that does. */
  async tick(): Promise<void> {
    const { owned, observer, everyMs } = this.ports;
    const isTold = this.#isTold;
    this.#isTold = false;
    if (!owned().includes(partition)) {
      this.#dueAt = 0;
      this.#failing = this.#javaFailing = undefined;
      [this.#seen, this.#lagging] = [undefined, []];
      // An order that another instance receives may put what was refused to use.
      this.#refused = this.#javaRefused = undefined;
      // A registry notifies one instance, which may be any: it takes the database as by an order.
      if (isTold) await this.#updateOnce();
      this.#announced = this.#held = undefined;
      return;
    }
    const now = this.#clock.now();
    try {
      await this.ports.settle();
      const isWanted = await this.#isWanted();
      if ((now < this.#dueAt && !isTold) || !isWanted) return;
      this.#lookedAt = now;
      const java = await this.#look(now);
      this.#failing = undefined;
      this.#noticeJava(java, now);
      const pauseMs = java?.outcome === 'failed' ? Math.min(everyMs, againMs) : everyMs;
      this.#dueAt = now + pauseMs * (0.9 + 0.2 * this.#clock.random());
    } catch (error) {
      // The one that is held has a line of its own.
      const isHeld = error instanceof DatabaseError && error.code === 'database-held';
      this.#failing = isHeld
        ? undefined
        : { since: this.#failing?.since ?? now, why: whyOf(error), remedy: remedyFor(error) };
      this.#dueAt = now + Math.min(everyMs, againMs) * (0.9 + 0.2 * this.#clock.random());
      if (!this.#isClosed) observer.failed('ingestion', 'looking for a newer database', error);
    } finally {
      await this.#lookAtHeld();
      this.#alarm(now);
    }
  }

  async #lookAtHeld(): Promise<void> {
    try {
      this.#held = await this.ports.held();
    } catch (error) {
      this.ports.observer.failed('ingestion', 'looking at the held database', error);
    }
  }

  async #updateOnce(): Promise<void> {
    this.#lookedAt = this.#clock.now();
    try {
      if (await this.#isWanted()) await this.ports.update();
    } catch (error) {
      if (!this.#isClosed) this.ports.observer.failed('ingestion', 'looking for a newer database', error);
    }
  }

  #noticeJava(java: JavaUpdated | undefined, now: number): void {
    if (java?.outcome !== 'failed') {
      if (java) this.#javaFailing = undefined;
      return;
    }
    const { why = '', remedy } = java;
    const isFirst = this.#javaFailing === undefined;
    this.#javaFailing = { since: this.#javaFailing?.since ?? now, why, remedy };
    if (isFirst && !this.#isClosed)
      this.ports.observer.failed('ingestion', 'looking for a newer Java database', new Error(why));
  }

  /** A source that stays at an old database is no failure, and must be seen as well. */
  #alarm(now: number): void {
    const { everyMs, observer } = this.ports;
    const { level, notes } = this.freshness();
    if (level !== 'alarm' || now < this.#alarmedAt + everyMs || this.#isClosed) return;
    this.#alarmedAt = now;
    observer.failed('ingestion', 'keeping the vulnerability database fresh', new Error(notes.join('; ')));
  }

  async #isWanted(): Promise<boolean> {
    const { log, sources, isConfigured } = this.ports;
    const last = (await announcedAdvisories(log)).at(-1);
    this.#announced = last?.database;
    return sources.length > 0 && (isConfigured || last?.dataref !== undefined);
  }

  /** An operator's order announced a database: failures of before, and its age, count no more. */
  async noticed(): Promise<void> {
    const { log, owned } = this.ports;
    if (!owned().includes(partition)) return;
    this.#failing = undefined;
    this.#refused = this.#javaRefused = undefined;
    this.#announced = (await announcedAdvisories(log)).at(-1)?.database;
    await this.#lookAtHeld();
  }

  /**
   * A HEAD request to each source is enough as long as all have what was looked at last. What was refused is
   * downloaded again only after a whole interval: another source may have a better one then.
   *
   * @returns the outcome for the Java database, if it was looked for
   */
  async #look(now: number): Promise<JavaUpdated | undefined> {
    const { update, everyMs } = this.ports;
    const seen = await this.#manifests();
    if (seen !== undefined && seen === this.#seen) return undefined;
    const { manifests, java: before, untilMs = 0 } = this.#javaRefused ?? {};
    if (seen !== undefined && seen === manifests && now < untilMs) return before;
    this.#javaRefused = undefined;
    const refused = this.#refused;
    if (refused && seen === refused.manifests && now < refused.untilMs) throw refused.error;
    this.#refused = undefined;
    const {
      lagging = [],
      failed,
      java,
    } = await update().catch((error: unknown) => {
      if (seen !== undefined && error instanceof DatabaseError && error.code !== 'database-unreachable')
        this.#refused = { manifests: seen, error, untilMs: now + everyMs };
      throw error;
    });
    this.#announced = (await announcedAdvisories(this.ports.log)).at(-1)?.database;
    this.#lagging = [...lagging, ...(java?.lagging ?? [])];
    const isWhole = !failed && !java?.failed && java?.outcome !== 'failed';
    this.#seen = isWhole ? seen : undefined;
    if (seen !== undefined && java?.code !== undefined)
      this.#javaRefused = { manifests: seen, java, untilMs: now + everyMs };
    return java;
  }

  /** The manifests that all sources have now; undefined if none of a kind answers. */
  async #manifests(): Promise<string | undefined> {
    const { clients, sources, deadline } = this.ports;
    const heads = await askAll(
      sources,
      ({ access, repository, reference }, signal) => clients.to(access).head(repository, reference, signal),
      { deadline },
    );
    const isAway = (kind: AdvisoryKind): boolean =>
      heads.some(({ source }) => source.kind === kind) &&
      !heads.some((each) => each.source.kind === kind && 'answer' in each);
    if (isAway('vulnerabilities') || isAway('java')) return undefined;
    return heads.map((each) => ('answer' in each ? each.answer : 'away')).join(' ');
  }

  /**
   * How old the announced database is, and whether a newer one can be taken.
   * Only the instance that refreshes knows whether that fails.
   * @param database the announced one, if the caller knows it
   * @param held the one that is held, if the caller knows it
   */
  freshness(database = this.#announced, held = this.#held): DatabaseFreshness {
    const [failing, javaFailing, lagging, clock] = [
      this.#failing,
      this.#javaFailing,
      this.#lagging,
      this.ports.clockNote?.(),
    ];
    return freshnessOf({ database, failing, javaFailing, lagging, held, clock }, this.#clock.now());
  }

  /** Since when no newer database could be taken, why and what to do, and an age that puts images at risk. */
  notes(): readonly string[] {
    return this.freshness().notes;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop?.();
    for (const unwatch of this.#unwatch) unwatch();
    await this.#working;
  }
}

import { every, systemClock, type Clock } from '@assay/event-sourcing';
import { meter } from '@assay/telemetry';
import type { Logger } from './logger.ts';

export interface ClockPorts {
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  /** How far the clock here is ahead of the store's, ms; fails while the store is away. */
  readonly aheadMs: () => Promise<number>;
  readonly clock?: Clock | undefined;
}

/** Nobody minds less: what is answered late or on a busy machine looks like some of it. */
const differMs = 5_000;
const lookEveryMs = 60_000;
/** What came from the future is forgotten by then, unless more comes. */
const heardForMs = 10 * 60_000;

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/**
 * Compares the clock of this process with the store's, and with the times of what it hears. Leases are the store's and
 * safe; deadlines and what lapses come early or late by as much as clocks differ, so somebody should know.
 */
export class Clocks {
  readonly #clock: Clock;
  #aheadMs = 0;
  #early: { readonly ms: number; readonly topic: string; readonly at: number } | undefined;
  readonly #stop: () => void;

  constructor(private readonly ports: ClockPorts) {
    this.#clock = ports.clock ?? systemClock;
    const gauge = meter().createObservableGauge('assay.clock.ahead', {
      description: "How far the clock of this process is ahead of its store's",
      unit: 'ms',
    });
    const observe = (result: { observe(value: number): void }): void => result.observe(this.#aheadMs);
    gauge.addCallback(observe);
    const stop = every(this.#clock, lookEveryMs, () => void this.look());
    this.#stop = () => {
      stop();
      gauge.removeCallback(observe);
    };
  }

  /** Asks the store what time it is; says so where that differs, and where it no longer does. */
  async look(): Promise<void> {
    const before = this.#differs;
    try {
      this.#aheadMs = await this.ports.aheadMs();
    } catch {
      // Whoever uses the store says that it is away.
      return;
    }
    const { logger } = this.ports;
    const aheadMs = Math.round(this.#aheadMs);
    if (this.#differs && !before)
      logger.warn(
        { code: 'clock-differs', aheadMs },
        `${this.#differs}: see whether the time of both hosts is kept (NTP)`,
      );
    if (!this.#differs && before) logger.info({ aheadMs }, "this host's clock is that of the store again");
  }

  /** Something was heard that was said so many milliseconds from now. */
  early(topic: string, ms: number): void {
    if (ms < differMs) return;
    const isNews = this.#heard === undefined;
    this.#early = { ms: Math.max(ms, this.#heard ? this.#early!.ms : 0), topic, at: this.#clock.now() };
    if (isNews)
      this.ports.logger.warn(
        { code: 'clock-differs', topic, earlyMs: Math.round(ms) },
        `${this.#heard!}: see whether the time of both hosts is kept (NTP)`,
      );
  }

  /** What an operator should know, a line each. */
  get notes(): readonly string[] {
    return [this.#differs, this.#heard].filter((note) => note !== undefined);
  }

  get #differs(): string | undefined {
    if (Math.abs(this.#aheadMs) < differMs) return undefined;
    return `this host's clock is ${seconds(Math.abs(this.#aheadMs))} ${this.#aheadMs > 0 ? 'ahead of' : 'behind'} the store's`;
  }

  get #heard(): string | undefined {
    if (!this.#early || this.#clock.now() - this.#early.at > heardForMs) return undefined;
    return `${this.#early.topic} was heard ${seconds(this.#early.ms)} before it was said, by this host's clock`;
  }

  close(): void {
    this.#stop();
  }
}

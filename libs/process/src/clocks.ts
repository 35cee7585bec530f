import { every, systemClock, type Clock } from '@assay/event-sourcing';
import { meter } from '@assay/telemetry';
import type { Logger } from './logger.ts';

export interface ClockPorts {
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  /** How far the clock here is ahead of the store's, ms; fails while the store is away. */
  readonly aheadMs: () => Promise<number>;
  readonly clock?: Clock | undefined;
}

/** A smaller difference is not reported: late answers and a busy machine look the same. */
const differMs = 5_000;
const compareEveryMs = 60_000;
/** An event from the future is forgotten after this time, unless more follow. */
const earlyForMs = 10 * 60_000;

interface Early {
  readonly ms: number;
  readonly topic: string;
  readonly at: number;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

const earlyNote = ({ topic, ms }: Early): string =>
  `${topic} was heard ${seconds(ms)} before it was said, by this host's clock`;

/**
 * Compares the clock of this process with the store's, and with the times of the events it receives. Leases use the
 * store's time and are safe. Deadlines and expiries come early or late by as much as the clocks differ, so an operator
 * should know.
 */
export class Clocks {
  readonly #clock: Clock;
  #aheadMs = 0;
  #early: Early | undefined;
  readonly #stop: () => void;

  constructor(private readonly ports: ClockPorts) {
    this.#clock = ports.clock ?? systemClock;
    const gauge = meter().createObservableGauge('assay.clock.ahead', {
      description: "How far the clock of this process is ahead of its store's",
      unit: 'ms',
    });
    const observe = (result: { observe(value: number): void }): void => result.observe(this.#aheadMs);
    gauge.addCallback(observe);
    const stop = every(this.#clock, compareEveryMs, () => void this.compare());
    this.#stop = () => {
      stop();
      gauge.removeCallback(observe);
    };
  }

  /** Reads the store's time. Logs when the clocks begin to differ and when they agree again. */
  async compare(): Promise<void> {
    const before = this.#differs;
    try {
      this.#aheadMs = await this.ports.aheadMs();
    } catch {
      // The users of the store report that it is away.
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

  /** Notes an event that was received this many milliseconds before its own time of publication. */
  early(topic: string, ms: number): void {
    if (ms < differMs) return;
    const last = this.#recentEarly;
    const early = { ms: Math.max(ms, last?.ms ?? 0), topic, at: this.#clock.now() };
    this.#early = early;
    if (!last)
      this.ports.logger.warn(
        { code: 'clock-differs', topic, earlyMs: Math.round(ms) },
        `${earlyNote(early)}: see whether the time of both hosts is kept (NTP)`,
      );
  }

  /** Notes for an operator, one line each. */
  get notes(): readonly string[] {
    const early = this.#recentEarly;
    return [this.#differs, early && earlyNote(early)].filter((note) => note !== undefined);
  }

  get #differs(): string | undefined {
    if (Math.abs(this.#aheadMs) < differMs) return undefined;
    return (
      `this host's clock is ${seconds(Math.abs(this.#aheadMs))} ` +
      `${this.#aheadMs > 0 ? 'ahead of' : 'behind'} the store's`
    );
  }

  get #recentEarly(): Early | undefined {
    return this.#early && this.#clock.now() - this.#early.at <= earlyForMs ? this.#early : undefined;
  }

  close(): void {
    this.#stop();
  }
}

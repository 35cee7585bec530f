import type { Logger } from 'pino';
import { every, systemClock, type Clock } from '@assay/event-sourcing';
import { gauge } from '@assay/telemetry';

export interface ClockPorts {
  /** The service of the process, for its metric. */
  readonly service: string;
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
  `${topic} was consumed ${seconds(ms)} before it was published, by the clock of this host`;

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
    const unwatch = gauge('clock.ahead', ports.service).watch((observe) => observe(this.#aheadMs / 1000));
    const stop = every(this.#clock, compareEveryMs, () => void this.compare());
    this.#stop = () => {
      stop();
      unwatch();
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
      logger.warn({ code: 'clock-differs', aheadMs }, `${this.#differs}: check that both hosts keep the time (NTP)`);
    if (!this.#differs && before) logger.info({ aheadMs }, 'the clock of this host agrees with the store again');
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
        `${earlyNote(early)}: check that both hosts keep the time (NTP)`,
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
      `the clock of this host is ${seconds(Math.abs(this.#aheadMs))} ` +
      `${this.#aheadMs > 0 ? 'ahead of' : 'behind'} that of the store`
    );
  }

  get #recentEarly(): Early | undefined {
    return this.#early && this.#clock.now() - this.#early.at <= earlyForMs ? this.#early : undefined;
  }

  close(): void {
    this.#stop();
  }
}

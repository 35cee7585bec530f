import type { Random } from './random.ts';
import type { FaultTally } from './tally.ts';
import { Timeline } from './timeline.ts';
import { calm, type Weather } from './weather.ts';

/** The start time of every schedule. */
export const begin = Date.parse('2026-11-24T09:00:00.000Z');

/** Shared by all processes of a schedule: time, randomness, the weather, and the unreachable servers. */
export class World {
  /** The chance that a read model cannot be written, from 0 to 1. */
  unwritable = 0;
  readonly timeline = new Timeline(begin);
  /** Servers that cannot be reached: `log`, `store/<app>`, `registry`. */
  readonly down = new Set<string>();
  weather: Weather;

  constructor(
    readonly random: Random,
    readonly tally: FaultTally,
    weather: Weather = calm,
    private readonly line?: (text: string) => void,
  ) {
    this.weather = weather;
  }

  get now(): number {
    return this.timeline.now;
  }

  /** Latency of a call in one direction. */
  latency(): number {
    const { latencyMs, slow, slowMs } = this.weather;
    return this.random.chance(slow) ? this.random.between(0, slowMs) : -Math.log(1 - this.random.next()) * latencyMs;
  }

  /** Writes a line of the trace. */
  note(actor: string, action: string, how = ''): void {
    this.line?.(
      `${((this.now - begin) / 1000).toFixed(4).padStart(10)} s  ${actor.padEnd(18)} ${action}${how && `  ${how}`}`,
    );
  }

  /** Writes an explanation to the trace. */
  explain(text: () => string): void {
    this.line?.(`${' '.repeat(14)}${text()}`);
  }

  /** Counts a fault, and writes it to the trace. */
  fault(actor: string, action: string): void {
    this.tally.count(action);
    this.note(actor, action);
  }
}

import type { Random } from './random.ts';
import type { Tally } from './tally.ts';
import { Timeline } from './timeline.ts';
import { calm, type Weather } from './weather.ts';

/** When every schedule begins. */
export const begin = Date.parse('2026-11-24T09:00:00.000Z');

/** What all processes of a schedule share: time, chance, the weather, and who cannot be reached just now. */
export class World {
  /** How likely it is that a read model cannot be written, from 0 to 1. */
  unwritable = 0;
  readonly timeline = new Timeline(begin);
  /** Servers that cannot be reached: `log`, `store/<app>`, `registry`. */
  readonly down = new Set<string>();
  weather: Weather;

  constructor(
    readonly random: Random,
    readonly tally: Tally,
    weather: Weather = calm,
    private readonly line?: (text: string) => void,
  ) {
    this.weather = weather;
  }

  get now(): number {
    return this.timeline.now;
  }

  /** How long one way of a call takes. */
  latency(): number {
    const { latencyMs, slow, slowMs } = this.weather;
    return this.random.chance(slow) ? this.random.between(0, slowMs) : -Math.log(1 - this.random.next()) * latencyMs;
  }

  /** Tells whoever reads along that something happened. */
  note(who: string, what: string, how = ''): void {
    this.line?.(
      `${((this.now - begin) / 1000).toFixed(4).padStart(10)} s  ${who.padEnd(18)} ${what}${how && `  ${how}`}`,
    );
  }

  /** Explains, to whoever reads along. */
  explain(text: () => string): void {
    this.line?.(`${' '.repeat(14)}${text()}`);
  }

  /** Counts a fault, and tells of it. */
  fault(who: string, what: string): void {
    this.tally.count(what);
    this.note(who, what);
  }
}

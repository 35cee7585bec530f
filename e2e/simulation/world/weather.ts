import type { Random } from './random.ts';

/** The faults of any call: chances from 0 to 1, times in milliseconds. */
export interface Weather {
  /** Mean latency of a call, the same in both directions. */
  readonly latencyMs: number;
  /** A call that takes up to `slowMs` instead. */
  readonly slow: number;
  readonly slowMs: number;
  /** The process ends instead of a call, or right after the call had its effect. */
  readonly crash: number;
  /** The server refuses, and nothing happened. */
  readonly refused: number;
  /** The call had its effect, but the caller gets an error. */
  readonly answerLost: number;
  /** The caller gets an error, and the call has its effect later. */
  readonly overtaken: number;
  /** An append to many topics is written one by one, with others in between, and may fail half way. */
  readonly torn: number;
  /** A change of a job notifies no watcher. */
  readonly unnotified: number;
  /** A batch from before the seek, or one that was already received, comes again. */
  readonly staleBatch: number;
  /** The old owner of a moving partition is notified late, and goes on working. */
  readonly zombie: number;
  /** A read returns a few records although it could return all. */
  readonly shortReads: number;
  /** A handler fails at an event. */
  readonly faulty: number;
  /** Offsets of the log have gaps. */
  readonly gaps: number;
  /** The maximum difference between the clocks of two machines. */
  readonly skewMs: number;
}

export const calm: Weather = {
  latencyMs: 0.5,
  slow: 0,
  slowMs: 0,
  crash: 0,
  refused: 0,
  answerLost: 0,
  overtaken: 0,
  torn: 0,
  unnotified: 0,
  staleBatch: 0,
  zombie: 0,
  shortReads: 0,
  faulty: 0,
  gaps: 0,
  skewMs: 0,
};

/** Each kind of fault happens in some schedules only: many at once hide what two alone would show. */
export const drawnWeather = (random: Random): Weather => {
  const some = (share: number, from: number, to: number): number =>
    random.chance(share) ? from * (to / from) ** random.next() : 0;
  return {
    latencyMs: 0.2 * 50 ** random.next(),
    slow: some(0.3, 0.002, 0.1),
    slowMs: 100 * 200 ** random.next(),
    crash: some(0.5, 0.0005, 0.02),
    refused: some(0.3, 0.001, 0.1),
    answerLost: some(0.3, 0.001, 0.1),
    overtaken: some(0.3, 0.001, 0.05),
    torn: some(0.3, 0.05, 0.5),
    unnotified: some(0.3, 0.05, 1),
    staleBatch: some(0.3, 0.02, 0.3),
    zombie: some(0.5, 0.1, 0.9),
    shortReads: some(0.3, 0.1, 1),
    faulty: some(0.07, 0.01, 0.3),
    gaps: some(0.2, 0.1, 0.5),
    skewMs: some(0.2, 1, 3000),
  };
};

/** The same kinds of faults over a longer time. */
export const rarely = (weather: Weather): Weather => ({
  ...weather,
  crash: weather.crash / 30,
  refused: weather.refused / 10,
  answerLost: weather.answerLost / 10,
  overtaken: weather.overtaken / 10,
});

import type { Random } from './random.ts';

/** What can go wrong of itself, at every call: chances from 0 to 1, times in milliseconds. */
export interface Weather {
  /** Mean time that a call is under way, there and back alike. */
  readonly latencyMs: number;
  /** A call that takes up to `slowMs` instead. */
  readonly slow: number;
  readonly slowMs: number;
  /** The process ends instead of a call, or right after it had its effect. */
  readonly crash: number;
  /** The server says no, and nothing happened. */
  readonly refused: number;
  /** The server did it, and the caller is told that it failed. */
  readonly answerLost: number;
  /** The caller is told that it failed, and the server does it all the same, later. */
  readonly overtaken: number;
  /** An append to many topics is written one by one, others in between, and may fail half way. */
  readonly torn: number;
  /** That a job changed is told to nobody. */
  readonly untold: number;
  /** A batch of before the seek, or one that was heard already, comes again. */
  readonly staleBatch: number;
  /** Of a partition that moves: the old owner is not told in time, and works on. */
  readonly zombie: number;
  /** A read brings a few records where it could bring all. */
  readonly shortReads: number;
  /** A handler fails at an event. */
  readonly faulty: number;
  /** Offsets of the log have gaps. */
  readonly gaps: number;
  /** Clocks of two machines differ by up to so much. */
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
  untold: 0,
  staleBatch: 0,
  zombie: 0,
  shortReads: 0,
  faulty: 0,
  gaps: 0,
  skewMs: 0,
};

/** Each kind of fault is there in some schedules and not in others: many at once hide what two alone would show. */
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
    untold: some(0.3, 0.05, 1),
    staleBatch: some(0.3, 0.02, 0.3),
    zombie: some(0.5, 0.1, 0.9),
    shortReads: some(0.3, 0.1, 1),
    faulty: some(0.07, 0.01, 0.3),
    gaps: some(0.2, 0.1, 0.5),
    skewMs: some(0.2, 1, 3000),
  };
};

/** The same kinds of faults in a longer time. */
export const rarely = (weather: Weather): Weather => ({
  ...weather,
  crash: weather.crash / 30,
  refused: weather.refused / 10,
  answerLost: weather.answerLost / 10,
  overtaken: weather.overtaken / 10,
});

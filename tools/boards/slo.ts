import { counter, type Expression, type Window } from './expression.ts';

/** The promise: 99.9 % of the fresh pushes have a visible result within 15 minutes, over this period. */
export const period: Window = '30d';

/** Share of fresh pushes that may be late. */
export const budget = 0.001;

/** Least number of pushes in a window for its share of late ones to mean something. */
export const leastPushes = 20;

/** Fresh pushes that reached their first final state in a window, or were overdue. */
export const pushesIn = (window: Window): Expression<never> =>
  counter('assay.pushes', { lane: 'push' }).increase(window).sum();

/** The share of them that was late: no series while there are no pushes. */
export const lateShare = (window: Window): Expression<never> =>
  counter('assay.pushes', { lane: 'push', in_time: 'false' })
    .rate(window)
    .sum()
    .orZero()
    .over(counter('assay.pushes', { lane: 'push' }).rate(window).sum());

/**
 * True while late pushes use up the budget so many times faster than it lasts, in a long window and still in a short
 * one, as in the Site Reliability Workbook of Google ("Alerting on SLOs", multiple windows and burn rates).
 */
export const burns = (factor: number, long: Window, short: Window): Expression<never> => {
  const limit = Number((factor * budget).toPrecision(6));
  return lateShare(long).above(limit).and(lateShare(short).above(limit)).and(pushesIn(long).atLeast(leastPushes));
};

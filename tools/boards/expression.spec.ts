import { describe, expect, it } from 'vitest';
import { counter, gauge, gaugeBefore, noneOf, oneOf, quantile } from './expression.ts';

const late = counter('assay.pushes', { in_time: 'false' }).rate('5m').sum();
const all = counter('assay.pushes').rate('5m').sum();

describe('an expression', () => {
  it.each([
    [gauge('assay.jobs.age', { lane: 'push' }).max(), 'max(assay_jobs_age_seconds{lane="push"})'],
    [gauge('assay.up', { what: oneOf('kafka', 'redis') }).min(), 'min(assay_up{what=~"kafka|redis"})'],
    [gauge('assay.up', { what: noneOf('kafka') }), 'assay_up{what!="kafka"}'],
    [gauge('assay.up', { what: noneOf('kafka', 'redis') }), 'assay_up{what!~"kafka|redis"}'],
    [gaugeBefore('assay.sweep.age', '2h').max('registry'), 'max by (registry) (assay_sweep_age_seconds offset 2h)'],
    [
      quantile(0.99, 'assay.push.duration', '1h', { lane: 'push' }, ['service']),
      'histogram_quantile(0.99, sum by (le, service) (rate(assay_push_duration_seconds_bucket{lane="push"}[1h])))',
    ],
    [gauge('assay.clock.ahead').count('service').count(), 'count(count by (service) (assay_clock_ahead_seconds))'],
    [gauge('assay.sandbox.walls').mostOf('15m').max('wall'), 'max by (wall) (max_over_time(assay_sandbox_walls[15m]))'],
  ])('%#: is PromQL', ({ promql }, expected) => {
    expect(promql).toBe(expected);
  });

  it('has parentheses where another operator binds more tightly', () => {
    const [a, b] = ['sum(rate(assay_pushes_total{in_time="false"}[5m]))', 'sum(rate(assay_pushes_total[5m]))'];
    expect(late.over(all).above(0.1).promql).toBe(`${a} / ${b} > 0.1`);
    expect(late.orZero().over(all).promql).toBe(`(${a} or vector(0)) / ${b}`);
    expect(late.minus(all.minus(late)).promql).toBe(`${a} - (${b} - ${a})`);
    expect(late.over(all).fromOne().promql).toBe(`1 - ${a} / ${b}`);
    expect(late.above(1).or(all.above(2)).and(all).promql).toBe(`(${a} > 1 or ${b} > 2) and ${b}`);
    expect(late.above(1).and(all).or(all).promql).toBe(`${a} > 1 and ${b} or ${b}`);
  });

  it('takes a series that is new and not 0 for one that grew, if there was monitoring before', () => {
    const series = 'assay_stores_filled_total';
    expect(counter('assay.stores.filled').grew('15m').promql).toBe(
      `increase(${series}[15m]) > 0 or (${series} unless last_over_time(${series}[1h] offset 15m)) > 0 ` +
        'and on () max(nodejs_eventloop_utilization_ratio offset 15m)',
    );
  });
});

/** The compiler refuses each marked line, or `npm run lint` fails for a mark that is not needed. */
describe('an expression does not compile', () => {
  it('with a name, a label or a value that the catalogue lacks', () => {
    // @ts-expect-error There is no such metric.
    expect(() => gauge('assay.jobs.ages')).toThrow();
    // @ts-expect-error A counter is no gauge.
    expect(gauge('assay.pushes')).toBeDefined();
    // @ts-expect-error It has no such label.
    expect(counter('assay.pushes', { topic: 'x' })).toBeDefined();
    // @ts-expect-error The label has no such value.
    expect(counter('assay.pushes', { lane: 'fast' })).toBeDefined();
    // @ts-expect-error There is no such label to group by.
    expect(counter('assay.pushes').rate('5m').sum('digest')).toBeDefined();
    // @ts-expect-error The label was summed away.
    expect(counter('assay.pushes').rate('5m').sum('lane').max('service')).toBeDefined();
  });
});

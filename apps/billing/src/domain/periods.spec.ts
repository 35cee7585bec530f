import { describe, expect, it } from 'vitest';
import { openPeriodOf, periodOf } from './periods.ts';

describe('the period of a time', () => {
  it.each([
    ['2026-11-01T00:00:00.000Z', '2026-11'],
    ['2026-11-30T23:59:59.999Z', '2026-11'],
    ['2026-12-01T00:00:00.000Z', '2026-12'],
    ['2027-01-01T00:00:00.000Z', '2027-01'],
  ])('%s lies in %s', (time, period) => {
    expect(periodOf(time)).toBe(period);
  });
});

describe('the open period of a time', () => {
  const openOf = (time: string, ...shut: string[]): string => openPeriodOf((period) => shut.includes(period), time);

  it.each<[string, string[], string]>([
    ['2026-11-30T23:59:59.999Z', [], '2026-11'],
    ['2026-11-24T09:15:02.600Z', ['2026-10', '2026-12'], '2026-11'],
    ['2026-11-24T09:15:02.600Z', ['2026-11'], '2026-12'],
    ['2026-08-01T00:00:00.000Z', ['2026-08', '2026-09'], '2026-10'],
    ['2026-01-31T00:00:00.000Z', ['2026-01'], '2026-02'],
    ['2026-12-31T23:59:59.999Z', ['2026-12'], '2027-01'],
    ['2026-11-24T00:00:00.000Z', ['2026-11', '2026-12', '2027-01'], '2027-02'],
    ['2026-11-24T00:00:00.000Z', ['2026-11', '2027-01'], '2026-12'],
  ])('a charge of %s with %j shut comes into %s', (time, shut, period) => {
    expect(openOf(time, ...shut)).toBe(period);
  });

  it('a shut year is passed over as a whole', () => {
    expect(openPeriodOf((period) => period.startsWith('2026'), '2026-01-01T00:00:00.000Z')).toBe('2027-01');
  });
});

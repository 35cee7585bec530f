import { describe, expect, it } from 'vitest';
import {
  byDay,
  byRepository,
  daysOf,
  endOf,
  monthToClose,
  monthsUntil,
  sumOf,
  sumsText,
  totalsIn,
  type ChargeLine,
} from './month.ts';

const charge = (over: Partial<ChargeLine>): ChargeLine =>
  ({
    registryId: '/registries/shop',
    repository: 'web',
    amount: '0.29',
    currency: 'USD',
    chargedFor: '2026-11-25T09:14:03Z',
    ...over,
  }) as ChargeLine;

describe('charges of a month', () => {
  it.each([
    [['0.29', '0.29', '0.29'], '0.87'],
    [['0.1', '0.2'], '0.3'],
    [['0.29', '-0.29'], '0.00'],
    [['0.29', '-0.58'], '-0.29'],
    [['1', '0.005'], '1.005'],
    [['10', '20'], '30'],
    [[], '0'],
  ])('sums %j exactly to %s', (amounts, sum) => {
    expect(sumOf(amounts)).toBe(sum);
  });

  it.each([
    ['is the last one, if others are closed', [{ period: '2026-10', state: 'closed' }], '2026-11'],
    ['is the last one, if its closing began', [{ period: '2026-11', state: 'closing' }], '2026-11'],
    ['is none, if the last one is closed', [{ period: '2026-11', state: 'closed' }], undefined],
    ['is none, if no month ever was closed', [], undefined],
  ])('the month to close %s', (_, periods, month) => {
    expect(monthToClose(Date.parse('2026-12-01T00:00:00Z'), periods)).toBe(month);
  });

  it('puts the most expensive repository first, and keeps registries apart', () => {
    const rows = byRepository([
      charge({ repository: 'api' }),
      charge({}),
      charge({}),
      charge({ registryId: '/registries/other' }),
    ]);
    expect(rows.map(({ registryId, repository, amount }) => [registryId, repository, amount])).toEqual([
      ['/registries/shop', 'web', '0.58'],
      ['/registries/shop', 'api', '0.29'],
      ['/registries/other', 'web', '0.29'],
    ]);
  });

  it('has a value for each day, also for one without a charge', () => {
    const days = daysOf('2026-11', Date.parse('2026-11-26T12:00:00Z'));
    expect(days).toHaveLength(26);
    const [values] = byDay([charge({}), charge({})], days);
    expect(values?.sums.at(-2)).toBe(0.58);
    expect(values?.sums.at(-1)).toBe(0);
    expect(values?.late).toBeUndefined();
  });

  it('never adds two currencies, and names what is of another month', () => {
    const days = daysOf('2026-11', Date.parse('2026-11-26T12:00:00Z'));
    const charges = [
      charge({}),
      charge({ amount: '1.10', currency: 'EUR' }),
      charge({ chargedFor: '2026-10-31T23:59:59Z', billedIn: '2026-11' }),
    ];
    expect(byDay(charges, days).map(({ currency, sums, late }) => [currency, Math.max(...sums), late])).toEqual([
      ['USD', 0.29, { currency: 'USD', amount: '0.29', charges: 1 }],
      ['EUR', 1.1, undefined],
    ]);
    expect(byRepository(charges).map(({ currency, amount }) => [currency, amount])).toEqual([
      ['EUR', '1.10'],
      ['USD', '0.58'],
    ]);
  });

  it('offers the last twelve months, and closed ones before them', () => {
    const months = monthsUntil(Date.parse('2026-03-31T23:59:00Z'), ['2024-12', '2026-02']);
    expect(months.slice(0, 3)).toEqual(['2026-03', '2026-02', '2026-01']);
    expect(months.at(-1)).toBe('2024-12');
    expect(months).toHaveLength(13);
  });

  it('sums one subscription where that is chosen, by currency', () => {
    const value = [
      charge({ subscriptionId: 'a', currency: 'USD' }),
      charge({ subscriptionId: 'a', currency: 'EUR', amount: '1.10' }),
      charge({ subscriptionId: 'b', currency: 'USD' }),
    ];
    const totals = [{ currency: 'USD', amount: '9.99', charges: 3 }];
    expect(totalsIn({ value, totals }, '')).toBe(totals);
    expect(totalsIn({ value, totals }, 'a')).toEqual([
      { currency: 'USD', amount: '0.29', charges: 1 },
      { currency: 'EUR', amount: '1.10', charges: 1 },
    ]);
  });

  it.each([
    ['2026-02', '2026-03-01T00:00:00.000Z'],
    ['2026-12', '2027-01-01T00:00:00.000Z'],
  ])('lets %s be closed from %s on', (month, end) => {
    expect(new Date(endOf(month)).toISOString()).toBe(end);
  });

  it('writes sums one after the other, for two currencies have no sum', () => {
    expect(
      sumsText([
        { currency: 'EUR', amount: '3.00' },
        { currency: 'USD', amount: '1160.00' },
      ]),
    ).toBe('3.00 EUR, 1160.00 USD');
    expect(sumsText([])).toBe('0');
  });

  it('ends a month that is over with its last day', () => {
    expect(daysOf('2026-02', Date.parse('2026-11-26T12:00:00Z')).at(-1)).toBe('2026-02-28');
  });
});

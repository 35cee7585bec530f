import { describe, expect, it } from 'vitest';
import { listPrices, nameOf, priceAt, pricesFrom } from './prices.ts';

const rule = { id: 'list', from: '2026-01-01', amount: '0.30', currency: 'EUR' };

describe('price rules', () => {
  it('are the list price by default', () => {
    expect([pricesFrom(undefined), pricesFrom(' ')]).toEqual([listPrices, listPrices]);
    expect(listPrices.map(nameOf)).toEqual(['list@2020-01-01']);
  });

  it('keep the decimals of their amounts', () => {
    expect(pricesFrom(JSON.stringify([{ ...rule, note: 'not ours' }]))).toEqual([rule]);
  });

  it.each<[string, unknown]>([
    ['no JSON', '['],
    ['no list', {}],
    ['an empty list', []],
    ['no rule', [null]],
    ['an amount that was a float', [{ ...rule, amount: 0.29 }]],
    ['a negative amount', [{ ...rule, amount: '-1' }]],
    ['an exponent', [{ ...rule, amount: '1e2' }]],
    ['an amount with a comma', [{ ...rule, amount: '0,29' }]],
    ['a day that is none', [{ ...rule, from: '2026-02-30' }]],
    ['a time', [{ ...rule, from: '2026-01-01T00:00:00Z' }]],
    ['a currency that is none', [{ ...rule, currency: 'eur' }]],
    ['a currency that does not exist', [{ ...rule, currency: 'ZZZ' }]],
    ['a currency that is gone', [{ ...rule, currency: 'DEM' }]],
    ['no currency but a code for tests', [{ ...rule, currency: 'XTS' }]],
    ['no id', [{ ...rule, id: undefined }]],
    ['an id that is a formula', [{ ...rule, id: '=1+1' }]],
    ['two rules for one day', [rule, { ...rule, id: 'other' }]],
  ])('reject %s in one line', (_, rules) => {
    expect(() => pricesFrom(typeof rules === 'string' ? rules : JSON.stringify(rules))).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringMatching(/^ASSAY_PRICES [^\n]+$/) as string,
      }),
    );
  });

  it.each(['USD', 'EUR', 'JPY', 'CHF', 'XOF', 'ZWG'])('may be in %s', (currency) => {
    expect(pricesFrom(JSON.stringify([{ ...rule, currency }]))[0]!.currency).toBe(currency);
  });

  it('apply from their day until the next rule, in any order', () => {
    const prices = [
      { ...rule, from: '2026-12-01', amount: '2' },
      { ...rule, from: '2026-01-01', amount: '1' },
      { ...rule, from: '2027-01-01', amount: '3' },
    ];
    const on = (day: string) => priceAt(prices, `${day}T12:00:00.000Z`)?.amount;
    expect(['2026-01-01', '2026-11-30', '2026-12-01', '2026-12-31', '2027-01-01', '2030-06-01'].map(on)).toEqual([
      '1',
      '1',
      '2',
      '2',
      '3',
      '3',
    ]);
  });

  it('have no price for a day before the first rule', () => {
    expect(priceAt([rule], '2025-12-31T23:59:59.999Z')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { totalsOf, totalText } from '../read-model/totals.ts';
import { usageCharged } from './example.ts';
import { focusCsv } from './focus.ts';
import { faultOf } from './tally.ts';

const charges = [
  usageCharged({ amount: '1160' }),
  usageCharged({ amount: '3.00', currency: 'EUR' }),
  usageCharged({ amount: '-0.50', currency: 'EUR', correctionOf: 'c1' }),
];
const emitted = { charges: 3, total: totalText(totalsOf(charges)) };

describe('a file of charges and its record', () => {
  it('match regardless of trailing zeros', () => {
    expect(emitted.total).toBe('2.50 EUR, 1160 USD');
    expect(faultOf(focusCsv(charges), emitted)).toBeUndefined();
    expect(faultOf(focusCsv([]), { charges: 0, total: totalText([]) })).toBeUndefined();
  });

  it('differ if a line is lost or cut off', () => {
    expect(faultOf(focusCsv(charges.slice(1)), emitted)).toBe(
      'the file has 2 charges, 2.50 EUR, but was announced with 3 charges, 2.50 EUR, 1160 USD',
    );
    expect(faultOf(focusCsv(charges).slice(0, -10), emitted)).toMatch(/^the file has 2 charges/);
  });

  it.each([
    ['an amount is another', { ...emitted, total: '2.50 EUR, 1160.01 USD' }],
    ['a currency is another', { ...emitted, total: '2.50 EUR, 1160 CHF' }],
    ['a currency is missing', { ...emitted, total: '1160 USD' }],
    ['the count is missing', { charges: Number.NaN, total: emitted.total }],
    ['the total is missing', { charges: 3, total: '' }],
  ])('differ if %s', (_, other) => {
    expect(faultOf(focusCsv(charges), other)).toMatch(
      /^the file has 3 charges, 2.50 EUR, 1160.0 USD, but was announced/,
    );
  });
});

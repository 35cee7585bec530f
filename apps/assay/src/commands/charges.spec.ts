import { describe, expect, it } from 'vitest';
import { chargesWords } from './charges.ts';

const waiting = { subscriptionId: 's', repository: 'team/web', digest: `sha256:${'0'.repeat(64)}`, chargedFor: '2019-11-24T09:15:02.600Z' };

describe('assay charges', () => {
  it('says what they come to by currency, and how many wait for a price', () => {
    expect(chargesWords({ totals: [{ currency: 'EUR', amount: '3.00', charges: 1 }, { currency: 'USD', amount: '0.58', charges: 2 }], value: [], waiting: [waiting, waiting] }, '2026-11'))
      .toBe('1 charge in 2026-11: 3.00 EUR.\n2 charges and corrections in 2026-11: 0.58 USD.\n2 assessments wait for a price: `assay charges --open` lists what waits.');
    expect(chargesWords({ totals: [], value: [], waiting: [] })).toBe('Nothing was charged.');
  });
});

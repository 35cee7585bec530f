import { describe, expect, it } from 'vitest';
import type { BillLine } from '../../client/answers.ts';
import { chargesText } from './charges.ts';

const waiting = {
  subscriptionId: 's',
  repository: 'team/web',
  digest: `sha256:${'0'.repeat(64)}`,
  chargedFor: '2019-11-24T09:15:02.600Z',
};

describe('assay charges', () => {
  it('prints the total by currency and the number without a price', () => {
    const line = (currency: string, correctionOf?: string): BillLine => ({
      chargeId: 'c',
      subscriptionId: 's',
      digest: waiting.digest,
      currency,
      chargedFor: waiting.chargedFor,
      ...(correctionOf === undefined ? {} : { correctionOf }),
    });
    const lines = [line('EUR'), line('USD'), line('USD'), line('USD', 'c1'), line('CHF', 'c2')];
    const totals = [
      { currency: 'EUR', amount: '3.00', charges: 1 },
      { currency: 'USD', amount: '0.29', charges: 3 },
      { currency: 'CHF', amount: '-0.29', charges: 1 },
    ];
    expect(chargesText({ totals, value: lines, waiting: [waiting, waiting] }, '2026-11')).toBe(
      '1 charge in 2026-11: 3.00 EUR.\n2 charges and 1 correction in 2026-11: 0.29 USD.\n1 correction in ' +
        '2026-11: -0.29 CHF.\n2 assessments wait for a price: `assay charges --open` lists them.',
    );
    expect(chargesText({ totals: [], value: [], waiting: [] })).toBe('There are no charges.');
  });
});

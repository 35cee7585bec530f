import { expect, it } from 'vitest';
import { usageCharged } from '../export/example.ts';
import { summaryIn, summarise } from './summary.ts';

const charge = usageCharged({ chargedFor: '2026-10-24T09:15:02.600Z' });
const { registryId } = charge;
const { chargeId: _id, amount: _amount, currency: _currency, priceRule: _rule, ...assessment } = charge;

it('a summary has each charge and correction in the month that bills it, and what waits for a price', () => {
  const correction = { ...charge, amount: '-0.29', correctionOf: charge.chargeId, billedIn: '2026-12' };
  const waiting = { ...assessment, cause: {} as never };
  const state = { received: { a: waiting, b: waiting }, emitted: { a: [charge, correction] } };
  expect(summaryIn(summarise(state))).toEqual([
    ['2026-10', registryId, '0.29', 'USD'],
    ['2026-12', registryId, '-0.29', 'USD'],
    ['2026-10', registryId],
  ]);
  expect(summaryIn(summarise({ received: {}, emitted: {} }))).toEqual([]);
});

import Big from 'big.js';
import type { UsageCharged } from '@assay/events';
import type { Correction } from './config.ts';

/** What is left of a charge after what was given back, and added. */
export const restOf = (amounts: readonly string[]): Big =>
  amounts.reduce((sum, amount) => sum.plus(amount), new Big(0));

/** Corrections of a charge that count: in their order, and none that would give back more than is left. */
export const countedOf = (charge: UsageCharged, corrections: readonly Correction[]): readonly Correction[] => {
  const counted: Correction[] = [];
  for (const correction of corrections) {
    if (
      correction.chargeId === charge.chargeId &&
      restOf([charge.amount, ...counted.map(({ amount }) => amount), correction.amount]).gte(0)
    )
      counted.push(correction);
  }
  return counted;
};

import Big from 'big.js';
import type { UsageCharged } from '@assay/events';
import type { Correction } from './config.ts';

/** Adds up what is left of a charge after its corrections. */
export const restOf = (amounts: readonly string[]): Big =>
  amounts.reduce((sum, amount) => sum.plus(amount), new Big(0));

/**
 * Returns the corrections of a charge that count, in order. A correction that would give back more than is left does
 * not count.
 */
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

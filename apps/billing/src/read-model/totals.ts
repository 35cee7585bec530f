import Big from 'big.js';
import type { UsageCharged } from '@assay/events';

export interface Total {
  readonly currency: string;
  /** Decimal text: the exact sum, with the most decimals of any of its charges. */
  readonly amount: string;
  readonly charges: number;
}

const decimals = (amount: string): number => amount.split('.')[1]?.length ?? 0;

const sum = (amounts: readonly string[]): string =>
  amounts
    .reduce((total, amount) => total.plus(amount), new Big(0))
    .toFixed(amounts.reduce((most, amount) => Math.max(most, decimals(amount)), 0));

/** Sums charges by currency: amounts of two currencies have no sum. */
export const totalsOf = (charges: readonly Pick<UsageCharged, 'amount' | 'currency'>[]): readonly Total[] =>
  [...Map.groupBy(charges, ({ currency }) => currency)]
    .map(([currency, group]) => ({ currency, amount: sum(group.map(({ amount }) => amount)), charges: group.length }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));

/** Formats totals in one line: `1160.00 USD, 3.00 EUR`, or `0` without charges. */
export const totalText = (totals: readonly Total[]): string =>
  totals.map(({ amount, currency }) => `${amount} ${currency}`).join(', ') || '0';

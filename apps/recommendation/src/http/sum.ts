import Big from 'big.js';

/** Lines of a bill with the same amount, in one currency. */
interface EqualLines {
  /** Decimal text of any length. */
  readonly amount: string;
  /** Number of lines: one if absent. */
  readonly charges?: number;
}

const decimals = (amount: string): number => amount.split('.')[1]?.length ?? 0;

/** Adds up exactly. The text has the most decimals of any amount. */
export const sumOf = (lines: readonly EqualLines[]): string =>
  lines
    .reduce((sum, { amount, charges = 1 }) => sum.plus(new Big(amount).times(charges)), new Big(0))
    .toFixed(Math.max(0, ...lines.map(({ amount }) => decimals(amount))));

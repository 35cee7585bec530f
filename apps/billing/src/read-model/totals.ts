import Big from 'big.js';
import type { UsageCharged } from '@assay/events';

export interface Total {
  readonly currency: string;
  /** Decimal text: the exact sum, with the most decimals of any of its charges. */
  readonly amount: string;
  readonly charges: number;
}

type Amount = Pick<UsageCharged, 'amount' | 'currency'>;

const decimals = (amount: string): number => amount.split('.')[1]?.length ?? 0;

/** Sums up charges by currency, one by one: amounts of two currencies have no sum. */
export class Totals {
  readonly #byCurrency = new Map<string, { sum: Big; decimals: number; charges: number }>();

  add({ amount, currency }: Amount): void {
    const before = this.#byCurrency.get(currency) ?? { sum: new Big(0), decimals: 0, charges: 0 };
    this.#byCurrency.set(currency, {
      sum: before.sum.plus(amount),
      decimals: Math.max(before.decimals, decimals(amount)),
      charges: before.charges + 1,
    });
  }

  /** By currency. */
  get value(): readonly Total[] {
    return [...this.#byCurrency]
      .map(([currency, { sum, decimals: most, charges }]) => ({ currency, amount: sum.toFixed(most), charges }))
      .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
  }
}

/** Sums charges by currency. */
export const totalsOf = (charges: readonly Amount[]): readonly Total[] => {
  const totals = new Totals();
  for (const charge of charges) totals.add(charge);
  return totals.value;
};

/** Formats totals in one line: `1160.00 USD, 3.00 EUR`, or `0` without charges. */
export const totalText = (totals: readonly Total[]): string =>
  totals.map(({ amount, currency }) => `${amount} ${currency}`).join(', ') || '0';

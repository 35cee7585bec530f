import Big from 'big.js';
import { totalsOf, totalText, type Total } from '../read-model/totals.ts';
import { parseCsv, type CsvLine } from './csv.ts';

/** Count and total recorded by the writer of a file of charges (`1160.00 USD, 3.00 EUR`). */
export interface Tally {
  readonly charges: number;
  readonly total: string;
}

/** Computes count and total of the lines of a file. */
export const tallyOf = (lines: readonly CsvLine[]): Tally => ({
  charges: lines.length,
  total: totalText(totalsOf(lines.map(amountOf))),
});

const amountOf = ({ BilledCost = '', BillingCurrency = '' }: CsvLine): Pick<Total, 'amount' | 'currency'> => ({
  amount: BilledCost,
  currency: BillingCurrency,
});

/** Totals of the lines of a file by subscription. */
export const sumsBySubscription = (csv: string): ReadonlyMap<string, readonly Total[]> =>
  new Map(
    [...Map.groupBy(parseCsv(csv), ({ SubAccountId = '' }) => SubAccountId.toLowerCase())].map(([id, lines]) => [
      id,
      totalsOf(lines.map(amountOf)),
    ]),
  );

const amountPattern = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/;

/** Parses a total; undefined if it is malformed. */
const sums = (total: string): ReadonlyMap<string, Big> | undefined => {
  if (total === '0') return new Map();
  const amounts = new Map<string, Big>();
  for (const part of total.split(', ')) {
    const [, amount, currency] = amountPattern.exec(part) ?? [];
    if (amount === undefined || currency === undefined) return undefined;
    amounts.set(currency, new Big(amount));
  }
  return amounts;
};

/** Compares amounts by value: `3` equals `3.0`. */
const isSame = (one: string, other: string): boolean => {
  const [a, b] = [sums(one), sums(other)];
  return (
    a !== undefined &&
    b !== undefined &&
    a.size === b.size &&
    [...a].every(([currency, amount]) => b.get(currency)?.eq(amount))
  );
};

/** Describes in one line how a file of charges differs from its record; undefined if they match. */
export const faultOf = (csv: string, emitted: Tally): string | undefined => {
  const differ = (has: string): string =>
    `the file has ${has}, but was announced with ${emitted.charges} charges, ${emitted.total || 'no total'}`;
  let found: Tally;
  try {
    found = tallyOf(parseCsv(csv));
  } catch {
    return differ('amounts that cannot be read');
  }
  return found.charges === emitted.charges && isSame(found.total, emitted.total)
    ? undefined
    : differ(`${found.charges} charges, ${found.total}`);
};

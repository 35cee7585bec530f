import type { RunQuery } from '@assay/read-model/store/duckdb';
import { below } from '@assay/read-model/store/readable';
import { sumOf } from '../sum.ts';
import type { TrendFilter } from './trends.ts';

/** The charges of a day in one currency. */
export interface DaySum {
  readonly currency: string;
  /** Decimal text: the exact sum, with the most decimals of any of its charges. */
  readonly amount: string;
  /** Number of charges and corrections. */
  readonly charges: number;
}

interface Row {
  readonly day: string;
  readonly currency: string;
  readonly amount: string;
  readonly charges: number;
}

const instant = (ms: number): string => new Date(ms).toISOString();

/**
 * The charges of each day of UTC that has some, by the day that they are for, on any bill.
 * @param filter with the registries whose charges the caller may read
 * @returns sums by day, as in `2026-11-25`
 */
export const chargesByDay = async (
  query: RunQuery,
  { prefixes, from, until }: TrendFilter,
): Promise<ReadonlyMap<string, readonly DaySum[]>> => {
  const { where, values } = below('registry_key', prefixes);
  // Amounts are decimal text of any length, and few of them are different. Times sort as texts.
  const rows = await query<Row>(
    `select left(charged_for, 10) as day, currency, amount, count(*)::integer as charges
    from charges where charged_for >= $from and charged_for < $until and ${where}
    group by all order by day, currency, amount`,
    { ...values, from: instant(from), until: instant(until) },
  );
  return new Map(
    [...Map.groupBy(rows, ({ day }) => day)].map(([day, ofDay]) => [
      day,
      [...Map.groupBy(ofDay, ({ currency }) => currency)].map(([currency, group]) => ({
        currency,
        amount: sumOf(group),
        charges: group.reduce((sum, { charges }) => sum + charges, 0),
      })),
    ]),
  );
};

import type { components } from '../../api/generated/schema.ts';

export type ChargeLine = components['schemas']['ChargeLine'];

/** The month of a moment in UTC, as in `2026-11`. */
export const monthOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

/** The months that can be chosen, the newest first: the last 12, and those that were closed before. */
export const monthsUntil = (now: number, closed: readonly string[]): readonly string[] => {
  const at = new Date(now);
  const last = Array.from({ length: 12 }, (_, back) =>
    monthOf(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - back, 1)),
  );
  return [...new Set([...last, ...closed])].toSorted().toReversed();
};

/**
 * The month before the one that is not over, if it waits to be closed: undefined if it is closed, and where no month
 * ever was.
 */
export const monthToClose = (
  now: number,
  periods: readonly { readonly period: string; readonly state: string }[],
): string | undefined => {
  const [, last = ''] = monthsUntil(now, []);
  return periods.length === 0 || periods.some(({ period, state }) => period === last && state === 'closed')
    ? undefined
    : last;
};

/** The end of a month, ms since the epoch: from then on it can be closed. */
export const endOf = (month: string): number => {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return Date.UTC(year, number, 1);
};

/** Every day of a month, as in `2026-11-25`; of the month that is not over, until today. */
export const daysOf = (month: string, now: number): readonly string[] => {
  const begin = Date.parse(`${month}-01T00:00:00Z`);
  const days: string[] = [];
  for (let at = begin; monthOf(at) === month && at <= now; at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  return days;
};

/** `November 2026` */
export const monthText = (month: string): string =>
  new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );

const scaleOf = (amount: string): number => amount.split('.')[1]?.length ?? 0;

/** The sum of decimal amounts, exactly, with as many places as the most precise of them. */
export const sumOf = (amounts: readonly string[]): string => {
  const scale = Math.max(0, ...amounts.map(scaleOf));
  const sum = amounts.reduce(
    (total, amount) => total + BigInt(amount.replace('.', '') + '0'.repeat(scale - scaleOf(amount))),
    0n,
  );
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  const whole = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return sum < 0n ? `-${whole}` : whole;
};

/** The charges of a repository. */
export interface RepositoryCharges {
  readonly registryId: string;
  readonly repository: string;
  readonly currency: string;
  readonly amount: string;
  readonly charges: number;
}

/** Charges by repository and currency, the most expensive first: amounts of two currencies have no sum. */
export const byRepository = (charges: readonly ChargeLine[]): readonly RepositoryCharges[] =>
  Object.values(
    Object.groupBy(charges, ({ registryId, repository, currency }) => `${registryId} ${repository} ${currency}`),
  )
    .flatMap((group = []) => {
      const [first] = group;
      return first === undefined
        ? []
        : [
            {
              registryId: first.registryId,
              repository: first.repository,
              currency: first.currency,
              amount: sumOf(group.map(({ amount }) => amount)),
              charges: group.length,
            },
          ];
    })
    .toSorted((a, b) => Number(b.amount) - Number(a.amount) || a.repository.localeCompare(b.repository));

/** The charges of a bill in one currency, for a plot. */
export interface DailyCharges {
  readonly currency: string;
  /** The sum of each day, in the order of the days. */
  readonly sums: readonly number[];
  /** The charges of other days: of a month that was closed before they were known. */
  readonly late: ChargeTotal | undefined;
}

/** The charges of each day, for each currency of the bill. */
export const byDay = (charges: readonly ChargeLine[], days: readonly string[]): readonly DailyCharges[] =>
  Object.entries(Object.groupBy(charges, ({ currency }) => currency)).map(([currency, of = []]) => {
    const groups = Object.groupBy(of, ({ chargedFor }) => chargedFor.slice(0, 10));
    const late = of.filter(({ chargedFor }) => !days.includes(chargedFor.slice(0, 10)));
    return {
      currency,
      sums: days.map((day) => Number(sumOf((groups[day] ?? []).map(({ amount }) => amount)))),
      late:
        late.length === 0
          ? undefined
          : { currency, amount: sumOf(late.map(({ amount }) => amount)), charges: late.length },
    };
  });

/** A sum in one currency. */
export interface ChargeTotal {
  readonly currency: string;
  readonly amount: string;
  readonly charges: number;
}

/** A bill as the API has it. */
export interface ShownBill {
  readonly value: readonly ChargeLine[];
  readonly totals: readonly ChargeTotal[];
  /** Assessments without a price. */
  readonly waiting: readonly unknown[];
}

/** `1160.00 USD, 3.00 EUR`; `0` without charges. */
export const sumsText = (totals: readonly Pick<ChargeTotal, 'amount' | 'currency'>[]): string =>
  totals.map(({ amount, currency }) => `${amount} ${currency}`).join(', ') || '0';

/** The totals of an answer within a subscription: its own for all, else those of the charges that it holds. */
export const totalsIn = (
  { value, totals }: { readonly value: readonly ChargeLine[]; readonly totals: readonly ChargeTotal[] },
  subscription: string,
): readonly ChargeTotal[] =>
  subscription === ''
    ? totals
    : Object.entries(
        Object.groupBy(
          value.filter(({ subscriptionId }) => subscriptionId === subscription),
          ({ currency }) => currency,
        ),
      ).map(([currency, of = []]) => ({
        currency,
        amount: sumOf(of.map(({ amount }) => amount)),
        charges: of.length,
      }));

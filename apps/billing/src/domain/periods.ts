import type { UsageCharged } from '@assay/events';

/** Returns the calendar month in UTC of an ISO 8601 time in UTC: `2026-11`. */
export const periodOf = (time: string): string => time.slice(0, 7);

/** The period that bills a charge: that of its day, unless that period was closed before. */
export const billedIn = (charge: Pick<UsageCharged, 'chargedFor' | 'billedIn'>): string =>
  charge.billedIn ?? periodOf(charge.chargedFor);

/** Returns the next month. */
const after = (period: string): string => {
  const [year, month] = [Number(period.slice(0, 4)), Number(period.slice(5))];
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
};

/** Returns the first open month from that of the given time on. */
export const openPeriodOf = (isShut: (period: string) => boolean, time: string): string => {
  let period = periodOf(time);
  while (isShut(period)) period = after(period);
  return period;
};

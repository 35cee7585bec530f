/** The calendar month in UTC of a time (ISO 8601 in UTC), `2026-11`. */
export const periodOf = (time: string): string => time.slice(0, 7);

/** The month after one. */
const after = (period: string): string => {
  const [year, month] = [Number(period.slice(0, 4)), Number(period.slice(5))];
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
};

/** The first month, from that of a time on, into whose bill something may still come. */
export const openPeriodOf = (isShut: (period: string) => boolean, time: string): string => {
  let period = periodOf(time);
  while (isShut(period)) period = after(period);
  return period;
};

/** True for a calendar month in UTC: `2026-11`. */
export const isPeriod = (text: string): boolean => /^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(text);

interface Span {
  /** Inclusive. */
  readonly start: string;
  /** Exclusive. */
  readonly end: string;
}

const seconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

const parts = (time: string): [year: number, month: number, day: number] => [
  Number(time.slice(0, 4)),
  Number(time.slice(5, 7)) - 1,
  Number(time.slice(8, 10)),
];

export const monthOf = (time: string): Span => {
  const [year, month] = parts(time);
  return { start: seconds(Date.UTC(year, month)), end: seconds(Date.UTC(year, month + 1)) };
};

export const dayOf = (time: string): Span => {
  const [year, month, day] = parts(time);
  return { start: seconds(Date.UTC(year, month, day)), end: seconds(Date.UTC(year, month, day + 1)) };
};

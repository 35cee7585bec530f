let last = { ms: Number.NaN, text: '' };

/**
 * Formats a time (ms since the epoch) as ISO 8601 UTC with milliseconds. Events emitted together have the same time,
 * and comparing is cheaper than formatting again.
 * @throws RangeError if `ms` is not a time
 */
export const isoTime = (ms: number): string => {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
};

/** Matches only days up to 28, which every month has. Other days are left to `Date`, which knows the calendar. */
const asWritten = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * Normalises any text that JavaScript reads as a time to the form of `isoTime`. Text in that form already is not
 * parsed.
 * @throws RangeError if the text is not a time
 */
export const isoTimeOf = (text: string): string => (asWritten.test(text) ? text : new Date(text).toISOString());

const timePattern = /^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Returns an RFC 3339 time in the form of our events. Undefined if it cannot be read, or is Go's zero time. */
export const asTime = (text: string | undefined): string | undefined => {
  const year = timePattern.exec(text ?? '')?.[1];
  const time = new Date(text ?? '');
  if (year === undefined || year === '0001' || Number.isNaN(time.getTime())) return undefined;
  const written = time.toISOString().replace('.000Z', 'Z');
  return /^\d{4}-/.test(written) ? written : undefined;
};

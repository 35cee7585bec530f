let last = { ms: Number.NaN, text: '' };

/**
 * A time (ms since the epoch) as ISO 8601 UTC with milliseconds. All that is said in one go has the same time, and to
 * write it down takes longer than to look whether it is still the same.
 * @throws RangeError where the time is none
 */
export const isoTime = (ms: number): string => {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
};

/** Days that no month lacks: the others are for whoever knows the calendar. */
const asWritten = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * A time as `isoTime` writes it, from any text that JavaScript reads as one. What is written so already is not read.
 * @throws RangeError where the time is none
 */
export const isoTimeOf = (text: string): string => (asWritten.test(text) ? text : new Date(text).toISOString());

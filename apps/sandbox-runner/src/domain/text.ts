/**
 * Keeps text of a report as data, with any content. Two things are replaced, because some later reader does not accept
 * them as text: lone surrogates, which have no UTF-8, and NUL, which ends a string in C and separates the parts of our
 * own ids.
 */
export const asText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd');

const timePattern = /^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Returns an RFC 3339 time in the form of our events. Undefined if it cannot be read, or is Go's zero time. */
export const asTime = (text: string | undefined): string | undefined => {
  const year = timePattern.exec(text ?? '')?.[1];
  const time = new Date(text ?? '');
  if (year === undefined || year === '0001' || Number.isNaN(time.getTime())) return undefined;
  const written = time.toISOString().replace('.000Z', 'Z');
  return /^\d{4}-/.test(written) ? written : undefined;
};

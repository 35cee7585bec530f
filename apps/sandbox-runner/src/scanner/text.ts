/**
 * Text from a report, kept as data whatever it holds. Two things are replaced, since they are not text to everybody
 * who comes after us: half a surrogate pair, which has no UTF-8, and NUL, which ends a string in C and divides the
 * parts of our own ids.
 */
export const asText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd');

const timePattern = /^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** An RFC 3339 time as our events write it; nothing where it cannot be read, or is Go's way to say "none". */
export const asTime = (text: string | undefined): string | undefined => {
  const year = timePattern.exec(text ?? '')?.[1];
  const time = new Date(text ?? '');
  if (year === undefined || year === '0001' || Number.isNaN(time.getTime())) return undefined;
  const written = time.toISOString().replace('.000Z', 'Z');
  return /^\d{4}-/.test(written) ? written : undefined;
};

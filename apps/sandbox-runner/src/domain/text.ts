/**
 * Keeps text of a report as data, with any content. Two things are replaced, because some later reader does not accept
 * them as text: lone surrogates, which have no UTF-8, and NUL, which ends a string in C and separates the parts of our
 * own ids.
 */
export const asText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd');

/**
 * A text as a part of an address. A name of an image may hold half a surrogate pair, which no address can hold: that
 * half becomes U+FFFD.
 */
export const inAddress = (text: string): string => encodeURIComponent(text.toWellFormed());

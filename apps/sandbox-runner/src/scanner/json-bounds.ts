/** An honest report is nested nine levels deep. */
const deepest = 64;
/** An honest report takes some 40 bytes for a value, so the largest accepted one has below two million values. */
const mostValues = 4_000_000;

const [quote, backslash, comma, colon] = [...'"\\,:'].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];
const opening = new Set([...'[{'].map((sign) => sign.charCodeAt(0)));
const closing = new Set([...']}'].map((sign) => sign.charCodeAt(0)));

/** Returns the end of the text after a quote. */
const endOfText = (bytes: Buffer, start: number): number => {
  for (let end = bytes.indexOf(quote, start); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return bytes.length;
};

/**
 * Returns the reason why these bytes must not be parsed as JSON, if any. Two bytes of `[]` become 50 in memory, so a
 * text well within its limit may need more than a process has. The bytes are therefore checked first, in place.
 */
export const tooMuchJson = (bytes: Buffer): string | undefined => {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const sign = bytes[at] ?? 0;
    if (sign === quote) at = endOfText(bytes, at + 1);
    else if (opening.has(sign)) {
      depth += 1;
      values += 1;
    } else if (closing.has(sign)) depth -= 1;
    else if (sign === comma || sign === colon) values += 1;
    if (depth > deepest) return `nested deeper than ${deepest}`;
    if (values > mostValues) return `more than ${mostValues} values`;
  }
  return undefined;
};

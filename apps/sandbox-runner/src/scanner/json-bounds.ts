/** An honest report nests nine deep. */
const deepest = 64;
/** Honest reports take some 40 bytes for a value, so the largest that is read at all has below two million. */
const mostValues = 4_000_000;

const [quote, backslash, comma, colon] = [...'"\\,:'].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];
const opening = new Set([...'[{'].map((sign) => sign.charCodeAt(0)));
const closing = new Set([...']}'].map((sign) => sign.charCodeAt(0)));

/** Where the text after a quote ends. */
const endOfText = (bytes: Buffer, start: number): number => {
  for (let end = bytes.indexOf(quote, start); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return bytes.length;
};

/**
 * Why these bytes should not be parsed as JSON; nothing where they may be. Two bytes of `[]` become 50 in memory, so
 * that a text which is well within its limit may be more than a process has; it is looked through before, in place.
 */
export const tooMuchJson = (bytes: Buffer): string | undefined => {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const sign = bytes[at]!;
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

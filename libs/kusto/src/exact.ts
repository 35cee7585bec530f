/** `JSON.rawJSON` writes numbers without rounding. The compiler's library types do not include it yet. */
const { rawJSON } = JSON as JSON & { readonly rawJSON: (text: string) => unknown };

/** An integer of any length for `JSON.stringify`: a JavaScript number keeps 53 bits. */
export const exact = (digits: string): unknown =>
  Number.isSafeInteger(Number(digits)) ? Number(digits) : rawJSON(digits);

/** Reviver for `JSON.parse` that keeps integers exact. */
const exactly = (_: string, value: unknown, { source = '' }: { readonly source?: string } = {}): unknown =>
  typeof value === 'number' && /^-?\d+$/.test(source) ? exact(source) : value;

/** Parses JSON; `JSON.stringify` writes its integers back unchanged.
 * @throws SyntaxError */
export const parseExactly = (text: string): unknown => JSON.parse(text, /\d{16}/.test(text) ? exactly : undefined);

/** Stringifies plain values; `bigint` is written as an integer. */
export const stringifyExactly = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? exact(String(one)) : one));

/** What ECMAScript has for numbers that are written as they are; the compiler's own list of it is older. */
const { rawJSON } = JSON as JSON & { readonly rawJSON: (text: string) => unknown };

/** A whole number for `JSON.stringify`, however many digits it has: a number of JavaScript keeps 53 bits. */
export const exact = (digits: string): unknown =>
  Number.isSafeInteger(Number(digits)) ? Number(digits) : rawJSON(digits);

/** For `JSON.parse`: whole numbers stay what they were. */
const exactly = (_: string, value: unknown, { source = '' }: { readonly source?: string } = {}): unknown =>
  typeof value === 'number' && /^-?\d+$/.test(source) ? exact(source) : value;

/** JSON whose whole numbers `JSON.stringify` writes as they were.
 * @throws SyntaxError */
export const parseExactly = (text: string): unknown => JSON.parse(text, /\d{16}/.test(text) ? exactly : undefined);

/** JSON of plain values and of whole numbers as `bigint`. */
export const stringifyExactly = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? exact(String(one)) : one));

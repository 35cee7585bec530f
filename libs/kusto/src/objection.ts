/** Message for a query that has `=` in place of `==`. */
export const namesInsteadOfComparing = "'=' gives a name to something, and '==' compares: write '==' here.";

export interface Objection {
  readonly message: string;
  /** The expected token, if the parser knows one. */
  readonly expected?: string | undefined;
}

/**
 * Rewords a parser error so that it names the fix. Other messages of the parser are kept.
 *
 * @param at offset of the error in the query
 * @param isKeyword tests a word in lower case
 */
export const objection = (
  message: string,
  query: string,
  at: number,
  isKeyword: (word: string) => boolean,
): Objection => {
  const [token = ''] = /^(?:[A-Za-z_][\w-]*|[=!<>~]+|\S)/.exec(query.slice(at)) ?? [];
  const small = token.toLowerCase();
  if (token === '=') return { message: namesInsteadOfComparing, expected: '==' };
  if (small !== token && isKeyword(small))
    return {
      message: `Words of the language have no capital letters: write '${small}', not '${token}'.`,
      expected: small,
    };
  if (token === ',' && /^\s*top\b/.test(query.slice(query.lastIndexOf('|', at) + 1, at)))
    return { message: "'top' takes one key: for several write 'order by' and 'take'." };
  if (token !== '' && /^Expected: [;,]$|fragment/.test(message)) return { message: `'${token}' is not expected here.` };
  const expected = /^Expected: (.*)$/s.exec(message)?.[1] ?? (/query operator/i.test(message) ? 'operator' : undefined);
  return { message, expected };
};

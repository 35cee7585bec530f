/** What is wrong with a query that has `=` where something is compared. */
export const namesInsteadOfComparing = "'=' gives a name to something, and '==' compares: write '==' here.";

export interface Objection {
  readonly message: string;
  /** What should stand there, where the parser knows one thing. */
  readonly expected?: string | undefined;
}

/**
 * What the parser objects to, in words that say what to write instead. Its own are kept where they do.
 * @param at where in the query it objects
 * @param isKeyword of words in small letters
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

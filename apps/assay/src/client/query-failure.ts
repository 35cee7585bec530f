/** A refused query, with the position of the error in its text. */
export class QueryFailure extends Error {
  override readonly name = 'QueryFailure';

  constructor(
    message: string,
    readonly code: string,
    readonly position?: { readonly line: number; readonly characterPositionInLine: number; readonly token?: string },
  ) {
    super(message);
  }
}

/** Returns the line of the query with carets under the error; undefined without a position. */
export const markedLine = ({ position }: QueryFailure, query: string): string | undefined => {
  if (!position) return undefined;
  const { line, characterPositionInLine: at, token = '' } = position;
  const text = (query.split(/\r\n|\n|\r/)[line - 1] ?? '').replaceAll('\t', ' ');
  const [first = ''] = token.split('\n', 1);
  const marked = Math.max(1, Math.min(first.length, text.length - at));
  return `line ${line}:\n  ${text}\n  ${' '.repeat(at)}${'^'.repeat(marked)}`;
};

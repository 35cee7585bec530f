/** A query that was refused, with where in its text that shows. */
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

/** The line of the query, and a caret under the mistake; nothing where there is no place to show. */
export const markedLine = ({ position }: QueryFailure, query: string): string | undefined => {
  if (!position) return undefined;
  const { line, characterPositionInLine: at, token = '' } = position;
  const text = (query.split(/\r\n|\n|\r/)[line - 1] ?? '').replaceAll('\t', ' ');
  const marked = Math.max(1, Math.min(token.split('\n', 1)[0]!.length, text.length - at));
  return `line ${line}:\n  ${text}\n  ${' '.repeat(at)}${'^'.repeat(marked)}`;
};

import { KustoError, positionIn } from './errors.ts';

/** String literals and comments, which have no structure. */
export const skipped =
  String.raw`\/\/[^\n]*|@"(?:[^"]|"")*"?|@'(?:[^']|'')*'?|` +
  '`{3}[^]*?(?:`{3}|$)' +
  String.raw`|~~~[^]*?(?:~~~|$)|"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?`;

const pieces = new RegExp(`${skipped}|[([{]|[)\\]}]`, 'g');

/** No real query nests as deep, and parsing time grows steeply with the depth. */
const mostLevels = 100;

const command = /^(?:\s|\/\/[^\n]*(?:\n|$))*(\.\s*[\w-]*)/;

/**
 * Refuses text before the parser sees it: management commands, whose grammar takes seconds to load, and deep nesting.
 */
export const checkOutline = (text: string): void => {
  const [whole, word] = command.exec(text) ?? [];
  if (whole !== undefined && word !== undefined)
    throw new KustoError(
      'UnsupportedOperator',
      'Management commands are not supported.',
      positionIn(text, whole.length - word.length, word.length),
    );
  let level = 0;
  for (const { 0: piece, index } of text.matchAll(pieces)) {
    if (piece.length > 1) continue;
    if ('([{'.includes(piece)) level += 1;
    else if (')]}'.includes(piece)) level = Math.max(0, level - 1);
    if (level > mostLevels)
      throw new KustoError(
        'QueryTooComplex',
        `A query may nest at most ${mostLevels} levels deep.`,
        positionIn(text, index, 1),
      );
  }
};

import { bound, list, Sql, sql } from './sql.ts';
import { literal, scalar, type Pieces, type Scalar } from './value.ts';
import { itemAt } from './errors.ts';

/** Code points that stand for the SQL pieces while the constant text around them is examined. */
const first = 0xe000;
const hole = /[\ue000-\uf8ff]/;

const drawn = ({ all }: Pieces): string =>
  all.map((piece, index) => (typeof piece === 'string' ? piece : String.fromCharCode(first + index))).join('');

/** Converts a part of the drawn text back to a value. */
const valued = (pieces: Pieces, text: string): Scalar => {
  if (!hole.test(text)) return literal('string', text);
  const all = text
    .split(/([\ue000-\uf8ff])/)
    .filter((part) => part !== '')
    .map((part) => (hole.test(part) ? itemAt(pieces.all, part.charCodeAt(0) - first) : part));
  const prefix = pieces.prefixes.find(
    (one) =>
      drawn({ all: pieces.all.slice(0, one.pieces), prefixes: [] }).replace(/^\//, '') === text.replace(/^\//, '') &&
      text.startsWith('/'),
  );
  const of =
    prefix?.sql ??
    (all.length === 1
      ? (all[0] as Sql)
      : sql`concat(${list(all.map((piece) => (typeof piece === 'string' ? bound(piece) : piece)))})`);
  return { ...scalar('string', of), pieces: { all, prefixes: prefix ? pieces.prefixes : [] } };
};

/**
 * True if the occurrences of a text are known without the content of the holes. Holes are never empty and contain no
 * slash.
 */
const isDecided = (text: string, searched: string): boolean => {
  const parts = searched.split('/');
  if (parts.length < 2) return false;
  const segments = text.split('/');
  for (let at = 0; at + parts.length <= segments.length; at += 1) {
    const compared = parts.map((part, index) => {
      const segment = itemAt(segments, at + index);
      if (index === 0 || index === parts.length - 1) {
        if (part === '') return 'same';
        if (hole.test(segment)) return 'unknown';
        return (index === 0 ? segment.endsWith(part) : segment.startsWith(part)) ? 'same' : 'other';
      }
      return hole.test(segment) ? (part === '' ? 'other' : 'unknown') : segment === part ? 'same' : 'other';
    });
    if (!compared.includes('other') && compared.includes('unknown')) return false;
  }
  return true;
};

/** The result of `split`, if the pieces determine it. */
export const splitPieces = ({ pieces }: Scalar, delimiter: string): readonly Scalar[] | undefined => {
  if (!pieces) return undefined;
  const text = drawn(pieces);
  return isDecided(text, delimiter) ? text.split(delimiter).map((part) => valued(pieces, part)) : undefined;
};

/**
 * The text before and after the first occurrence of a separator, if the pieces determine it. Both are undefined if the
 * separator does not occur.
 */
export const parted = (
  { pieces }: Scalar,
  separator: string,
): { readonly before?: Scalar; readonly behind?: Scalar } | undefined => {
  if (!pieces) return undefined;
  const text = drawn(pieces);
  if (!isDecided(text, separator)) return undefined;
  const at = text.indexOf(separator);
  return at < 0
    ? {}
    : { before: valued(pieces, text.slice(0, at)), behind: valued(pieces, text.slice(at + separator.length)) };
};

/**
 * Regular expressions that published queries use on ids, and equivalents that find the same in a drawn id. Each matches
 * text that only constant pieces can contain.
 */
const usual: readonly { readonly pattern: string; readonly group: number; readonly found: RegExp }[] = [
  { pattern: '.*assessments/(.+?)/.*', group: 1, found: /.*assessments\/([^/]+)\/./ },
  {
    pattern: '(?i)providers/Microsoft.Security/assessments/([^/]*)',
    group: 1,
    found: /providers\/microsoft\.security\/assessments\/([^/]*)/i,
  },
  { pattern: '(.+)/providers/Microsoft.Security', group: 1, found: /^(.+)\/providers\/Microsoft\.Security/ },
];

/** The result of `extract`, if the pieces determine it. */
export const extractedPieces = ({ pieces }: Scalar, pattern: string, group: number): Scalar | undefined => {
  const row = usual.find((one) => one.pattern === pattern && one.group === group);
  if (!row || !pieces) return undefined;
  const found = row.found.exec(drawn(pieces))?.[1];
  return found === undefined ? undefined : valued(pieces, found);
};

const ofAssessment = /^\(\.\+\?\)(\/providers\/Microsoft\.Security\/assessments\/[0-9a-f-]{36}\/)$/;

/** Whether a text matches, if the pieces determine it. */
export const matchedPieces = ({ pieces }: Scalar, pattern: string): boolean | undefined => {
  const searched = ofAssessment.exec(pattern)?.[1];
  if (!pieces || searched === undefined) return undefined;
  const text = drawn(pieces);
  return isDecided(text, searched) ? text.indexOf(searched) > 0 : undefined;
};

import { translated } from '../expression.ts';
import { declaredName, nameIn } from '../names.ts';
import { parted } from '../pieces.ts';
import type { NamedValue, Relation } from '../relation.ts';
import { bound, sql } from '../sql.ts';
import { child, classOf, elements, literalText, type Node } from '../syntax.ts';
import { convert, literal, scalar, textOf, type Scalar, type ScalarType } from '../value.ts';
import { contextOf, parametersOf, settled, type Query, type Rows } from './operator.ts';

type Piece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'any' } | { readonly kind: 'column'; readonly name: string; readonly type: ScalarType };

const types: Readonly<Record<string, ScalarType>> = { string: 'string', int: 'int', long: 'long', real: 'real', double: 'real', bool: 'bool', boolean: 'bool', datetime: 'datetime', date: 'datetime', timespan: 'timespan', time: 'timespan', guid: 'guid' };

const pieceOf = (node: Node, { parsed }: Query): Piece => {
  switch (classOf(node)) {
    case 'StarExpression': return { kind: 'any' };
    case 'NameDeclaration': return { kind: 'column', name: declaredName(node, parsed), type: 'string' };
    case 'NameReference': return { kind: 'column', name: nameIn(child(node, 'Name'), parsed), type: 'string' };
    case 'NameAndTypeDeclaration': {
      const type = types[parsed.textOf(child(node, 'Type')).trim()];
      return type ? { kind: 'column', name: declaredName(child(node, 'Name'), parsed), type } : parsed.fail('TypeMismatch', 'A text cannot be read as this type.', child(node, 'Type'));
    }
    case 'LiteralExpression':
    case 'CompoundStringLiteralExpression': return { kind: 'text', text: literalText(node) ?? '' };
    default: return parsed.fail('ParserFailure', 'A text, a column or * is expected here.', node);
  }
};

const escaped = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');

/** The one column's pattern of a whole text: what is before and behind it has no groups. */
const patternOf = (pieces: readonly Piece[], column: Piece): string => {
  const parts = pieces.map((piece, index) => {
    if (piece.kind === 'text') return escaped(piece.text);
    const some = piece.kind === 'column' && index === pieces.length - 1 ? '.*' : '.*?';
    return piece === column ? `(${some})` : some;
  });
  return `^(?s:${parts.join('')})$`;
};

/** Column by column where the pieces of the text tell, else nothing. */
const fromPieces = (text: Scalar, pieces: readonly Piece[]): Map<string, Scalar> | undefined => {
  const found = new Map<string, Scalar>();
  let rest: Scalar | undefined = text;
  for (let index = 0; index < pieces.length; index += 2) {
    const [taken, separator] = [pieces[index]!, pieces[index + 1]];
    if (taken.kind === 'text' || (separator && separator.kind !== 'text') || !rest.pieces) return undefined;
    const sides: ReturnType<typeof parted> = separator ? parted(rest, separator.text) : { before: rest };
    if (!sides || (separator && index + 2 >= pieces.length)) return undefined;
    if (!sides.before) return new Map(pieces.flatMap((piece): [string, Scalar][] => (piece.kind === 'column' ? [[piece.name, literal('string', '')]] : [])));
    if (taken.kind === 'column') found.set(taken.name, sides.before);
    if (!sides.behind) break;
    rest = sides.behind;
  }
  return found;
};

const parsedColumns = (node: Node, leg: Relation, query: Query): Relation => {
  const value = translated(child(node, 'Expression'), contextOf(query, leg.columns));
  const pieces = elements(node, 'Patterns').map((element) => pieceOf(element, query));
  const text: Scalar = value.kind === 'scalar' && value.type === 'string' ? value : scalar('string', textOf(value));
  const known = fromPieces(text, pieces);
  const columns = [...leg.columns];
  for (const piece of pieces) {
    if (piece.kind !== 'column') continue;
    const found = known?.get(piece.name) ?? scalar('string', sql`regexp_extract(${text.sql}, ${bound(patternOf(pieces, piece))}, 1)`);
    const column: NamedValue = { name: piece.name, value: convert(found, piece.type) };
    const index = columns.findIndex(({ name }) => name === piece.name);
    if (index < 0) columns.push(column); else columns[index] = column;
  }
  return settled(leg.with(columns));
};

export const parse = (node: Node, rows: Rows, query: Query): Rows => {
  const { kind } = parametersOf(node, query, ['kind']);
  if (kind && kind.value !== 'simple' && kind.value !== 'relaxed') return query.parsed.fail('UnsupportedOperator', `'parse' of kind '${kind.value}' is not supported.`, kind.node);
  return rows.each((leg) => parsedColumns(node, leg, query));
};

import { itemAt } from '../errors.ts';
import { translated } from '../expression.ts';
import { declaredName, nameIn } from '../names.ts';
import { parted } from '../pieces.ts';
import type { NamedValue, Relation } from '../relation.ts';
import { bound, list, sql } from '../sql.ts';
import { child, classOf, elements, literalText, type Node } from '../syntax.ts';
import { convert, literal, scalar, textOf, type Scalar, type ScalarType } from '../value.ts';
import { contextOf, parametersOf, settled, type Query, type OperatorRows } from './operator.ts';

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'column'; readonly name: string; readonly type: ScalarType };

const types: Readonly<Record<string, ScalarType>> = {
  string: 'string',
  int: 'int',
  long: 'long',
  real: 'real',
  double: 'real',
  bool: 'bool',
  boolean: 'bool',
  datetime: 'datetime',
  date: 'datetime',
  timespan: 'timespan',
  time: 'timespan',
  guid: 'guid',
};

const pieceOf = (node: Node, { parsed }: Query): Piece => {
  switch (classOf(node)) {
    case 'StarExpression':
      return { kind: 'any' };
    case 'NameDeclaration':
      return { kind: 'column', name: declaredName(node, parsed), type: 'string' };
    case 'NameReference':
      return { kind: 'column', name: nameIn(child(node, 'Name'), parsed), type: 'string' };
    case 'NameAndTypeDeclaration': {
      const type = types[parsed.textOf(child(node, 'Type')).trim()];
      return type
        ? { kind: 'column', name: declaredName(child(node, 'Name'), parsed), type }
        : parsed.fail('TypeMismatch', 'A text cannot be read as this type.', child(node, 'Type'));
    }
    case 'LiteralExpression':
    case 'CompoundStringLiteralExpression':
      return { kind: 'text', text: literalText(node) ?? '' };
    default:
      return parsed.fail('ParserFailure', 'A text, a column or * is expected here.', node);
  }
};

const escaped = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');

/** Patterns of a typed column that no text follows. */
const shapes: Readonly<Record<Exclude<ScalarType, 'string' | 'decimal'>, string>> = {
  int: String.raw`[-+]?\d+`,
  long: String.raw`[-+]?\d+`,
  real: String.raw`[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`,
  bool: '(?i:true|false)|[01]',
  datetime: String.raw`\d[-\d:./TZ+ ]*[\dZ]`,
  timespan: String.raw`-?\d[\d.:]*`,
  guid: '[0-9a-fA-F-]{36}',
};

/** A pattern for the whole text whose only group is the given column. */
const patternOf = (pieces: readonly Piece[], column: Piece, isRelaxed: boolean): string => {
  const parts = pieces.map((piece, index) => {
    if (piece.kind === 'text') return escaped(piece.text);
    const some = piece.kind === 'column' && index === pieces.length - 1 ? '.*' : '.*?';
    const isOpen = piece.kind === 'column' && pieces[index + 1]?.kind === 'any';
    const taken = isOpen ? `(?:${shapes[piece.type as keyof typeof shapes]})${isRelaxed ? '?' : ''}` : some;
    return piece === column ? `(${taken})` : taken;
  });
  return `^(?s:${parts.join('')})$`;
};

/** Refuses a text column before `*`: its end is undefined. */
const refuseEndless = (nodes: readonly Node[], pieces: readonly Piece[], { parsed }: Query): void =>
  pieces.forEach((piece, index) => {
    if (piece.kind !== 'column' || piece.type !== 'string' || pieces[index + 1]?.kind !== 'any') return;
    parsed.fail(
      'ParserFailure',
      `'${piece.name}' and the '*' behind it cannot be separated: write a text between them.`,
      itemAt(nodes, index),
    );
  });

/** Keeps the columns of a row only if all of them convert to their types: Kusto's default, unless `kind=relaxed`. */
const strict = (found: readonly NamedValue[]): readonly NamedValue[] => {
  const typed = found.flatMap(({ value }) =>
    value.type === 'string' ? [] : [sql`${(value as Scalar).sql} is not null`],
  );
  if (typed.length === 0) return found;
  const all = sql`(${list(typed, ' and ')})`;
  return found.map(({ name, value }) => ({
    name,
    value:
      value.type === 'string'
        ? scalar('string', sql`case when ${all} then ${(value as Scalar).sql} else '' end`)
        : typed.length === 1
          ? value
          : scalar(value.type as ScalarType, sql`case when ${all} then ${(value as Scalar).sql} end`),
  }));
};

/** The columns, if the pieces of the text determine them. */
const fromPieces = (text: Scalar, pieces: readonly Piece[]): Map<string, Scalar> | undefined => {
  const found = new Map<string, Scalar>();
  let rest: Scalar | undefined = text;
  for (let index = 0; index < pieces.length; index += 2) {
    const [taken, separator] = [itemAt(pieces, index), pieces[index + 1]];
    if (taken.kind === 'text' || (separator && separator.kind !== 'text') || !rest.pieces) return undefined;
    const sides: ReturnType<typeof parted> = separator ? parted(rest, separator.text) : { before: rest };
    if (!sides || (separator && index + 2 >= pieces.length)) return undefined;
    if (!sides.before)
      return new Map(
        pieces.flatMap((piece): [string, Scalar][] =>
          piece.kind === 'column' ? [[piece.name, literal('string', '')]] : [],
        ),
      );
    if (taken.kind === 'column') found.set(taken.name, sides.before);
    if (!sides.behind) break;
    rest = sides.behind;
  }
  return found;
};

const parsedColumns = (node: Node, leg: Relation, query: Query, isRelaxed: boolean): Relation => {
  const value = translated(child(node, 'Expression'), contextOf(query, leg.columns));
  const nodes = elements(node, 'Patterns');
  const pieces = nodes.map((element) => pieceOf(element, query));
  refuseEndless(nodes, pieces, query);
  const text: Scalar = value.kind === 'scalar' && value.type === 'string' ? value : scalar('string', textOf(value));
  const known = fromPieces(text, pieces);
  const columns = [...leg.columns];
  const found = pieces.flatMap((piece) => {
    if (piece.kind !== 'column') return [];
    const of =
      known?.get(piece.name) ??
      scalar('string', sql`regexp_extract(${text.sql}, ${bound(patternOf(pieces, piece, isRelaxed))}, 1)`);
    return [{ name: piece.name, value: convert(of, piece.type) }];
  });
  for (const column of isRelaxed ? found : strict(found)) {
    const index = columns.findIndex(({ name }) => name === column.name);
    if (index < 0) columns.push(column);
    else columns[index] = column;
  }
  return settled(leg.with(columns));
};

export const parse = (node: Node, rows: OperatorRows, query: Query): OperatorRows => {
  const { kind } = parametersOf(node, query, ['kind']);
  if (kind && kind.value !== 'simple' && kind.value !== 'relaxed')
    return query.parsed.fail('UnsupportedOperator', `'parse' of kind '${kind.value}' is not supported.`, kind.node);
  return rows.each((leg) => parsedColumns(node, leg, query, kind?.value === 'relaxed'));
};

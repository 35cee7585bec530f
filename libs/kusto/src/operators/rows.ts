import { itemAt } from '../errors.ts';
import { condition, count, translated } from '../expression.ts';
import type { Key, NamedValue, SortOrder, Relation } from '../relation.ts';
import { raw } from '../sql.ts';
import { child, classOf, elements, optional, type Node } from '../syntax.ts';
import { orderInside, scalar, sqlOf, type Value } from '../value.ts';
import { named, writtenIn } from './columns.ts';
import { contextOf, parametersOf, OperatorRows, type Query, type TabularOperators } from './operator.ts';

const mostRows = 1_000_000_000n;

const filter = (node: Node, rows: OperatorRows, query: Query): OperatorRows => {
  parametersOf(node, query, []);
  const filtered = rows.legs.map((leg) => {
    const of = condition(child(node, 'Condition'), contextOf(query, leg.columns));
    return of.literal === true
      ? { leg, isOut: false }
      : { leg: leg.where(of.sql), isOut: of.literal === false || of.literal === null };
  });
  const left = filtered.filter(({ isOut }) => !isOut);
  // If no leg is left, keep one for its columns.
  return new OperatorRows(
    (left.length > 0 ? left : filtered.slice(0, 1)).map(({ leg }) => leg),
    rows.isCut,
  );
};

/** The sort keys of a value. */
export const keysOf = (value: Value, node: Node, { parsed }: Query): readonly Key[] => {
  switch (value.kind) {
    case 'bag':
      return parsed.fail('TypeMismatch', 'Rows cannot be sorted or grouped by a bag or an array.', node);
    case 'held':
      return [{ sql: value.of.sql, type: value.of.type }];
    case 'scalar':
      return value.literal === undefined ? [{ sql: value.sql, type: value.type }] : [];
    default: {
      const [number, text] = orderInside(value.sql, parsed.positionOf(node));
      return [
        { sql: number, type: 'real' },
        { sql: text, type: 'string' },
      ];
    }
  }
};

const orderOf = (element: Node, leg: Relation, query: Query): readonly SortOrder[] => {
  const isOrdered = classOf(element) === 'OrderedExpression';
  const ordering = isOrdered ? optional(element, 'Ordering') : undefined;
  const keywords = ordering ? query.parsed.textOf(ordering).trim().split(/\s+/) : [];
  const descending = !keywords.includes('asc');
  const nullsFirst = keywords.includes('first') || (!keywords.includes('last') && !descending);
  const expression = isOrdered ? child(element, 'Expression') : element;
  return keysOf(translated(expression, contextOf(query, leg.columns)), expression, query).map((key) => ({
    ...key,
    descending,
    nullsFirst,
  }));
};

const sorted = (list: readonly Node[], rows: OperatorRows, query: Query): Relation => {
  const { one } = rows;
  return one.sorted(list.flatMap((element) => orderOf(element, one, query)));
};

/** Distinct rows; bags and arrays are compared by their JSON. */
const distinct = (node: Node, rows: OperatorRows, query: Query): OperatorRows => {
  parametersOf(node, query, []);
  const expressions = elements(node, 'Expressions');
  const columns = (leg: Relation): readonly NamedValue[] =>
    classOf(itemAt(expressions, 0)) === 'StarExpression'
      ? leg.columns
      : named(
          writtenIn(node, 'Expressions', query),
          (expression) => translated(expression, contextOf(query, leg.columns)),
          query,
        );
  return rows
    .each((leg) => leg.with(columns(leg)))
    .all((all) => {
      const inner = all.with(all.columns.map(({ name, value }) => ({ name, value: unliteral(value) }))).nested();
      return inner.grouped(
        inner.columns.map(({ name, value }) => ({
          name,
          value: value.kind === 'bag' ? { kind: 'json', type: 'dynamic', sql: sqlOf(value) } : value,
        })),
        inner.columns.map(({ value }) => ({
          sql: value.kind === 'held' ? value.of.sql : sqlOf(value),
          type: value.kind === 'held' ? value.of.type : value.type,
        })),
        [],
      );
    });
};

/** Turns a constant into a column that can be grouped by. */
export const unliteral = <V extends Value>(value: V): V => {
  if (value.kind === 'held') return { ...value, of: unliteral(value.of) };
  if (value.kind === 'bag')
    return { ...value, members: new Map([...value.members].map(([name, member]) => [name, unliteral(member)])) };
  return value.kind === 'scalar' && value.literal !== undefined
    ? (scalar(value.type, value.sql, value.nullable) as V)
    : value;
};

/** Operators that select and sort rows. */
export const rowOperators: TabularOperators = {
  FilterOperator: filter,
  DistinctOperator: distinct,
  SortOperator: (node, rows, query) => {
    parametersOf(node, query, []);
    return new OperatorRows([sorted(elements(node, 'Expressions'), rows, query)], rows.isCut);
  },
  TakeOperator: (node, rows, query) => {
    parametersOf(node, query, []);
    return new OperatorRows(
      [rows.one.limited(count(child(node, 'Expression'), contextOf(query, []), 'The number of rows', 0n, mostRows))],
      true,
    );
  },
  TopOperator: (node, rows, query) => {
    parametersOf(node, query, []);
    const most = count(child(node, 'Expression'), contextOf(query, []), 'The number of rows', 0n, mostRows);
    return new OperatorRows([sorted([child(node, 'ByExpression')], rows, query).limited(most)], rows.isCut);
  },
  CountOperator: (node, rows, query) => {
    const name = optional(node, 'AsIdentifier')
      ? query.parsed.textOf(child(child(node, 'AsIdentifier'), 'Identifier'))
      : 'Count';
    return rows.all((all) => all.grouped([], [], [{ name, value: scalar('long', raw('count(*)'), false) }]));
  },
};

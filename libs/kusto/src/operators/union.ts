import { nameIn } from '../names.ts';
import { child, classOf, elements, firstToken, type Node } from '../syntax.ts';
import { literal, nothing } from '../value.ts';
import type { NamedValue, Relation } from '../relation.ts';
import { parametersOf, OperatorRows, type Query } from './operator.ts';

const mostLegs = 3;

interface Leg {
  readonly name: string;
  readonly rows: OperatorRows;
}

/** A source by its table, else by its place among all sources. */
const legOf = (source: Node, rows: OperatorRows, index: number, { parsed }: Query): Leg => ({
  name: classOf(source) === 'NameReference' ? nameIn(child(source, 'Name'), parsed) : `union_arg${index}`,
  rows,
});

/** Unites the rows of several sources, with all columns (`outer`) or the common ones (`inner`). */
const union = (node: Node, before: readonly Leg[], query: Query): OperatorRows => {
  const { parsed, counts } = query;
  const {
    kind,
    withsource,
    with_source: source = withsource,
  } = parametersOf(node, query, ['kind', 'withsource', 'with_source']);
  if (kind && kind.value !== 'outer' && kind.value !== 'inner')
    return parsed.fail('UnsupportedOperator', `A union of kind '${kind.value}' is not supported.`, kind.node);
  const count = before.length + elements(node, 'Expressions').length;
  counts.unions += counts.unions === 0 ? count : count - 1;
  if (counts.unions > mostLegs)
    return parsed.fail('TooManyUnionLegs', `A query may unite at most ${mostLegs} sources.`, firstToken(node));
  const legs = [
    ...before,
    ...elements(node, 'Expressions').map((source, index) =>
      legOf(source, query.rows(source), before.length + index, query),
    ),
  ];
  const wanted = new Map<string, NamedValue>();
  for (const { rows } of legs) {
    for (const column of rows.columns) {
      const known = wanted.get(column.name);
      if (known && known.value.type !== column.value.type)
        return parsed.fail(
          'TypeMismatch',
          `The column '${column.name}' is a ${known.value.type} in one source and a ${column.value.type} in another.`,
          node,
        );
      wanted.set(column.name, known ?? column);
    }
  }
  const names = [...wanted.values()].filter(
    ({ name }) =>
      kind?.value !== 'inner' || legs.every(({ rows }) => rows.columns.some((column) => column.name === name)),
  );
  const sourceName = source && parsed.textOf(child(source.node, 'Expression')).trim();
  const all = legs.flatMap(({ name, rows }) =>
    rows.legs.map((leg): Relation =>
      leg
        .with([
          ...(sourceName === undefined ? [] : [{ name: sourceName, value: literal('string', name) }]),
          ...names.map((column) => ({
            name: column.name,
            value: leg.named(column.name) ?? nothing(column.value.type),
          })),
        ])
        .repeated(),
    ),
  );
  return new OperatorRows(
    all,
    legs.some(({ rows }) => rows.isCut),
  );
};

export const unionAfter = (node: Node, rows: OperatorRows, query: Query): OperatorRows =>
  union(node, [legOf(child(child(node, 'Parent'), 'Expression'), rows, 0, query)], query);
export const unionFirst = (node: Node, query: Query): OperatorRows => union(node, [], query);

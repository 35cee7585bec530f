import { itemAt } from '../errors.ts';
import { count, translated } from '../expression.ts';
import { automaticName, ColumnNames, written } from '../names.ts';
import { Relation, type NamedValue, type Source } from '../relation.ts';
import { bound, sql, type Rendering, type Sql } from '../sql.ts';
import { child, elements, firstToken, optional, type Node } from '../syntax.ts';
import { convert, json, jsonOf, through, type ScalarType } from '../value.ts';
import { contextOf, parametersOf, OperatorRows, type Query } from './operator.ts';

const mostExpansions = 3;
const usualLimit = 128n;
const mostElements = 2000n;

const types: Readonly<Record<string, ScalarType | 'dynamic'>> = {
  string: 'string',
  int: 'int',
  long: 'long',
  real: 'real',
  double: 'real',
  bool: 'bool',
  datetime: 'datetime',
  timespan: 'timespan',
  guid: 'guid',
  dynamic: 'dynamic',
};

/** Repeats each row once per element of a list in it. */
class Expansion implements Source {
  constructor(
    private readonly inner: Source,
    private readonly elements: Sql,
  ) {}

  readonly #alias = { render: (rendering: Rendering): string => rendering.source(this).alias };
  readonly value = sql`${this.#alias}.v`;
  readonly index = sql`${this.#alias}.i`;

  render(rendering: Rendering): string {
    const { alias } = rendering.source(this);
    const text = rendering.of(this.elements);
    return (
      `${this.inner.render(rendering)}, lateral (select unnest(l) as v, generate_subscripts(l, 1) as i ` +
      `from (select ${text} as l)) ${alias}`
    );
  }
}

/** The elements of an array, the members of a bag as bags of one, else the value itself, also if it is missing. */
const elementsOf = (of: Sql, limit: bigint): Sql => {
  const value = sql`json_extract(${of}, '/' || replace(replace(k, '~', '~0'), '/', '~1'))`;
  return sql`list_slice(case json_type(${of}) when 'ARRAY' then from_json(${of}, '["json"]')
    when 'OBJECT' then list_transform(json_keys(${of}), lambda k: json_object(k, ${value}))
    else [coalesce(${of}, 'null'::json)] end, 1, ${bound(limit)})`;
};

export const expand = (node: Node, rows: OperatorRows, query: Query): OperatorRows => {
  const { parsed, counts } = query;
  parametersOf(node, query, []);
  counts.expansions += 1;
  if (counts.expansions > mostExpansions)
    return parsed.fail('TooManyMvExpand', `A query may expand at most ${mostExpansions} times.`, firstToken(node));
  const expressions = elements(node, 'Expressions');
  const [element, another] = [itemAt(expressions, 0), expressions[1]];
  if (another) return parsed.fail('UnsupportedOperator', 'Only one column can be expanded at a time.', another);
  const clause = optional(node, 'RowLimitClause');
  const limit = clause
    ? count(child(clause, 'RowLimit'), contextOf(query, []), 'The limit', 1n, mostElements)
    : usualLimit;
  const one = written(child(element, 'Expression'), parsed);
  const typeOf = optional(element, 'ToTypeOf');
  const typeNode = typeOf && elements(child(typeOf, 'TypeOf'), 'Types')[0];
  const type = typeNode ? types[parsed.textOf(typeNode).trim()] : 'dynamic';
  if (!type) return parsed.fail('TypeMismatch', 'Elements cannot be read as this type.', typeNode ?? node);

  const all = rows.one;
  const value = translated(one.expression, contextOf(query, all.columns));
  if (value.type !== 'dynamic')
    return parsed.fail('TypeMismatch', `A ${value.type} cannot be expanded.`, one.expression);
  const { select, wrap } = all.closed();
  const source = new Expansion(select, elementsOf(wrap(jsonOf(value)), limit));
  const item = json(sql`nullif(${source.value}, 'null')`);
  const columns: NamedValue[] = all.columns.map((column) => ({
    name: column.name,
    value: through(column.value, wrap),
  }));
  const names = new ColumnNames(columns.map(({ name }) => name));
  const automatic = one.name ?? automaticName(one.expression, parsed);
  const name = automatic ?? names.free(undefined);
  const column: NamedValue = { name, value: type === 'dynamic' ? item : convert(item, type) };
  const index = columns.findIndex((existing) => existing.name === name);
  if (index < 0) columns.push(column);
  else columns[index] = column;
  const identity = [
    ...all.identity.map((key) => ({ ...key, sql: wrap(key.sql) })),
    { sql: source.index, type: 'long' as const },
  ];
  return new OperatorRows([new Relation(source, columns, identity)], rows.isCut);
};

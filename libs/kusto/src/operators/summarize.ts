import { aggregates } from '../aggregates.ts';
import { translated } from '../expression.ts';
import type { Call } from '../functions/function.ts';
import { automaticName, declaredName, ColumnNames, nameIn, written, type WrittenColumn } from '../names.ts';
import type { Key, NamedValue, Relation } from '../relation.ts';
import { list, raw, sql, type Sql } from '../sql.ts';
import { child, classOf, elements, optional, type Node } from '../syntax.ts';
import { json, scalar, sqlOf, type Value } from '../value.ts';
import { duplicate, listed } from './columns.ts';
import { contextOf, parametersOf, type Query, type OperatorRows } from './operator.ts';
import { keysOf, unliteral } from './rows.ts';
import { itemAt, present } from '../errors.ts';

interface Output {
  readonly name: string | undefined;
  readonly automatic: string | undefined;
  readonly node: Node;
  /** Value within the group; undefined for an expression over aggregates, which is computed after grouping. */
  readonly value?: Value;
  readonly expression?: Node;
}
type Computed = Output & { readonly value: Value };

/** The value by which rows are grouped, as one column. Kusto refuses a dynamic one, too. */
const grouping = (value: Value, node: Node, query: Query): Value =>
  value.type === 'dynamic'
    ? query.parsed.fail(
        'TypeMismatch',
        'Rows cannot be grouped by a dynamic value. Convert it with tostring() or the like.',
        node,
      )
    : unliteral(value);

const extremes: Readonly<Record<string, 'desc' | 'asc'>> = { arg_max: 'desc', arg_min: 'asc' };

/** Columns of the row with the greatest or least value. */
const extreme = (
  direction: 'desc' | 'asc',
  one: WrittenColumn,
  inner: Relation,
  keys: readonly string[],
  query: Query,
): Output[] => {
  const { parsed } = query;
  const context = contextOf(query, inner.columns);
  const nodes = elements(child(one.expression, 'ArgumentList'), 'Expressions');
  const [by] = nodes;
  if (!by) return parsed.fail('InvalidArgument', 'An expression to compare by is expected here.', one.expression);
  const shown = nodes.slice(1).flatMap((node): Computed[] => {
    if (classOf(node) !== 'StarExpression')
      return [{ name: undefined, automatic: automaticName(node, parsed), node, value: translated(node, context) }];
    const name = automaticName(by, parsed);
    return inner.columns
      .filter((column) => column.name !== name && !keys.includes(column.name))
      .map((column) => ({ name: undefined, automatic: column.name, node, value: column.value }));
  });
  const compared = translated(by, context);
  const all: Computed[] = [
    { name: one.name, automatic: automaticName(by, parsed), node: one.node, value: compared },
    ...shown,
  ];
  const order = [
    ...keysOf(compared, by, query).map((key) => sql`${key.sql} ${raw(direction)} nulls last`),
    ...inner.identity.map((key) => key.sql),
  ];
  const fields = all.map(({ value }, index) => sql`'f${raw(String(index))}': ${sqlOf(value)}`);
  const row = sql`first({${list(fields)}} order by ${list(order)})`;
  return all.map((output, index) => ({
    ...output,
    name: index === 0 ? one.name : one.names?.[index],
    value: field(output.value, sql`(${row}).f${raw(String(index))}`),
  }));
};

const field = (value: Value, of: Sql): Value =>
  value.kind === 'scalar' ? scalar(value.type, value.type === 'string' ? sql`coalesce(${of}, '')` : of) : json(of);

const aggregate = (one: WrittenColumn, inner: Relation, keys: readonly string[], query: Query): Output[] => {
  const { parsed } = query;
  const { expression, name, node } = one;
  const called =
    classOf(expression) === 'FunctionCallExpression' ? declaredName(child(expression, 'Name'), parsed) : '';
  const direction = extremes[called];
  if (direction) return extreme(direction, one, inner, keys, query);
  if (one.names)
    return parsed.fail('UnsupportedOperator', 'Several names for one expression are not supported here.', node);
  const value = called === '' ? undefined : computed(expression, inner, query);
  return [
    value
      ? { name, automatic: automaticName(expression, parsed), node, value }
      : { name, automatic: automaticName(expression, parsed), node, expression },
  ];
};

const computed = (node: Node, inner: Relation, query: Query): Value | undefined => {
  const { parsed } = query;
  const nameNode = child(node, 'Name');
  const name = nameIn(child(nameNode, 'Name'), parsed);
  const found = aggregates[name];
  if (!found) return undefined;
  const nodes = elements(child(node, 'ArgumentList'), 'Expressions');
  const [least, most] = found.arguments;
  if (nodes.length < least || nodes.length > most) {
    const count = least === most ? least : `${least} to ${most}`;
    return parsed.fail(
      'InvalidArgument',
      `The aggregate '${name}' expects ${count} argument${most === 1 ? '' : 's'}.`,
      nameNode,
    );
  }
  const context = contextOf(query, inner.columns);
  const call: Call = { name, node: nameNode, nodes, context };
  return found.of(
    nodes.map((argument) => translated(argument, context)),
    call,
    { identity: inner.identity.map((key) => key.sql) },
  );
};

const namedOutputs = (
  outputs: readonly Output[],
  query: Query,
): { readonly name: string; readonly output: Output }[] => {
  const names = new ColumnNames();
  for (const { name, node } of outputs)
    if (name !== undefined) {
      if (names.has(name)) duplicate(name, node, query);
      names.take(name);
    }
  return outputs.map((output) => ({ name: output.name ?? names.free(output.automatic), output }));
};

/** Groups rows, and then computes expressions over several aggregates, such as `round(avg(x), 2)`. */
const grouped = (outputs: readonly Output[], inner: Relation, keys: readonly Key[], query: Query): Relation => {
  const named = namedOutputs(outputs, query);
  const columns: NamedValue[] = [];
  const translate = (expression: Node, aggregate: (call: Node) => Value | undefined): Value =>
    translated(expression, { ...contextOf(query, []), aggregate });
  for (const {
    name,
    output: { value, expression },
  } of named) {
    if (value) columns.push({ name, value });
    else if (expression)
      translate(expression, (call) => {
        const found = computed(call, inner, query);
        if (found) columns.push({ name: '\0', value: found });
        return found;
      });
  }
  const groups = inner.grouped(columns, keys, []);
  const hidden = groups.columns.filter(({ name }) => name === '\0').values();
  return groups.with(
    named.map(({ name, output: { expression } }) => ({
      name,
      value: expression
        ? translate(expression, (call) =>
            isAggregate(call, query) ? present(hidden.next().value, 'aggregate').value : undefined,
          )
        : present(groups.named(name), `column ${name}`),
    })),
  );
};

const isAggregate = (call: Node, { parsed }: Query): boolean =>
  Object.hasOwn(aggregates, declaredName(child(call, 'Name'), parsed));

export const summarize = (node: Node, rows: OperatorRows, query: Query): OperatorRows => {
  parametersOf(node, query, []);
  const by = optional(node, 'ByClause');
  const keysWritten = by ? elements(by, 'Expressions').map((element) => written(element, query.parsed)) : [];
  const keyNames = keysWritten.map((one) => one.name ?? automaticName(one.expression, query.parsed));
  // Keys become columns first, so that grouping and output use the same piece of SQL.
  const keyed = rows.each((leg) => {
    const context = contextOf(query, leg.columns);
    const keys = keysWritten.map((one, index) => {
      if (one.names)
        return query.parsed.fail(
          'UnsupportedOperator',
          'Several names for one expression are not supported here.',
          one.node,
        );
      return { name: `\0${index}`, value: grouping(translated(one.expression, context), one.expression, query) };
    });
    return leg.with([...leg.columns, ...keys]);
  });
  return keyed.all((all) => {
    const nested = all.nested();
    const inner = nested.with(nested.columns.filter(({ name }) => !name.startsWith('\0')));
    const keyColumns = nested.columns.filter(({ name }) => name.startsWith('\0'));
    const keys = keyColumns.map(({ value }): Key => ({ sql: sqlOf(value), type: value.type }));
    const outputs: Output[] = [
      ...keysWritten.map((one, index): Output => ({
        name: one.name,
        automatic: keyNames[index],
        node: one.node,
        value: itemAt(keyColumns, index).value,
      })),
      ...(by ? elements(node, 'Aggregates') : listed(node, 'Aggregates', query)).flatMap((element) =>
        aggregate(
          written(element, query.parsed),
          inner,
          keyNames.filter((name) => name !== undefined),
          query,
        ),
      ),
    ];
    return grouped(outputs, inner, keys, query);
  });
};

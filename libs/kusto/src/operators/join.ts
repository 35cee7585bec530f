import { joinable } from '../comparison.ts';
import { translated } from '../expression.ts';
import { nameIn, ColumnNames } from '../names.ts';
import { Relation, type NamedValue, type Source } from '../relation.ts';
import { list, raw, sql, type Rendering, type Sql } from '../sql.ts';
import { child, classOf, elements, firstToken, kindOf, optional, type Node } from '../syntax.ts';
import { optionalValue, through, type Value } from '../value.ts';
import { contextOf, parametersOf, OperatorRows, type Query } from './operator.ts';
import { unliteral } from './rows.ts';

const mostJoins = 3;
const kinds: Readonly<Record<string, string>> = {
  innerunique: 'join',
  inner: 'join',
  leftouter: 'left join',
  fullouter: 'full join',
};

class Join implements Source {
  constructor(
    private readonly left: Source,
    private readonly word: string,
    private readonly right: Source,
    private readonly on: Sql,
  ) {}

  render(rendering: Rendering): string {
    const on = rendering.of(this.on);
    return `${this.left.render(rendering)} ${this.word} ${this.right.render(rendering)} on ${on}`;
  }
}

/** A join condition, `key` or `$left.a == $right.b`, as a value of each side. */
const pair = (node: Node, left: Relation, right: Relation, query: Query): readonly [Value, Value] => {
  const { parsed } = query;
  if (classOf(node) === 'NameReference')
    return [translated(node, contextOf(query, left.columns)), translated(node, contextOf(query, right.columns))];
  const side = (of: Node): { readonly name: string; readonly column: Node } => {
    const base = classOf(of) === 'PathExpression' ? child(of, 'Expression') : undefined;
    const name = base && classOf(base) === 'NameReference' ? nameIn(child(base, 'Name'), parsed) : '';
    if (name !== '$left' && name !== '$right')
      return parsed.fail('ParserFailure', '$left.<column> == $right.<column> is expected here.', of);
    return { name, column: child(of, 'Selector') };
  };
  if (kindOf(node) !== 'EqualExpression')
    return parsed.fail('ParserFailure', 'A column, or $left.<column> == $right.<column>, is expected here.', node);
  const sides = [side(child(node, 'Left')), side(child(node, 'Right'))];
  const [one, other] = [sides.find(({ name }) => name === '$left'), sides.find(({ name }) => name === '$right')];
  if (!one || !other) return parsed.fail('ParserFailure', 'One side must be $left and the other $right.', node);
  return [
    translated(one.column, contextOf(query, left.columns)),
    translated(other.column, contextOf(query, right.columns)),
  ];
};

export const join = (node: Node, rows: OperatorRows, query: Query): OperatorRows => {
  const { parsed, counts } = query;
  counts.joins += 1;
  if (counts.joins > mostJoins)
    return parsed.fail(
      'DisallowedMaxNumberOfRemoteTables',
      `A query may have at most ${mostJoins} joins.`,
      firstToken(node),
    );
  const { kind } = parametersOf(node, query, ['kind']);
  const word = kinds[kind?.value ?? 'innerunique'];
  if (!word)
    return parsed.fail('UnsupportedOperator', `A join of kind '${kind?.value}' is not supported.`, kind?.node ?? node);
  const clause = optional(node, 'ConditionClause');
  if (!clause || classOf(clause) !== 'JoinOnClause')
    return parsed.fail('ParserFailure', "'on' and what is joined by is expected here.", clause ?? node);

  const [one, other] = [rows.one, query.rows(child(node, 'Expression')).one];
  const pairs = elements(clause, 'Expressions').map((element) => ({
    element,
    values: pair(element, one, other, query),
  }));
  const keys = pairs.map(
    ({ element, values }) =>
      joinable(...values) ??
      parsed.fail('TypeMismatch', `A ${values[0].type} cannot be joined with a ${values[1].type}.`, element),
  );
  // An `innerunique` join keeps one of the left rows with the same keys.
  const isUnique = (kind?.value ?? 'innerunique') === 'innerunique';
  const partition = list(keys.map(([left]) => left.sql));
  const order = list([...one.identity.map((key) => key.sql), raw('1')]);
  const qualify = isUnique ? { qualify: sql`row_number() over (partition by ${partition} order by ${order}) = 1` } : {};
  const [left, right] = [one.closed(qualify, word !== 'full join'), other.closed({}, word === 'join')];
  const on = list(
    keys.map(([a, b]) => sql`${left.wrap(a.sql)} = ${right.wrap(b.sql)}`),
    ' and ',
  );

  const seen = (value: Value, wrap: (inner: Sql) => Sql, isOptional: boolean): Value =>
    isOptional ? optionalValue(through(unliteral(value), wrap)) : through(value, wrap);
  const names = new ColumnNames();
  const columns: NamedValue[] = [
    ...one.columns.map(({ name, value }) => ({
      name: names.free(name),
      value: seen(value, left.wrap, word === 'full join'),
    })),
    ...other.columns.map(({ name, value }) => ({
      name: names.free(name),
      value: seen(value, right.wrap, word !== 'join'),
    })),
  ];
  const identity = [
    ...one.identity.map((key) => ({ ...key, sql: left.wrap(key.sql) })),
    ...other.identity.map((key) => ({ ...key, sql: right.wrap(key.sql) })),
  ];
  return new OperatorRows([new Relation(new Join(left.select, word, right.select, on), columns, identity)], rows.isCut);
};

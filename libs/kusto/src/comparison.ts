import { isArray, itemTexts } from './arrays.ts';
import type { Context } from './context.ts';
import { matchedPieces } from './pieces.ts';
import { bound, list, raw, sql, type Sql } from './sql.ts';
import { child, kindOf, type Node } from './syntax.ts';
import {
  boolean,
  convert,
  isNullable,
  isNumber,
  jsonOf,
  literal,
  maybeText,
  numberIn,
  scalar,
  textOf,
  withinTime,
  type Scalar,
  type Value,
} from './value.ts';

export type ComparisonOperator = (left: Value, right: Value, node: Node, context: Context) => Value;

const mismatch = (left: Value, right: Value, node: Node, { parsed }: Context): never => {
  const operator = child(node, 'Operator');
  return parsed.fail(
    'TypeMismatch',
    `The operator '${parsed.textOf(operator).trim()}' is not defined for ${left.type} and ${right.type}.`,
    operator,
  );
};

const rank = { int: 0, long: 1, real: 2 } as const;

/** Two numbers converted to the wider of their types. */
const numbers = (left: Scalar, right: Scalar): readonly [Scalar, Scalar] => {
  const [a, b] = [left.type as keyof typeof rank, right.type as keyof typeof rank];
  const type = rank[b] > rank[a] ? b : a;
  return [convert(left, type), convert(right, type)];
};

const maybe = (value: Value): Scalar =>
  value.kind === 'held' && value.of.type === 'string'
    ? value.of
    : scalar('string', maybeText(value), isNullable(value));

/** Both sides converted to one type in which they compare. */
const common = (left: Value, right: Value): readonly [Scalar, Scalar] | undefined => {
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    if (isNumber(left.type) && isNumber(right.type)) return numbers(left, right);
    if (left.type === right.type) return [left, right];
    const types = new Set([left.type, right.type]);
    // An integer converts to a decimal exactly; a real does not, so both become real.
    if (types.has('decimal') && (isNumber(left.type) || isNumber(right.type))) {
      const type = types.has('real') ? 'real' : 'decimal';
      return [convert(left, type), convert(right, type)];
    }
    return types.has('guid') && types.has('string')
      ? [
          scalar('string', sql`lower(${maybeText(left)})`, left.nullable),
          scalar('string', sql`lower(${maybeText(right)})`, right.nullable),
        ]
      : undefined;
  }
  if (left.kind === 'scalar') {
    const swapped = common(right, left);
    return swapped && [swapped[1], swapped[0]];
  }
  if (right.kind !== 'scalar') return [maybe(left), maybe(right)];
  switch (right.type) {
    case 'string':
    case 'guid':
      return [maybe(left), right];
    case 'bool':
      return [maybe(left), scalar('string', maybeText(right), right.nullable)];
    case 'int':
    case 'long':
    case 'real':
    case 'decimal':
      return [numberIn(left as never), convert(right, 'real')];
    default:
      return [convert(left, right.type), right];
  }
};

/** Both values in a type by which they can be joined; undefined if there is none. */
export const joinable = (left: Value, right: Value): readonly [Scalar, Scalar] | undefined => common(left, right);

/** A missing value equals nothing. The comparison of two missing values is null. */
const equality = (same: boolean, left: Scalar, right: Scalar): Scalar => {
  if (left.literal !== undefined && right.literal !== undefined && left.literal !== null && right.literal !== null)
    return literal('bool', (left.literal === right.literal) === same);
  const nullable = left.nullable && right.nullable;
  if (!left.nullable && !right.nullable) return boolean(sql`(${left.sql} ${raw(same ? '=' : '<>')} ${right.sql})`);
  const known = sql`(${left.sql} is ${raw(same ? 'not ' : '')}distinct from ${right.sql})`;
  return nullable
    ? boolean(sql`case when ${left.sql} is null and ${right.sql} is null then null else ${known} end`, true)
    : boolean(known);
};

const equals =
  (same: boolean): ComparisonOperator =>
  (left, right, node, context) => {
    const both = common(left, right);
    return both ? equality(same, ...both) : mismatch(left, right, node, context);
  };

const textIn = (value: Value): Scalar | undefined => {
  if (value.kind !== 'scalar') return maybe(value);
  return value.type === 'string' || value.type === 'guid' ? value : undefined;
};
const lowered = (text: Scalar): Scalar =>
  typeof text.literal === 'string'
    ? literal('string', text.literal.toLowerCase())
    : scalar('string', sql`lower(${text.sql})`, text.nullable);

/** Equality that ignores case. */
const equalsText =
  (same: boolean): ComparisonOperator =>
  (left, right, node, context) => {
    const [a, b] = [textIn(left), textIn(right)];
    return a && b ? equality(same, lowered(a), lowered(b)) : mismatch(left, right, node, context);
  };

/** Types without an order in Kusto. */
const unordered: readonly Value['type'][] = ['string', 'bool', 'guid'];

const less =
  (operator: '<' | '<=' | '>' | '>='): ComparisonOperator =>
  (left, right, node, context) => {
    const both = common(left, right);
    if (!both || unordered.includes(left.type) || unordered.includes(right.type))
      return mismatch(left, right, node, context);
    return boolean(sql`(${both[0].sql} ${raw(operator)} ${both[1].sql})`, both[0].nullable || both[1].nullable);
  };

const isText = (value: Value): boolean => value.kind !== 'scalar' || value.type === 'string' || value.type === 'guid';

/** A condition on two texts. A missing text counts as empty. */
const onText =
  (isTrue: boolean, ignoresCase: boolean, condition: (text: Sql, searched: Sql) => Sql): ComparisonOperator =>
  (left, right, node, context) => {
    if (!isText(left) || !isText(right)) return mismatch(left, right, node, context);
    const cased = (value: Value): Sql => {
      if (!ignoresCase) return textOf(value);
      return value.kind === 'scalar' && typeof value.literal === 'string'
        ? bound(value.literal.toLowerCase())
        : sql`lower(${textOf(value)})`;
    };
    const found = condition(cased(left), cased(right));
    return boolean(isTrue ? found : sql`(not ${found})`);
  };

const contains = (text: Sql, searched: Sql): Sql => sql`contains(${text}, ${searched})`;
const startsWith = (text: Sql, searched: Sql): Sql => sql`starts_with(${text}, ${searched})`;
const endsWith = (text: Sql, searched: Sql): Sql => sql`ends_with(${text}, ${searched})`;

/** Matches whole terms: no letter or digit adjoins a term. */
const term =
  (before: boolean, behind: boolean) =>
  (text: Sql, searched: Sql): Sql => {
    const [start, end] = [raw(before ? "'(^|[^\\pL\\pN])'" : "''"), raw(behind ? "'($|[^\\pL\\pN])'" : "''")];
    return sql`regexp_matches(${text}, concat(${start}, regexp_escape(${searched}), ${end}))`;
  };

export const has = term(true, true);

/** Matches any of several literal terms in one expression: matching each term alone takes as many times as long. */
export const hasAnyOf = (text: Sql, terms: readonly string[]): Sql => {
  const any = terms.map((one) => one.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')).join('|');
  return sql`regexp_matches(${text}, ${bound(`(^|[^\\pL\\pN])(${any})($|[^\\pL\\pN])`)})`;
};

const regex: ComparisonOperator = (left, right, node, context) => {
  const pattern = right.kind === 'scalar' ? right.literal : undefined;
  if (!isText(left)) return mismatch(left, right, node, context);
  if (typeof pattern !== 'string')
    return context.parsed.fail('TypeMismatch', 'A regular expression must be a literal text.', child(node, 'Right'));
  context.regexes.push({ pattern, group: 0, position: context.parsed.positionOf(child(node, 'Right')) });
  const decided = left.kind === 'scalar' ? matchedPieces(left, pattern) : undefined;
  return decided === undefined
    ? boolean(sql`regexp_matches(${textOf(left)}, ${bound(pattern)})`)
    : literal('bool', decided);
};

const logic =
  (word: 'and' | 'or'): ComparisonOperator =>
  (left, right, node, context) => {
    if (left.type !== 'bool' || right.type !== 'bool' || left.kind !== 'scalar' || right.kind !== 'scalar')
      return mismatch(left, right, node, context);
    const decisive = word === 'or';
    if (left.literal === decisive || right.literal === decisive) return literal('bool', decisive);
    if (left.literal === !decisive) return right;
    if (right.literal === !decisive) return left;
    return boolean(sql`(${left.sql} ${raw(word)} ${right.sql})`, left.nullable || right.nullable);
  };

const arithmetic =
  (sign: '+' | '-' | '*' | '/' | '%'): ComparisonOperator =>
  (left, right, node, context) => {
    const operand = (value: Value): Scalar => (value.kind === 'scalar' ? value : numberIn(value));
    const [a, b] = [operand(left), operand(right)];
    const times = [a.type, b.type];
    if (isNumber(a.type) && isNumber(b.type)) {
      const [x, y] = numbers(a, b);
      const type = x.type === 'int' ? 'long' : x.type;
      // Overflow and division by zero give null. A remainder is never negative.
      if (sign === '%') {
        const rest = sql`${x.sql} % ${y.sql}`;
        // The lowest long has no absolute value.
        const lifted = sql`case when ${y.sql} < 0 then ${rest} - ${y.sql} else ${rest} + ${y.sql} end`;
        return scalar(type, sql`try(case when ${rest} < 0 then ${lifted} else ${rest} end)`, true);
      }
      return scalar(type, sql`try(${x.sql} ${raw(sign === '/' && type !== 'real' ? '//' : sign)} ${y.sql})`, true);
    }
    const result = times.join(sign);
    const type = (
      {
        'datetime-datetime': 'timespan',
        'datetime+timespan': 'datetime',
        'datetime-timespan': 'datetime',
        'timespan+datetime': 'datetime',
        'timespan+timespan': 'timespan',
        'timespan-timespan': 'timespan',
      } as const
    )[result as never] as 'timespan' | 'datetime' | undefined;
    if (type) {
      const of = sql`try(${a.sql} ${raw(sign)} ${b.sql})`;
      return scalar(type, type === 'datetime' ? withinTime(of) : of, true);
    }
    if (result === 'timespan/timespan') return scalar('real', sql`(${a.sql}::double / ${b.sql})`, true);
    if (sign === '*' && times.includes('timespan') && times.some(isNumber))
      return scalar('timespan', sql`try_cast(round(${a.sql}::double * ${b.sql}) as bigint)`, true);
    if (sign === '/' && a.type === 'timespan' && isNumber(b.type))
      return scalar('timespan', sql`try_cast(round(${a.sql}::double / ${b.sql}) as bigint)`, true);
    return mismatch(left, right, node, context);
  };

/** Every binary operator. To add an operator, add a row. */
export const operators: Readonly<Record<string, ComparisonOperator>> = {
  EqualExpression: equals(true),
  NotEqualExpression: equals(false),
  EqualTildeExpression: equalsText(true),
  BangTildeExpression: equalsText(false),
  LessThanExpression: less('<'),
  LessThanOrEqualExpression: less('<='),
  GreaterThanExpression: less('>'),
  GreaterThanOrEqualExpression: less('>='),
  ContainsExpression: onText(true, true, contains),
  NotContainsExpression: onText(false, true, contains),
  ContainsCsExpression: onText(true, false, contains),
  NotContainsCsExpression: onText(false, false, contains),
  StartsWithExpression: onText(true, true, startsWith),
  NotStartsWithExpression: onText(false, true, startsWith),
  StartsWithCsExpression: onText(true, false, startsWith),
  NotStartsWithCsExpression: onText(false, false, startsWith),
  EndsWithExpression: onText(true, true, endsWith),
  NotEndsWithExpression: onText(false, true, endsWith),
  EndsWithCsExpression: onText(true, false, endsWith),
  NotEndsWithCsExpression: onText(false, false, endsWith),
  HasExpression: onText(true, true, has),
  NotHasExpression: onText(false, true, has),
  HasCsExpression: onText(true, false, has),
  NotHasCsExpression: onText(false, false, has),
  HasPrefixExpression: onText(true, true, term(true, false)),
  NotHasPrefixExpression: onText(false, true, term(true, false)),
  HasPrefixCsExpression: onText(true, false, term(true, false)),
  NotHasPrefixCsExpression: onText(false, false, term(true, false)),
  HasSuffixExpression: onText(true, true, term(false, true)),
  NotHasSuffixExpression: onText(false, true, term(false, true)),
  HasSuffixCsExpression: onText(true, false, term(false, true)),
  NotHasSuffixCsExpression: onText(false, false, term(false, true)),
  MatchesRegexExpression: regex,
  AndExpression: logic('and'),
  OrExpression: logic('or'),
  AddExpression: arithmetic('+'),
  SubtractExpression: arithmetic('-'),
  MultiplyExpression: arithmetic('*'),
  DivideExpression: arithmetic('/'),
  ModuloExpression: arithmetic('%'),
};

/** The texts, if all values are string literals. */
export const writtenTexts = (values: readonly Value[]): readonly string[] | undefined => {
  const texts = values.map((value) =>
    value.kind === 'scalar' && value.type === 'string' && typeof value.literal === 'string' ? value.literal : undefined,
  );
  return texts.length > 0 && texts.every((one) => one !== undefined) ? texts : undefined;
};

/** True if a value equals a dynamic value, or one element if the dynamic value is an array. Compares their texts. */
const inArray = (left: Value, array: Value, ignoresCase: boolean, equal: Scalar): Scalar => {
  const [of, text] = [jsonOf(array), ignoresCase ? sql`lower(${textOf(left)})` : maybeText(left)];
  const texts = ignoresCase ? sql`list_transform(${itemTexts(of)}, lambda t: lower(t))` : itemTexts(of);
  return boolean(
    sql`coalesce(case when ${isArray(of)} then list_contains(${texts}, ${text}) else ${equal.sql} end, false)`,
  );
};

/** `in`, `!in`, `in~`, `!in~` against values. */
export const among = (left: Value, right: readonly Value[], node: Node, context: Context): Value => {
  const kind = kindOf(node);
  const same = kind.startsWith('In');
  // The parser gives `in~` the name `InCs`, although `in` is the case-sensitive one.
  const ignoresCase = kind === 'InCsExpression' || kind === 'NotInCsExpression';
  const text = left.kind === 'scalar' && left.type === 'string' && left.literal === undefined ? left.sql : undefined;
  const texts = text && writtenTexts(right);
  if (text && texts) {
    const written = list(texts.map((one) => bound(ignoresCase ? one.toLowerCase() : one)));
    const listed = sql`(${ignoresCase ? sql`lower(${text})` : text} in (${written}))`;
    return boolean(same ? listed : sql`(not ${listed})`);
  }
  const each = right.map((one) => {
    const equal = (ignoresCase ? equalsText : equals)(true)(left, one, node, context) as Scalar;
    return one.kind === 'json' ? inArray(left, one, ignoresCase, equal) : equal;
  });
  if (each.some(({ literal: of }) => of === true)) return literal('bool', same);
  const open = each.filter(({ literal: of }) => of !== false);
  if (open.length === 0) return literal('bool', !same);
  const any = sql`(${list(
    open.map(({ sql: of }) => of),
    ' or ',
  )})`;
  return boolean(
    same ? any : sql`(not ${any})`,
    open.some(({ nullable }) => nullable),
  );
};

/** `between (a .. b)`; if a is a datetime and b a timespan, the end is a + b. */
export const between = (left: Value, first: Value, second: Value, node: Node, context: Context): Value => {
  const last =
    first.type === 'datetime' && second.type === 'timespan'
      ? scalar('datetime', sql`(${(first as Scalar).sql} + ${(second as Scalar).sql})`, true)
      : second;
  const [low, high] = [less('>=')(left, first, node, context), less('<=')(left, last, node, context)] as [
    Scalar,
    Scalar,
  ];
  const of = sql`(${low.sql} and ${high.sql})`;
  return boolean(kindOf(node) === 'NotBetweenExpression' ? sql`(not ${of})` : of, low.nullable || high.nullable);
};

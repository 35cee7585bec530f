import { isArray, itemTexts } from './arrays.ts';
import { among, between, has, hasAnyOf, operators, writtenTexts } from './comparison.ts';
import { columnNamed, type Context } from './context.ts';
import { functions } from './functions/index.ts';
import { dynamicValue, literalValue, writtenItems } from './literals.ts';
import { nameIn } from './names.ts';
import { namesInsteadOfComparing } from './objection.ts';
import { selected } from './path.ts';
import { bound, list, sql } from './sql.ts';
import { child, classOf, elements, kindOf, type Node } from './syntax.ts';
import {
  boolean,
  isMissing,
  isNullable,
  isNumber,
  jsonOf,
  literal,
  missing,
  scalar,
  textOf,
  type Scalar,
  type Value,
} from './value.ts';

type Translator = (node: Node, context: Context) => Value;

const path =
  (selector: (node: Node, context: Context) => Value): Translator =>
  (node, context) => {
    const of = translated(child(node, 'Expression'), context);
    if (of.type !== 'dynamic')
      return context.parsed.fail('TypeMismatch', `A ${of.type} has no members.`, child(node, 'Selector'));
    return selected(of, selector(child(node, 'Selector'), context));
  };

/** `.name`, `.["odd name"]`, `.[0]` */
const selectorValue: Translator = (node, context) => {
  if (classOf(node) === 'BracketedExpression') return translated(child(node, 'Expression'), context);
  if (classOf(node) === 'NameReference') return literal('string', nameIn(child(node, 'Name'), context.parsed));
  return context.parsed.fail('ParserFailure', 'A name is expected here.', node);
};

const call: Translator = (node, context) => {
  const { parsed } = context;
  const nameNode = child(node, 'Name');
  const name = nameIn(child(nameNode, 'Name'), parsed);
  const aggregated = context.aggregate?.(node);
  if (aggregated) return aggregated;
  const found = functions[name];
  if (!found) return parsed.fail('UnsupportedFunction', `The function '${name}' is not supported here.`, nameNode);
  const nodes = elements(child(node, 'ArgumentList'), 'Expressions').map((argument) =>
    classOf(argument) === 'SimpleNamedExpression' ? child(argument, 'Expression') : argument,
  );
  const [least, most] = found.arguments;
  if (nodes.length < least || nodes.length > most) {
    const count = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    return parsed.fail(
      'InvalidArgument',
      `The function '${name}' expects ${count} ${most === 1 ? 'argument' : 'arguments'}.`,
      nameNode,
    );
  }
  const typed = (argument: Node): Value =>
    classOf(argument) === 'TypeOfLiteralExpression'
      ? literal('string', parsed.textOf(elements(argument, 'Types')[0] ?? argument))
      : translated(argument, context);
  return found.call(nodes.map(typed), { name, node: nameNode, nodes, context });
};

/** Operators that give the same result on the JSON text of a bag and on its parts. */
const apart = new Set(['ContainsExpression', 'HasExpression']);

/**
 * The parts of a value that may contain the searched text, which has no JSON syntax in it. Rendering the JSON of the
 * bags of all rows would take hundreds of megabytes.
 */
const textsIn = (value: Value, searched: string): readonly Scalar[] => {
  if (value.kind !== 'bag') return [scalar('string', textOf(value))];
  return [...value.members].flatMap(([name, member]) => {
    const isNamed = name.toLowerCase().includes(searched);
    return [
      ...(isNamed
        ? [
            isNullable(member)
              ? scalar('string', sql`case when ${isMissing(member)} then '' else ${bound(name)} end`)
              : literal('string', name),
          ]
        : []),
      ...textsIn(member, searched),
    ];
  });
};

const binary: Translator = (node, context) => {
  const operator = operators[kindOf(node)];
  if (!operator)
    return context.parsed.fail(
      'UnsupportedOperator',
      `The operator '${context.parsed.textOf(child(node, 'Operator')).trim()}' is not supported.`,
      child(node, 'Operator'),
    );
  const left = child(node, 'Left');
  const right = translated(child(node, 'Right'), context);
  if (classOf(left) !== 'StarExpression') return operator(translated(left, context), right, node, context);
  // `* contains "x"`: matches any column by its text.
  const searched =
    right.kind === 'scalar' &&
    typeof right.literal === 'string' &&
    apart.has(kindOf(node)) &&
    !/["\\{}[\]:,]/.test(right.literal)
      ? right.literal.toLowerCase()
      : undefined;
  const texts = context.columns
    .filter(({ value }) => value !== missing)
    .flatMap(({ value }) => (searched === undefined ? [scalar('string', textOf(value))] : textsIn(value, searched)));
  const any = texts.map((text) => operator(text, right, node, context) as Scalar);
  return boolean(
    sql`(${list(
      any.map(({ sql: of }) => of),
      ' or ',
    )})`,
  );
};

/** The values in the brackets of `in` and `has_any`. A literal array of texts counts as its elements. */
const candidates = (node: Node, context: Context): readonly Value[] =>
  elements(node, 'Expressions').flatMap(
    (one) =>
      (classOf(one) === 'DynamicExpression' ? writtenItems(one, context.parsed) : undefined) ?? [
        translated(one, context),
      ],
  );

const anyOrAll =
  (word: 'or' | 'and'): Translator =>
  (node, context) => {
    const left = sql`lower(${textOf(translated(child(node, 'Left'), context))})`;
    const searched = candidates(child(node, 'Right'), context);
    const written = word === 'or' ? writtenTexts(searched) : undefined;
    if (written)
      return boolean(
        hasAnyOf(
          left,
          written.map((one) => one.toLowerCase()),
        ),
      );
    if (searched.length === 0) return literal('bool', word === 'and');
    const terms = searched.map((one) => {
      const alone = has(left, sql`lower(${textOf(one)})`);
      if (one.kind !== 'json') return alone;
      const each = sql`list_transform(${itemTexts(jsonOf(one))}, lambda t: ${has(left, sql`lower(coalesce(t, ''))`)})`;
      const found = word === 'or' ? sql`list_contains(${each}, true)` : sql`not list_contains(${each}, false)`;
      return sql`case when ${isArray(jsonOf(one))} then ${found} else ${alone} end`;
    });
    return boolean(sql`(${list(terms, ` ${word} `)})`);
  };

const negated: Translator = (node, context) => {
  const operand = translated(child(node, 'Expression'), context);
  const sign = kindOf(node) === 'UnaryMinusExpression' ? -1 : 1;
  const of = operand.kind === 'scalar' ? operand : undefined;
  if (!of || !(isNumber(of.type) || of.type === 'timespan'))
    return context.parsed.fail('TypeMismatch', `A ${operand.type} has no sign.`, node);
  if (sign === 1) return of;
  if (typeof of.literal === 'bigint') return literal(of.type, -of.literal);
  if (typeof of.literal === 'number') return literal(of.type, -of.literal);
  return scalar(of.type, sql`try(-${of.sql})`, true);
};

/** Every kind of expression. */
const translators: Readonly<Record<string, Translator>> = {
  NameReference: (node, context) => {
    const name = nameIn(child(node, 'Name'), context.parsed);
    return (
      columnNamed(context, name) ??
      context.parsed.fail('UnresolvedColumn', `The column '${name}' does not exist.`, node)
    );
  },
  LiteralExpression: (node, { parsed }) => literalValue(node, parsed),
  CompoundStringLiteralExpression: (node, { parsed }) => literalValue(node, parsed),
  DynamicExpression: (node, { parsed }) => dynamicValue(node, parsed),
  ParenthesizedExpression: (node, context) => translated(child(node, 'Expression'), context),
  PathExpression: path(selectorValue),
  ElementExpression: path(selectorValue),
  FunctionCallExpression: call,
  BinaryExpression: binary,
  PrefixUnaryExpression: negated,
  InExpression: (node, context) => {
    const left = child(node, 'Left');
    const right = candidates(child(node, 'Right'), context);
    return among(translated(left, context), right, node, context);
  },
  HasAnyExpression: anyOrAll('or'),
  HasAllExpression: anyOrAll('and'),
  BetweenExpression: (node, context) => {
    const couple = child(node, 'Right');
    return between(
      translated(child(node, 'Left'), context),
      translated(child(couple, 'First'), context),
      translated(child(couple, 'Second'), context),
      node,
      context,
    );
  },
};

export const translated = (node: Node, context: Context): Value => {
  const translator = translators[classOf(node)];
  if (classOf(node) === 'SimpleNamedExpression')
    return context.parsed.fail('ParserFailure', namesInsteadOfComparing, node.GetChild(1) ?? node);
  if (!translator)
    return context.parsed.fail(
      'UnsupportedOperator',
      `'${context.parsed.textOf(node).split(/[\s(]/, 1)[0]}' is not supported here.`,
      node,
    );
  return translator(node, context);
};

/** A `where` condition: true, false or null. */
export const condition = (node: Node, context: Context): Scalar => {
  const value = translated(node, context);
  if (value.type === 'bool' && value.kind === 'scalar') return value;
  return context.parsed.fail('TypeMismatch', `A condition is expected here, not a ${value.type}.`, node);
};

/** An integer literal within limits. */
export const count = (node: Node, context: Context, label: string, least: bigint, most: bigint): bigint => {
  const value = translated(node, context);
  const number = value.kind === 'scalar' ? value.literal : undefined;
  if (typeof number !== 'bigint' || number < least || number > most)
    return context.parsed.fail('InvalidArgument', `${label} must be a whole number from ${least} to ${most}.`, node);
  return number;
};

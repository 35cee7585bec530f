import type { Context } from '../context.ts';
import type { Node } from '../syntax.ts';
import {
  isNumber,
  json,
  jsonOf,
  literal,
  missing,
  numberIn,
  textOf,
  convert,
  type Dynamic,
  type Scalar,
  type ScalarType,
  type Value,
} from '../value.ts';
import { itemAt } from '../errors.ts';

/** A call as written in the query, for error messages. */
export interface Call {
  readonly name: string;
  readonly node: Node;
  readonly nodes: readonly Node[];
  readonly context: Context;
}

/** A function of the language. To add a function, add a row here and a line to the table of tests. */
export interface ScalarFunction {
  /** Least and most arguments. */
  readonly arguments: readonly [number, number];
  /** Name of a column that has no other name: the first argument, or the function and the first argument. */
  readonly naming?: 'argument' | 'prefixed';
  readonly call: (values: readonly Value[], call: Call) => Value;
}

/** A function of one argument. */
export const unary =
  (of: (value: Value) => Value): ScalarFunction['call'] =>
  (values) =>
    of(itemAt(values, 0));

export type Functions = Readonly<Record<string, ScalarFunction>>;

const refuse = (value: Value, index: number, { name, nodes, context }: Call, wanted: string): never =>
  context.parsed.fail(
    'TypeMismatch',
    `Argument ${index + 1} of '${name}' must be ${wanted}, not a ${value.type}.`,
    itemAt(nodes, index),
  );

/** An argument that must be text. */
export const textArgument = (values: readonly Value[], index: number, call: Call): Scalar => {
  const value = itemAt(values, index);
  if (value.kind === 'scalar' && value.type !== 'string' && value.type !== 'guid')
    return refuse(value, index, call, 'text');
  return value.kind === 'scalar' && value.type === 'string'
    ? value
    : { kind: 'scalar', type: 'string', sql: textOf(value), nullable: false };
};

/** An argument that must be a string literal. */
export const literalText = (values: readonly Value[], index: number, call: Call): string => {
  const value = itemAt(values, index);
  return value.kind === 'scalar' && typeof value.literal === 'string' && value.type === 'string'
    ? value.literal
    : refuse(value, index, call, 'a literal text');
};

export const literalInteger = (values: readonly Value[], index: number, call: Call): bigint => {
  const value = itemAt(values, index);
  return value.kind === 'scalar' && typeof value.literal === 'bigint' && (value.type === 'long' || value.type === 'int')
    ? value.literal
    : refuse(value, index, call, 'a whole number written out');
};

export const numberArgument = (values: readonly Value[], index: number, call: Call): Scalar => {
  const value = itemAt(values, index);
  if (value.kind !== 'scalar') return numberIn(value);
  return isNumber(value.type) ? value : refuse(value, index, call, 'a number');
};

export const integerArgument = (values: readonly Value[], index: number, call: Call): Scalar =>
  convert(numberArgument(values, index, call), 'long');

export const argumentOf = (type: ScalarType, values: readonly Value[], index: number, call: Call): Scalar => {
  const value = itemAt(values, index);
  // A condition is never dynamic in Kusto; times in dynamic values are, as Resource Graph's own queries have them.
  if (value.kind !== 'scalar' && type !== 'bool') return convert(value, type);
  return value.kind === 'scalar' && value.type === type ? value : refuse(value, index, call, `a ${type}`);
};

export const dynamicArgument = (values: readonly Value[], index: number, call: Call): Dynamic => {
  const value = itemAt(values, index);
  return value.kind !== 'scalar' ? value : refuse(value, index, call, 'dynamic');
};

/** Converts values of different types to one type for a column: numbers, text or dynamic. */
export const unified = (
  values: readonly Value[],
  call: Call,
): { readonly values: readonly Value[]; readonly type: Value['type'] } => {
  const known = values.filter((value) => !(value.kind === 'scalar' && value.literal === null) && value !== missing);
  const types = new Set((known.length > 0 ? known : values).map(({ type }) => type));
  const type =
    types.size === 1
      ? itemAt([...types], 0)
      : types.has('dynamic')
        ? 'dynamic'
        : [...types].every(isNumber)
          ? types.has('real')
            ? 'real'
            : 'long'
          : undefined;
  if (type === undefined)
    return call.context.parsed.fail(
      'TypeMismatch',
      `'${call.name}' cannot choose between ${[...types].join(' and ')}.`,
      call.node,
    );
  return {
    type,
    values: values.map((value) =>
      type === 'dynamic'
        ? json(jsonOf(value))
        : value.kind === 'scalar' && value.literal === null
          ? type === 'string'
            ? literal('string', '')
            : literal(type, null)
          : convert(value, type),
    ),
  };
};

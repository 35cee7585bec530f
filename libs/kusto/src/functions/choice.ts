import { list, sql, type Sql } from '../sql.ts';
import {
  boolean,
  json,
  jsonOf,
  literal,
  scalar,
  sqlOf,
  textOf,
  type Scalar,
  type ScalarType,
  type Value,
} from '../value.ts';
import { argumentOf, unified, type Call, type Functions } from './function.ts';
import { itemAt } from '../errors.ts';

const result = (type: Value['type'], of: Sql): Value =>
  type === 'dynamic' ? json(of) : scalar(type as ScalarType, of);

const chosen = (conditions: readonly Scalar[], values: readonly Value[], call: Call): Value => {
  const { type, values: same } = unified(values, call);
  const branches = conditions.map((condition, index) => sql` when ${condition.sql} then ${sqlOf(itemAt(same, index))}`);
  return result(type, sql`(case${list(branches, '')} else ${sqlOf(itemAt(same, -1))} end)`);
};

const iff: Functions[string] = {
  arguments: [3, 3],
  call: (values, call) =>
    chosen([argumentOf('bool', values, 0, call)], values.slice(1), { ...call, nodes: call.nodes.slice(1) }),
};

const caseOf = (values: readonly Value[], call: Call): Value => {
  if (values.length % 2 === 0)
    return call.context.parsed.fail(
      'InvalidArgument',
      "'case' expects pairs of a condition and a value, and a value for all else.",
      call.node,
    );
  const conditions = values.flatMap((_, index) =>
    index % 2 === 0 && index < values.length - 1 ? [argumentOf('bool', values, index, call)] : [],
  );
  return chosen(
    conditions,
    values.filter((_, index) => index % 2 === 1 || index === values.length - 1),
    call,
  );
};

/** The first value that is not null; for texts the first that is not empty. */
const coalesce = (values: readonly Value[], call: Call): Value => {
  const { type, values: same } = unified(values, call);
  if (type === 'string')
    return scalar('string', sql`coalesce(${list(same.map((value) => sql`nullif(${textOf(value)}, '')`))}, '')`);
  return result(type, sql`coalesce(${list(same.map((value) => (type === 'dynamic' ? jsonOf(value) : sqlOf(value))))})`);
};

export const choiceFunctions: Functions = {
  iff,
  iif: iff,
  case: { arguments: [3, 129], call: caseOf },
  coalesce: { arguments: [1, 64], call: coalesce },
  not: {
    arguments: [1, 1],
    call: (values, call) => {
      const of = argumentOf('bool', values, 0, call);
      return typeof of.literal === 'boolean'
        ? literal('bool', !of.literal)
        : boolean(sql`(not ${of.sql})`, of.nullable);
    },
  },
};

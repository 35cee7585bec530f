import { list, raw, sql } from '../sql.ts';
import { isNumber, literal, scalar, sqlOf, type Scalar, type ScalarType, type Value } from '../value.ts';
import { integerArgument, numberArgument, unified, type Call, type Functions } from './function.ts';
import { itemAt } from '../errors.ts';

/** The largest multiple of the size that is not above the value; also for datetimes and timespans. */
const bin = (values: readonly Value[], call: Call): Value => {
  const [of, size] = values as [Value, Value];
  const isTime = of.kind === 'scalar' && (of.type === 'datetime' || of.type === 'timespan');
  if (isTime && size.kind === 'scalar' && size.type === 'timespan')
    return scalar(
      of.type,
      sql`try(${of.sql} - (${of.sql} % nullif(${size.sql}, 0) + ${size.sql}) % nullif(${size.sql}, 0))`,
      true,
    );
  const [number, step] = [numberArgument(values, 0, call), numberArgument(values, 1, call)];
  if (number.type === 'real' || step.type === 'real')
    return scalar(
      'real',
      sql`try_cast(floor(${number.sql}::double / nullif(${step.sql}, 0)) * ${step.sql} as double)`,
      true,
    );
  // A double would round a long.
  const rest = sql`((${number.sql} % nullif(${step.sql}, 0) + ${step.sql}) % nullif(${step.sql}, 0))`;
  return scalar('long', sql`try(${number.sql} - ${rest})`, true);
};

const round = (values: readonly Value[], call: Call): Value => {
  const of = numberArgument(values, 0, call);
  const digits = values.length > 1 ? sql`try_cast(${integerArgument(values, 1, call).sql} as integer)` : raw('0');
  return scalar('real', sql`round(${of.sql}::double, ${digits})`, true);
};

/** The least or greatest of several numbers or times; null if all are null. */
const extreme = (name: 'least' | 'greatest'): Functions[string] => ({
  arguments: [2, 64],
  call: (values, call) => {
    const { type, values: same } = unified(values, call);
    if (type === 'dynamic' || type === 'bool')
      return call.context.parsed.fail('TypeMismatch', `'${call.name}' is not defined for ${type}.`, call.node);
    return scalar(type as ScalarType, sql`${raw(name)}(${list(same.map(sqlOf))})`);
  },
});

export const numberFunctions: Functions = {
  bin: { arguments: [2, 2], naming: 'argument', call: bin },
  floor: { arguments: [2, 2], naming: 'argument', call: bin },
  round: { arguments: [1, 2], naming: 'argument', call: round },
  abs: {
    arguments: [1, 1],
    naming: 'argument',
    call: (values, call) => {
      const value = itemAt(values, 0);
      const of: Scalar = value.kind === 'scalar' && value.type === 'timespan' ? value : numberArgument(values, 0, call);
      return isNumber(of.type) && typeof of.literal === 'bigint'
        ? literal(of.type, of.literal < 0n ? -of.literal : of.literal)
        : scalar(of.type, sql`try(abs(${of.sql}))`, true);
    },
  },
  min_of: extreme('least'),
  max_of: extreme('greatest'),
};

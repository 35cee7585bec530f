import { list, raw, sql } from '../sql.ts';
import {
  boolean,
  convert,
  isMissing,
  json,
  jsonOf,
  literal,
  missing,
  scalar,
  type ScalarType,
  type Value,
} from '../value.ts';
import { textArgument, unary, type Functions } from './function.ts';

const to = (type: ScalarType): Functions[string] => ({
  arguments: [1, 1],
  naming: 'argument',
  call: unary((value) => convert(value, type)),
});

/** Parses text as JSON. Text that is not JSON stays a string. */
const parsed = (value: Value): Value => {
  if (value.kind !== 'scalar') return value;
  if (value.type !== 'string') return json(jsonOf(value));
  const of = value.sql;
  // DuckDB accepts `nan` and `inf` as JSON numbers.
  return value.literal === ''
    ? missing
    : json(
        sql`case when ${of} = '' then null
          when json_valid(${of}) and not regexp_matches(${of}, '(?i)^\\s*-?(nan|inf)')
          then nullif((${of})::json, 'null')
          else to_json(${of}) end`,
      );
};

const parseJson: Functions[string] = { arguments: [1, 1], naming: 'argument', call: unary(parsed) };

/**
 * Converts one to four parts of up to eight digits to a number with eight digits per part; null for any other text:
 * https://learn.microsoft.com/kusto/query/parse-version-function.
 */
const parseVersion: Functions[string]['call'] = (values, call) => {
  const { sql: of } = textArgument(values, 0, call);
  const parts = [1, 2, 3, 4].map((n) => sql`lpad(split_part(concat(${of}, '.0.0.0'), '.', ${raw(String(n))}), 8, '0')`);
  return scalar(
    'decimal',
    sql`case when regexp_full_match(${of}, '\\d{1,8}(\\.\\d{1,8}){0,3}')
      then try_cast(concat(${list(parts)}) as decimal(38,0)) end`,
  );
};

const typeName = (value: Value): Value => {
  if (value.kind === 'scalar') return literal('string', value.type);
  const of = jsonOf(value);
  return scalar(
    'string',
    sql`coalesce(case json_type(${of})
      when 'VARCHAR' then 'string'
      when 'OBJECT' then 'dictionary'
      when 'ARRAY' then 'array'
      when 'BOOLEAN' then 'bool'
      when 'DOUBLE' then 'double'
      when 'UBIGINT' then 'long'
      when 'BIGINT' then 'long' end, 'null')`,
  );
};

export const conversionFunctions: Functions = {
  tostring: to('string'),
  toint: to('int'),
  tolong: to('long'),
  todouble: to('real'),
  toreal: to('real'),
  tobool: to('bool'),
  toboolean: to('bool'),
  todatetime: to('datetime'),
  totimespan: to('timespan'),
  toguid: to('guid'),
  parse_json: parseJson,
  todynamic: parseJson,
  gettype: { arguments: [1, 1], call: unary(typeName) },
  tohex: {
    arguments: [1, 1],
    naming: 'argument',
    call: unary((value) => scalar('string', sql`coalesce(lower(to_hex(${convert(value, 'long').sql})), '')`)),
  },
  isnull: {
    arguments: [1, 1],
    call: unary((value) => (value.type === 'string' ? literal('bool', false) : boolean(isMissing(value)))),
  },
  isnotnull: {
    arguments: [1, 1],
    call: unary((value) => (value.type === 'string' ? literal('bool', true) : boolean(sql`(not ${isMissing(value)})`))),
  },
  parse_version: { arguments: [1, 1], call: parseVersion },
};

import { items } from '../arrays.ts';
import { extractedPieces, splitPieces } from '../pieces.ts';
import { bound, list, raw, sql, type Sql } from '../sql.ts';
import {
  boolean,
  convert,
  json,
  jsonOf,
  literal,
  scalar,
  textOf,
  type Scalar,
  type ScalarType,
  type Value,
} from '../value.ts';
import {
  dynamicArgument,
  integerArgument,
  literalInteger,
  literalText,
  textArgument,
  unary,
  type Call,
  type Functions,
} from './function.ts';
import { itemAt } from '../errors.ts';

const text = (of: Sql): Scalar => scalar('string', of);

/** A regular expression argument. RE2 validates it before the query runs. */
const pattern = (values: readonly Value[], index: number, call: Call, group = 0): Sql => {
  const found = literalText(values, index, call);
  call.context.regexes.push({
    pattern: found,
    group,
    position: call.context.parsed.positionOf(itemAt(call.nodes, index)),
  });
  return bound(found);
};

const anchored = (values: readonly Value[], index: number, call: Call, wrap: (found: string) => string): Sql => {
  pattern(values, index, call);
  return bound(wrap(`(?:${literalText(values, index, call)})`));
};

const scalarTypes: Readonly<Record<string, ScalarType>> = {
  string: 'string',
  int: 'int',
  long: 'long',
  real: 'real',
  double: 'real',
  bool: 'bool',
  boolean: 'bool',
  datetime: 'datetime',
  date: 'datetime',
  timespan: 'timespan',
  time: 'timespan',
  guid: 'guid',
};

const extract = (values: readonly Value[], call: Call): Value => {
  const group = literalInteger(values, 1, call);
  if (group < 0n || group > 9n)
    return call.context.parsed.fail('InvalidArgument', 'A group is a number from 0 to 9.', itemAt(call.nodes, 1));
  const of = textArgument(values, 2, call);
  const regex = pattern(values, 0, call, Number(group));
  const found =
    extractedPieces(of, literalText(values, 0, call), Number(group)) ??
    text(sql`regexp_extract(${of.sql}, ${regex}, ${raw(String(group))})`);
  if (values.length < 4) return found;
  const type = scalarTypes[literalText(values, 3, call)];
  return type
    ? convert(found, type)
    : call.context.parsed.fail(
        'TypeMismatch',
        'The type is not one that a text can be read as.',
        itemAt(call.nodes, 3),
      );
};

/** The texts between delimiters. With an index, only that text is computed. */
const split = (values: readonly Value[], call: Call): Value => {
  const of = textArgument(values, 0, call);
  const delimiter = textArgument(values, 1, call);
  const known = typeof delimiter.literal === 'string' ? splitPieces(of, delimiter.literal) : undefined;
  const all = sql`string_split(${of.sql}, ${delimiter.sql})`;
  if (values.length < 3) return { ...json(sql`to_json(${all})`), texts: { list: all, known } };
  const index = integerArgument(values, 2, call);
  return json(sql`to_json(list_filter([list_extract(${all}, ${index.sql} + 1)], lambda x: x is not null))`);
};

const trim = (begin: boolean, end: boolean): Functions[string] => ({
  arguments: [2, 2],
  call: (values, call) => {
    const of = textArgument(values, 1, call);
    const without = (from: Sql, found: Sql): Sql => sql`regexp_replace(${from}, ${found}, '')`;
    const start = begin
      ? without(
          of.sql,
          anchored(values, 0, call, (found) => `^${found}`),
        )
      : of.sql;
    return text(
      end
        ? without(
            start,
            anchored(values, 0, call, (found) => `${found}$`),
          )
        : start,
    );
  },
});

/** DuckDB's `\1` refers to a group, as in Kusto. The parameters are the positions of the arguments. */
const replaced = (of: number, regex: number, rewrite: number): Functions[string] => ({
  arguments: [3, 3],
  call: (values, call) => {
    const searched = textArgument(values, of, call).sql;
    const found = pattern(values, regex, call);
    return text(sql`regexp_replace(${searched}, ${found}, ${textArgument(values, rewrite, call).sql}, 'g')`);
  },
});

/** The places of a text in another, from 1. Overlapping occurrences all count. */
const placesOf = (of: Sql, searched: Sql): Sql =>
  sql`list_filter(range(1, length(${of}) - length(${searched}) + 2),
    lambda i: substr(${of}, i, length(${searched})) = ${searched})`;

/**
 * Places that follow each other within a length, each counted from the place before. Kusto's page has no rule for an
 * occurrence beside a length; this is the one that its examples fit.
 */
const occurrenceOf = (places: Sql, searched: Sql, length: Sql, occurrence: Sql): Sql => {
  const steps = sql`list_slice(list_zip(${places}, list_concat([0], ${places})), 1, ${occurrence})`;
  const step = sql`struct_extract(z, 1) - struct_extract(z, 2) + length(${searched}) - 1`;
  return sql`(case when ${length} >= 0 and len(list_filter(${steps}, lambda z: ${step} > ${length})) > 0 then 0
    else coalesce(list_extract(${places}, ${occurrence}), 0) end)`;
};

/** The place of an occurrence, or -1; null for a length below -1 or a negative occurrence. */
const indexOf = (values: readonly Value[], call: Call): Value => {
  const [of, searched] = [textOf(itemAt(values, 0)), textOf(itemAt(values, 1))];
  if (values.length === 2) return scalar('long', sql`(instr(${of}, ${searched}) - 1)`, false);
  const start = integerArgument(values, 2, call).sql;
  const from = sql`(case when ${start} < 0 then greatest(0, length(${of}) + ${start}) else ${start} end)`;
  const length = values.length > 3 ? integerArgument(values, 3, call).sql : sql`-1`;
  const occurrence = values.length > 4 ? integerArgument(values, 4, call).sql : undefined;
  const rest = sql`substring(${of}, ${from} + 1)`;
  const at = occurrence
    ? occurrenceOf(placesOf(rest, searched), searched, length, occurrence)
    : sql`instr(case when ${length} < 0 then ${rest} else left(${rest}, ${length}) end, ${searched})`;
  return scalar(
    'long',
    sql`(case when ${length} < -1 or ${occurrence ?? raw('1')} < 0 then null
      when ${at} = 0 then -1 else ${at} - 1 + ${from} end)`,
    values.length > 3,
  );
};

const substring = (values: readonly Value[], call: Call): Value => {
  const of = textArgument(values, 0, call).sql;
  const start = integerArgument(values, 1, call).sql;
  const from = sql`(case when ${start} < 0 then greatest(0, length(${of}) + ${start}) else ${start} end)`;
  return text(
    values.length < 3
      ? sql`coalesce(substring(${of}, ${from} + 1), '')`
      : sql`coalesce(substring(${of}, ${from} + 1, greatest(0, ${integerArgument(values, 2, call).sql})), '')`,
  );
};

const joined = (array: Sql, separator: Scalar): Scalar => {
  const each = (before: Sql): Sql => sql`list_transform(${items(array)}, lambda x: concat(${before}, x ->> '$'))`;
  if (typeof separator.literal === 'string')
    return text(sql`coalesce(array_to_string(${each(sql`''`)}, ${separator.sql}), '')`);
  // DuckDB joins only with a constant separator: prefix each text with the separator, and cut off the first one.
  return text(sql`coalesce(substring(array_to_string(${each(separator.sql)}, ''), length(${separator.sql}) + 1), '')`);
};

const cased = (name: 'lower' | 'upper'): Functions[string] => ({
  arguments: [1, 1],
  call: (values, call) => {
    const of = textArgument(values, 0, call);
    return typeof of.literal === 'string'
      ? literal('string', name === 'lower' ? of.literal.toLowerCase() : of.literal.toUpperCase())
      : text(sql`${raw(name)}(${of.sql})`);
  },
});

const anyText = (value: Value): Sql => textOf(value);

export const textFunctions: Functions = {
  tolower: cased('lower'),
  toupper: cased('upper'),
  extract: { arguments: [3, 4], call: extract },
  split: { arguments: [2, 3], naming: 'argument', call: split },
  trim: trim(true, true),
  trim_start: trim(true, false),
  trim_end: trim(false, true),
  // The older function takes the regular expression first.
  replace: replaced(2, 0, 1),
  replace_regex: replaced(0, 1, 2),
  replace_string: {
    arguments: [3, 3],
    call: (values, call) => {
      const [of, searched] = [textArgument(values, 0, call).sql, textArgument(values, 1, call).sql];
      return text(sql`replace(${of}, ${searched}, ${textArgument(values, 2, call).sql})`);
    },
  },
  indexof: { arguments: [2, 5], call: indexOf },
  strlen: {
    arguments: [1, 1],
    naming: 'prefixed',
    call: (values, call) => scalar('long', sql`length(${textArgument(values, 0, call).sql})`, false),
  },
  substring: { arguments: [2, 3], call: substring },
  strcat: { arguments: [1, 64], call: (values) => text(sql`concat(${list(values.map(anyText))})`) },
  strcat_delim: {
    arguments: [2, 64],
    call: (values) => text(sql`concat_ws(${anyText(itemAt(values, 0))}, ${list(values.slice(1).map(anyText))})`),
  },
  strcat_array: {
    arguments: [2, 2],
    call: (values, call) => joined(jsonOf(dynamicArgument(values, 0, call)), textArgument(values, 1, call)),
  },
  countof: {
    arguments: [2, 3],
    call: (values, call) => {
      const of = textArgument(values, 0, call).sql;
      const kind = values.length === 3 ? literalText(values, 2, call) : 'normal';
      if (kind !== 'normal' && kind !== 'regex')
        return call.context.parsed.fail(
          'InvalidArgument',
          "The kind of 'countof' must be 'normal' or 'regex'.",
          itemAt(call.nodes, 2),
        );
      if (kind === 'regex')
        return scalar('long', sql`len(regexp_extract_all(${of}, ${pattern(values, 1, call)}))`, false);
      const searched = textArgument(values, 1, call).sql;
      return scalar(
        'long',
        sql`case when ${searched} = '' or not contains(${of}, ${searched}) then 0
          else len(${placesOf(of, searched)}) end`,
        false,
      );
    },
  },
  url_decode: {
    arguments: [1, 1],
    call: (values, call) => text(sql`coalesce(try(url_decode(${textArgument(values, 0, call).sql})), '')`),
  },
  base64_decode_tostring: {
    arguments: [1, 1],
    call: (values, call) => text(sql`coalesce(try(decode(from_base64(${textArgument(values, 0, call).sql}))), '')`),
  },
  hash_sha256: { arguments: [1, 1], call: unary((value) => text(sql`sha256(${anyText(value)})`)) },
  isempty: { arguments: [1, 1], call: unary((value) => boolean(sql`(${textOf(value)} = '')`)) },
  isnotempty: { arguments: [1, 1], call: unary((value) => boolean(sql`(${textOf(value)} <> '')`)) },
};

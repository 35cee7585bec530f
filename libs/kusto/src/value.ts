import type { KustoType } from './catalogue.ts';
import type { ErrorPosition } from './errors.ts';
import { bound, list, raw, sql, Sql } from './sql.ts';

/**
 * Ticks (100 ns since the year 1) at the start of 1970. Datetimes and timespans are in ticks, because DuckDB's types
 * have six decimal digits and Kusto's have seven.
 */
export const epochTicks = 621_355_968_000_000_000n;

/** The last tick of the year 9999. */
export const mostTicks = 3_155_378_975_999_999_999n;

export type ScalarType = Exclude<KustoType, 'dynamic'>;
export type Literal = string | number | bigint | boolean | null;

/** A text as pieces; the result of an SQL piece contains no slash. */
export interface Pieces {
  readonly all: readonly (string | Sql)[];
  /** Cheaper SQL for the concatenation of the first pieces. */
  readonly prefixes: readonly { readonly pieces: number; readonly sql: Sql }[];
}

/** A value of any type but dynamic. A string is never null. */
export interface Scalar {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  readonly sql: Sql;
  readonly nullable: boolean;
  readonly literal?: Literal;
  readonly pieces?: Pieces;
}

/** A dynamic value of unknown content, except for the results of `split` and `pack`. */
export interface UnknownDynamic {
  readonly kind: 'json';
  readonly type: 'dynamic';
  readonly sql: Sql;
  readonly texts?: { readonly list: Sql; readonly known?: readonly Scalar[] | undefined };
  /** The arguments of `pack`: names, and values as JSON. */
  readonly pairs?: readonly { readonly name: Sql; readonly value: Sql }[];
}
/** A dynamic value that holds a scalar of a known type. Here a string can be null, which means missing. */
export interface HeldScalar {
  readonly kind: 'held';
  readonly type: 'dynamic';
  readonly of: Scalar;
}
/** A dynamic value with known members. An optional bag is present if a member is present, or if `present` is true. */
interface Bag {
  readonly kind: 'bag';
  readonly type: 'dynamic';
  readonly members: ReadonlyMap<string, Dynamic>;
  readonly optional?: boolean;
  readonly present?: Sql;
}

export type Dynamic = UnknownDynamic | HeldScalar | Bag;
export type Value = Scalar | Dynamic;

export const scalar = (type: ScalarType, of: Sql, nullable = type !== 'string'): Scalar => ({
  kind: 'scalar',
  type,
  sql: of,
  nullable,
});
export const json = (of: Sql): UnknownDynamic => ({ kind: 'json', type: 'dynamic', sql: of });
export const held = (of: Scalar): HeldScalar => ({ kind: 'held', type: 'dynamic', of });
/** A text that may be missing: dynamic, as the results of `split` and of paths. */
export const heldText = (of: Sql): HeldScalar => held(scalar('string', of, true));
export const missing: UnknownDynamic = json(raw('null::json'));

const typesInSql: Readonly<Record<KustoType, string>> = {
  string: 'varchar',
  int: 'bigint',
  long: 'bigint',
  real: 'double',
  decimal: 'decimal(38,0)',
  bool: 'boolean',
  datetime: 'bigint',
  timespan: 'bigint',
  guid: 'varchar',
  dynamic: 'json',
};
export const sqlTypeOf = (type: KustoType): string => typesInSql[type];

export const nothing = (type: KustoType): Value =>
  type === 'dynamic' ? missing : type === 'string' ? literal('string', '') : literal(type, null);

export const literal = (type: ScalarType, value: Literal): Scalar => ({
  kind: 'scalar',
  type,
  literal: value,
  nullable: value === null,
  sql:
    value === null
      ? raw(`null::${typesInSql[type]}`)
      : typeof value === 'boolean'
        ? raw(String(value))
        : bound(type === 'real' ? Number(value) : value),
});

export const boolean = (of: Sql, nullable = false): Scalar => scalar('bool', of, nullable);
export const isNumber = (type: KustoType): boolean => type === 'int' || type === 'long' || type === 'real';

const padded = (of: Sql, width: number): Sql => sql`lpad((${of})::varchar, ${raw(String(width))}, '0')`;

const datetimeText = (ticks: Sql): Sql => {
  const micros = sql`make_timestamp((${ticks} - ${raw(String(epochTicks))}) // 10)`;
  return sql`(strftime(${micros}, '%Y-%m-%dT%H:%M:%S.%f') || (${ticks} % 10)::varchar || 'Z')`;
};

const timespanText = (ticks: Sql): Sql => {
  const part = (size: bigint, of?: number): Sql =>
    sql`(abs(${ticks}) // ${raw(String(size))}${raw(of === undefined ? '' : ` % ${of}`)})`;
  const days = part(864_000_000_000n);
  return sql`(case when ${ticks} < 0 then '-' else '' end
    || case when ${days} > 0 then ${days}::varchar || '.' else '' end
    || ${padded(part(36_000_000_000n, 24), 2)} || ':' || ${padded(part(600_000_000n, 60), 2)} || ':'
    || ${padded(part(10_000_000n, 60), 2)}
    || case when abs(${ticks}) % 10000000 > 0 then '.' || ${padded(part(1n, 10_000_000), 7)} else '' end)`;
};

/** The text of a scalar; null if the scalar is null. */
const textOfScalar = ({ type, sql: of }: Scalar): Sql => {
  switch (type) {
    case 'string':
    case 'guid':
      return of;
    case 'bool':
      return sql`case when ${of} then 'true' when not ${of} then 'false' end`;
    case 'real':
      return sql`regexp_replace((${of})::varchar, '\\.0$', '')`;
    case 'datetime':
      return datetimeText(of);
    case 'timespan':
      return timespanText(of);
    default:
      return sql`(${of})::varchar`;
  }
};

/** The text of any value; null if there is none. */
export const maybeText = (value: Value): Sql => {
  switch (value.kind) {
    case 'scalar':
      return textOfScalar(value);
    case 'held':
      return textOfScalar(value.of);
    case 'bag':
      return bagText(value);
    default:
      return sql`(${jsonOf(value)} ->> '$')`;
  }
};

/** The text of any value; empty if there is none. */
export const textOf = (value: Value): Sql =>
  isNullable(value) ? sql`coalesce(${maybeText(value)}, '')` : maybeText(value);

export const isNullable = (value: Value): boolean =>
  value.kind === 'scalar'
    ? value.nullable
    : value.kind === 'held'
      ? value.of.nullable
      : value.kind === 'json' || value.optional === true;

export const isMissing = (value: Value): Sql =>
  isNullable(value) ? sql`(${value.kind === 'held' ? value.of.sql : sqlOf(value)} is null)` : raw('false');

/**
 * The JSON text of a bag, without missing members. No part is parsed as JSON before the whole text is written: parsing
 * would take many times the memory at each level.
 */
const bagText = ({ members, optional, present }: Bag): Sql => {
  const each = [...members].map(([name, member]) => {
    const text = member.kind === 'bag' ? bagText(member) : sql`(${jsonOf(member)})::varchar`;
    return sql`(${bound(`${JSON.stringify(name)}:`)} || ${text})`;
  });
  const of = sql`concat('{', ${each.length === 0 ? raw("''") : sql`concat_ws(',', ${list(each)})`}, '}')`;
  if (present) return sql`case when ${present} then ${of} end`;
  // Through a list of one element: DuckDB would otherwise compute the text twice, to compare and to return it, at each
  // level.
  return optional ? sql`list_extract(list_transform([${of}], lambda t: nullif(t, '{}')), 1)` : of;
};

/** Any value as JSON; null if the value is null. */
export const jsonOf = (value: Value): Sql => {
  switch (value.kind) {
    case 'json':
      return value.sql;
    case 'bag':
      return sql`(${bagText(value)})::json`;
    case 'held':
      return jsonOf(value.of);
    default:
      if (value.type === 'datetime' || value.type === 'timespan') return sql`to_json(${textOfScalar(value)})`;
      // As text, because DuckDB would convert a long decimal to a double.
      if (value.type === 'decimal') return sql`(${value.sql})::varchar::json`;
      // A whole number has no decimal point.
      return value.type === 'real'
        ? sql`regexp_replace(to_json(${value.sql})::varchar, '\\.0$', '')::json`
        : sql`to_json(${value.sql})`;
  }
};

/** A value in the SQL type of its Kusto type. */
export const sqlOf = (value: Value): Sql => (value.kind === 'scalar' ? value.sql : jsonOf(value));

/** Ticks of a datetime; null outside the years 1 to 9999. `ticks` occurs once in the SQL, because it may be long. */
export const withinTime = (ticks: Sql): Sql =>
  sql`nullif(nullif(greatest(least(${ticks}, ${raw(String(mostTicks + 1n))}), -1), -1),
    ${raw(String(mostTicks + 1n))})`;

/**
 * Time formats of RFC 822, RFC 850 and .NET traces, without weekday and zone:
 * https://learn.microsoft.com/kusto/query/scalar-data-types/datetime. Formats with a two-digit year must come first.
 */
const otherFormats = [
  ...['%d %b %y', '%d %b %Y', '%d-%b-%y', '%d-%b-%Y', '%m/%d/%Y'].flatMap((day) => [`${day} %H:%M:%S`, `${day} %H:%M`]),
  '%m/%d/%Y',
  '%Y-%m-%d %H:%M',
  '%Y-%m-%dT%H:%M',
];

const otherTime = (text: Sql): Sql =>
  sql`try_strptime(regexp_replace(trim(${text}), '^[A-Za-z]+,\\s*|\\s*(GMT|UTC|UT|Z)$', '', 'g'),
    [${raw(otherFormats.map((format) => `'${format}'`).join(', '))}])`;

/** A text as ticks; null if it is no time. */
const ticksIn = (text: Sql): Sql =>
  sql`(coalesce(epoch_us(try_cast(${text} as timestamptz)), epoch_us(${otherTime(text)})) * 10
    + ${raw(String(epochTicks))} + coalesce(try_cast(regexp_extract(${text}, '\\.\\d{6}(\\d)', 1) as bigint), 0))`;

const timespanPattern = String.raw`'^\s*(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?\s*$'`;

const timespanIn = (text: Sql): Sql => {
  const group = (n: number): Sql =>
    sql`coalesce(try_cast(regexp_extract(${text}, ${raw(timespanPattern)}, ${raw(String(n))}) as bigint), 0)`;
  const sign = sql`(case when regexp_extract(${text}, ${raw(timespanPattern)}, 1) = '-' then -1 else 1 end)`;
  const seconds = sql`(((${group(2)} * 24 + ${group(3)}) * 60 + ${group(4)}) * 60 + ${group(5)})`;
  const fraction = sql`rpad(regexp_extract(${text}, ${raw(timespanPattern)}, 6), 7, '0')`;
  return sql`case when regexp_matches(${text}, ${raw(timespanPattern)}) then ${sign}
    * (${seconds} * 10000000 + coalesce(try_cast(${fraction} as bigint), 0)) end`;
};

/** Cuts off the digits after the decimal point, because DuckDB would round. */
const whole = (text: Sql): Sql => sql`regexp_replace(${text}, '^(\\s*[-+]?)(\\d*)\\.\\d+\\s*$', '\\10\\2')`;

const booleanIn = (text: Sql): Sql =>
  sql`case lower(${text}) when 'true' then true when 'false' then false when '1' then true when '0' then false end`;

/** Converts a value to another scalar type; null if it cannot be converted. */
export const convert = (value: Value, type: ScalarType): Scalar => {
  const from = value.kind === 'held' ? value.of : value;
  if (from.kind === 'scalar' && from.type === type)
    return from.type === 'string' && from.nullable ? scalar('string', sql`coalesce(${from.sql}, '')`) : from;
  if (type === 'string') return scalar('string', textOf(value));
  const text = maybeText(value);
  if (from.kind === 'scalar') {
    const { sql: of, type: own } = from;
    if (type === 'real' && (own === 'int' || own === 'long'))
      return scalar('real', sql`(${of})::double`, from.nullable);
    if ((type === 'int' || type === 'long') && (own === 'int' || own === 'long'))
      return scalar(type, type === 'int' ? sql`try_cast(try_cast(${of} as integer) as bigint)` : of);
    if ((type === 'int' || type === 'long') && own === 'real')
      return scalar(type, sql`try_cast(trunc(${of}) as bigint)`);
    if ((type === 'int' || type === 'long') && (own === 'datetime' || own === 'timespan'))
      return scalar(type, of, from.nullable);
    if (isNumber(type) && own === 'bool') return scalar(type, sql`(${of})::integer::${raw(typesInSql[type])}`);
    if (type === 'bool' && isNumber(own)) return boolean(sql`(${of} <> 0)`, true);
    if (type === 'datetime' && (own === 'int' || own === 'long')) return scalar(type, withinTime(of));
    if (type === 'timespan' && (own === 'int' || own === 'long')) return scalar(type, of, from.nullable);
    if (type === 'decimal' && (own === 'int' || own === 'long'))
      return scalar(type, sql`(${of})::decimal(38,0)`, from.nullable);
  }
  switch (type) {
    case 'int':
      return scalar(type, sql`try_cast(try_cast(${whole(text)} as integer) as bigint)`);
    case 'long':
      return scalar(type, sql`try_cast(${whole(text)} as bigint)`);
    case 'real':
      return scalar(type, sql`try_cast(${text} as double)`);
    case 'decimal':
      return scalar(type, sql`try_cast(${text} as decimal(38,0))`);
    case 'bool':
      return boolean(booleanIn(text), true);
    case 'datetime':
      return scalar(type, ticksIn(text));
    case 'timespan':
      return scalar(type, timespanIn(text));
    case 'guid':
      return scalar(type, sql`try_cast(${text} as uuid)::varchar`);
    default:
      return type satisfies never;
  }
};

/** The number in a dynamic value; null if it holds no number. */
export const numberIn = (value: Dynamic): Scalar => {
  if (value.kind === 'held') return isNumber(value.of.type) ? convert(value.of, 'real') : literal('real', null);
  const of = jsonOf(value);
  return scalar(
    'real',
    sql`case when json_type(${of}) in ('UBIGINT', 'BIGINT', 'DOUBLE') then (${of} ->> '$')::double end`,
  );
};

/** The same value, seen from outside a subquery. */
export const through = (value: Value, wrap: (inner: Sql) => Sql): Value => {
  switch (value.kind) {
    case 'scalar': {
      if (value.literal !== undefined) return value;
      const pieces = value.pieces && {
        all: value.pieces.all.map((piece) => (typeof piece === 'string' ? piece : wrap(piece))),
        prefixes: value.pieces.prefixes.map(({ pieces: count, sql: of }) => ({ pieces: count, sql: wrap(of) })),
      };
      return { ...value, sql: wrap(value.sql), ...(pieces ? { pieces } : {}) };
    }
    case 'held':
      return { ...value, of: through(value.of, wrap) as Scalar };
    case 'json': {
      if (value === missing) return value;
      const { texts, pairs } = value;
      return {
        ...value,
        sql: wrap(value.sql),
        ...(texts
          ? { texts: { list: wrap(texts.list), known: texts.known?.map((one) => through(one, wrap) as Scalar) } }
          : {}),
        ...(pairs ? { pairs: pairs.map(({ name, value: of }) => ({ name: wrap(name), value: wrap(of) })) } : {}),
      };
    }
    default:
      return {
        ...value,
        ...(value.present ? { present: wrap(value.present) } : {}),
        members: new Map([...value.members].map(([name, member]) => [name, through(member, wrap) as Dynamic])),
      };
  }
};

/** Makes a value optional for an outer join: null where there is no row, and as before where there is one. */
export const optionalValue = (value: Value): Value => {
  switch (value.kind) {
    case 'scalar':
      return value.type === 'string' ? scalar('string', sql`coalesce(${value.sql}, '')`) : { ...value, nullable: true };
    case 'held':
      return held({ ...value.of, nullable: true });
    case 'json':
      return value;
    default:
      return {
        ...value,
        optional: true,
        members: new Map([...value.members].map(([name, member]) => [name, optionalValue(member) as Dynamic])),
      };
  }
};

/**
 * The scalar in a dynamic value of unknown content. A bag or an array fails the query, with the given position in its
 * text.
 */
const scalarInside = (of: Sql, at: ErrorPosition): Sql =>
  sql`case when json_type(${of}) in ('OBJECT', 'ARRAY')
    then error(${bound(`assay:TypeMismatch ${JSON.stringify(at)}`)}) else ${of} end`;

/** Sort keys of such scalars: numbers by value, before all other values by their text. */
export const orderInside = (of: Sql, at: ErrorPosition): readonly [number: Sql, text: Sql] => [
  sql`case when json_type(${of}) in ('UBIGINT', 'BIGINT', 'DOUBLE') then (${of} ->> '$')::double end`,
  sql`(${scalarInside(of, at)} ->> '$')`,
];

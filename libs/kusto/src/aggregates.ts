import { argumentOf, numberArgument, type Call } from './functions/function.ts';
import { bound, list, raw, sql, Sql } from './sql.ts';
import {
  held,
  isNullable,
  isNumber,
  json,
  jsonOf,
  orderInside,
  scalar,
  sqlOf,
  type Dynamic,
  type Scalar,
  type Value,
} from './value.ts';
import { itemAt } from './errors.ts';

/** The rows that an aggregate is computed over. */
interface AggregateGroup {
  /** Orders the rows of a group, so that the first row is deterministic. */
  readonly identity: readonly Sql[];
}

export interface Aggregate {
  readonly arguments: readonly [number, number];
  /** Names the column, given the name of the first argument and the text of the second. */
  readonly columnName: (argument: string | undefined, second: string | undefined) => string | undefined;
  readonly of: (values: readonly Value[], call: Call, group: AggregateGroup) => Value;
}

const always = raw('true');

/** A dynamic value is aggregated by its scalar; a bag has none. */
const noBag = (value: Value, { name, context, nodes }: Call): Value =>
  value.kind === 'bag'
    ? context.parsed.fail('TypeMismatch', `'${name}' is not defined for a bag.`, itemAt(nodes, 0))
    : value;

/** The numbers of a group. Kusto computes with no dynamic value here, since it may hold anything. */
const numbersOf = (values: readonly Value[], call: Call): Scalar =>
  itemAt(values, 0).kind === 'scalar'
    ? numberArgument(values, 0, call)
    : call.context.parsed.fail(
        'TypeMismatch',
        `'${call.name}' is not defined for dynamic: convert the value, for example with todouble().`,
        itemAt(call.nodes, 0),
      );

const extreme =
  (name: 'min' | 'max', condition = false): Aggregate['of'] =>
  (values, call) => {
    const value = noBag(itemAt(values, 0), call);
    const only = condition ? argumentOf('bool', values, 1, call).sql : always;
    if (value.kind === 'json') {
      const [number, text] = orderInside(value.sql, call.context.parsed.positionOf(itemAt(call.nodes, 0)));
      return json(
        sql`arg_${raw(name)}(${value.sql}, {'n': coalesce(${number}, '-infinity'::double), 't': ${text}})
          filter (${value.sql} is not null and ${only})`,
      );
    }
    const of = value.kind === 'held' ? value.of : (value as Scalar);
    const result = sql`${raw(name)}(${of.sql}) filter (${only})`;
    return value.kind === 'held'
      ? held(scalar(of.type, result, true))
      : scalar(of.type, of.type === 'string' ? sql`coalesce(${result}, '')` : result);
  };

const sum =
  (condition = false): Aggregate['of'] =>
  (values, call) => {
    const value = itemAt(values, 0);
    const of = value.kind === 'scalar' && value.type === 'timespan' ? value : numbersOf(values, call);
    const only = condition ? argumentOf('bool', values, 1, call).sql : always;
    const type = of.type === 'int' ? 'long' : of.type;
    return scalar(
      type,
      sql`try_cast(coalesce(sum(${of.sql}) filter (${only}), 0) as ${raw(type === 'real' ? 'double' : 'bigint')})`,
      true,
    );
  };

const average =
  (condition = false): Aggregate['of'] =>
  (values, call) => {
    const of = numbersOf(values, call);
    return scalar(
      'real',
      sql`avg(${of.sql}::double) filter (${condition ? argumentOf('bool', values, 1, call).sql : always})`,
      true,
    );
  };

const countIf: Aggregate['of'] = (values, call) =>
  scalar('long', sql`count(*) filter (${argumentOf('bool', values, 0, call).sql})`, false);

const distinct =
  (condition = false): Aggregate['of'] =>
  (values, call) => {
    const value = itemAt(values, 0);
    const of =
      value.kind === 'scalar' ? value.sql : value.kind === 'held' ? value.of.sql : sql`(${jsonOf(value)})::varchar`;
    return scalar(
      'long',
      sql`count(distinct ${of}) filter (${condition ? argumentOf('bool', values, 1, call).sql : always})`,
      false,
    );
  };

/** DuckDB collects rows in an arbitrary order unless `order by` is given. */
const byIdentity = ({ identity }: AggregateGroup): Sql =>
  identity.length === 0 ? raw('') : sql` order by ${list(identity)}`;

const mostElements = 1_048_576n;

const gathered =
  (isSet: boolean, condition = false): Aggregate['of'] =>
  (values, call, group) => {
    const value = itemAt(values, 0);
    const sizeAt = condition ? 2 : 1;
    const size = values[sizeAt];
    const most =
      size?.kind === 'scalar' && typeof size.literal === 'bigint' && size.literal > 0n && size.literal < mostElements
        ? size.literal
        : mostElements;
    const there = isNullable(value) ? sql`${sqlOf(value)} is not null` : always;
    const only = sql`${there} and ${condition ? argumentOf('bool', values, 1, call).sql : always}`;
    const each = sql`list(${jsonOf(value)}::varchar${byIdentity(group)}) filter (${only})`;
    const elements = isSet ? sql`list_sort(list_distinct(${each}))` : each;
    return json(
      sql`coalesce(to_json(list_transform(list_slice(${elements}, 1, ${bound(most)}), lambda x: x::json)), '[]'::json)`,
    );
  };

const pointer = (key: string): Sql => raw(`'/' || replace(replace(${key}, '~', '~0'), '/', '~1')`);

/** The entries of all bags of a group as one list, each with its position. */
const entriesOf = (value: Dynamic, only: Sql, { identity }: AggregateGroup): Sql => {
  const place = sql`{${list([raw("'p': 0"), ...identity.map((key, index) => sql`'i${raw(String(index))}': ${key}`)])}}`;
  if (value.kind === 'json' && value.pairs) {
    const [pair, another] = value.pairs.map(
      ({ name, value: of }, index) => sql`{'k': ${name}, 'n': ${raw(String(index))}, 'i': ${place}, 'v': ${of}}`,
    );
    if (pair && !another) return sql`list(${pair}) filter (${only})`;
  }
  const of = jsonOf(value);
  return sql`flatten(list(list_transform(json_keys(${of}), lambda k, n: {'k': k, 'n': n, 'i': ${place},
    'v': json_extract(${of}, ${pointer('k')})})) filter (json_type(${of}) = 'OBJECT' and ${only}))`;
};

/** Merges bags. For a repeated key the first value counts. */
const merged =
  (condition = false): Aggregate['of'] =>
  (values, call, group) => {
    const value = itemAt(values, 0);
    if (value.kind === 'scalar')
      return call.context.parsed.fail(
        'TypeMismatch',
        `'${call.name}' expects bags, not a ${value.type}.`,
        itemAt(call.nodes, 0),
      );
    const only = condition ? argumentOf('bool', values, 1, call).sql : always;
    const column = new Sql([entriesOf(value, only, group)], 'column');
    const entries = sql`list_sort(list_transform(${column}, lambda e: {'k': e.k, 'i': e.i, 'n': e.n, 'v': e.v}))`;
    const keys = sql`list_transform(${entries}, lambda e: e.k)`;
    // Zip each entry with the key before it: a lambda that indexed into the list would copy the whole list for each
    // element.
    const zipped = sql`list_zip(${entries}, list_concat([null::varchar], ${keys}))`;
    const first = sql`list_transform(list_filter(${zipped},
      lambda z: struct_extract(z, 1) is not null and struct_extract(z, 1).k is distinct from struct_extract(z, 2)),
      lambda z: struct_extract(z, 1))`;
    const bag = (of: Sql): Sql => sql`to_json(map_from_entries(list_transform(${of}, lambda e: {'k': e.k, 'v': e.v})))`;
    // 'grouped': computed only for groups that are output.
    return json(
      new Sql(
        [
          sql`coalesce(case when list_unique(${keys}) = len(${keys})
            then ${bag(entries)} else ${bag(first)} end, '{}'::json)`,
        ],
        'grouped',
      ),
    );
  };

const any: Aggregate['of'] = (values, _, group) => {
  const value = itemAt(values, 0);
  const of = sqlOf(value);
  const result = sql`first(${of}${byIdentity(group)}) filter (${isNullable(value) ? sql`${of} is not null` : always})`;
  return value.kind === 'scalar'
    ? scalar(value.type, value.type === 'string' ? sql`coalesce(${result}, '')` : result)
    : json(result);
};

const percentile: Aggregate['of'] = (values, call) => {
  const of = numbersOf(values, call);
  const at = itemAt(values, 1);
  const percent = at.kind === 'scalar' && at.literal !== null && isNumber(at.type) ? Number(at.literal) : Number.NaN;
  if (!(percent >= 0 && percent <= 100))
    return call.context.parsed.fail(
      'InvalidArgument',
      'A percentile is a number from 0 to 100.',
      itemAt(call.nodes, 1),
    );
  return scalar(of.type, sql`quantile_disc(${of.sql}, ${raw(String(percent / 100))})`, true);
};

const after =
  (prefix: string) =>
  (argument = ''): string =>
    `${prefix}_${argument}`;

/** Every aggregate except `arg_max` and `arg_min`, which return several columns. To add an aggregate, add a row. */
export const aggregates: Readonly<Record<string, Aggregate>> = Object.assign(Object.create(null) as object, {
  count: { arguments: [0, 1], columnName: after('count'), of: () => scalar('long', raw('count(*)'), false) },
  countif: { arguments: [1, 1], columnName: after('countif'), of: countIf },
  dcount: { arguments: [1, 2], columnName: after('dcount'), of: distinct() },
  dcountif: { arguments: [2, 3], columnName: after('dcountif'), of: distinct(true) },
  sum: { arguments: [1, 1], columnName: after('sum'), of: sum() },
  sumif: { arguments: [2, 2], columnName: after('sumif'), of: sum(true) },
  avg: { arguments: [1, 1], columnName: after('avg'), of: average() },
  avgif: { arguments: [2, 2], columnName: after('avgif'), of: average(true) },
  min: { arguments: [1, 1], columnName: after('min'), of: extreme('min') },
  minif: { arguments: [2, 2], columnName: after('minif'), of: extreme('min', true) },
  max: { arguments: [1, 1], columnName: after('max'), of: extreme('max') },
  maxif: { arguments: [2, 2], columnName: after('maxif'), of: extreme('max', true) },
  make_list: { arguments: [1, 2], columnName: after('list'), of: gathered(false) },
  makelist: { arguments: [1, 2], columnName: after('list'), of: gathered(false) },
  make_list_if: { arguments: [2, 3], columnName: after('list'), of: gathered(false, true) },
  make_set: { arguments: [1, 2], columnName: after('set'), of: gathered(true) },
  makeset: { arguments: [1, 2], columnName: after('set'), of: gathered(true) },
  make_set_if: { arguments: [2, 3], columnName: after('set'), of: gathered(true, true) },
  make_bag: { arguments: [1, 2], columnName: after('bag'), of: merged() },
  make_bag_if: { arguments: [2, 3], columnName: after('bag'), of: merged(true) },
  any: { arguments: [1, 1], columnName: after('any'), of: any },
  take_any: { arguments: [1, 1], columnName: (argument) => argument, of: any },
  percentile: {
    arguments: [2, 2],
    columnName: (argument = '', second = '') => `percentile_${argument}_${second}`,
    of: percentile,
  },
  stdev: {
    arguments: [1, 1],
    columnName: after('stdev'),
    of: (values: readonly Value[], call: Call) =>
      scalar('real', sql`coalesce(stddev_samp(${numbersOf(values, call).sql}), 0)`, true),
  },
} satisfies Record<string, Aggregate>);

import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { seed, turnsOf } from '@assay/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue, KustoType } from './catalogue.ts';
import { stringifyExactly } from './exact.ts';
import { shown } from './output.ts';
import { translate } from './translate.ts';
import {
  evaluated,
  parsed,
  spanText,
  undecided,
  versionNumber,
  writtenTimes,
  type ExpressionRandom,
} from '../test/evaluation.ts';

const types: Readonly<Record<keyof ExpressionRandom, KustoType>> = {
  id: 'string',
  s: 'string',
  t: 'string',
  x: 'string',
  v: 'string',
  w: 'string',
  when: 'string',
  span: 'string',
  i: 'long',
  j: 'long',
  r: 'real',
  b: 'bool',
  d: 'datetime',
  e: 'datetime',
  a: 'dynamic',
  m: 'dynamic',
};
const columns = Object.entries(types).map(([name, type]) => ({ name, type }));
const catalogue: Catalogue = {
  defaultTable: 'random',
  tables: [
    {
      name: 'random',
      columns,
      parts: [
        {
          name: 'random',
          from: 'random t',
          alias: 't',
          identity: ['t.id'],
          columns: Object.fromEntries(columns.map(({ name, type }) => [name, { type, sql: `t.${name}` }])),
        },
      ],
    },
  ],
};

const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { freq: 6 });
/** Few characters, so that texts often contain each other. */
const text = fc
  .array(fc.constantFrom('a', 'b', 'A', 'B', '-', '.', '%', '_', ' ', 'ä', '1', '|', '"', "'", '\\', '/'), {
    maxLength: 7,
  })
  .map((chars) => chars.join(''));
const whole = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: -9n, max: 9n }) },
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n),
);
const part = fc.oneof(
  { weight: 4, arbitrary: fc.nat(2).map(String) },
  fc.nat(99_999_999).map(String),
  fc.constantFrom('010', '', '123456789', 'x'),
);
const version = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
const moment = fc.date({
  min: new Date('2001-01-01T00:00:00Z'),
  max: new Date('2048-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const ticks = fc
  .tuple(moment, fc.nat(9_999))
  .map(([at, below]) => BigInt(at.getTime()) * 10_000n + 621_355_968_000_000_000n + BigInt(below));
const near = fc.oneof(ticks, fc.bigInt({ min: -1n, max: 1n }));

const rows = fc
  .record({
    s: text,
    t: fc.oneof(text, fc.constantFrom('a', 'b', '')),
    x: fc.oneof(
      whole.map(String),
      fc.integer({ min: -999, max: 999 }).map((n) => (n / 8).toFixed(3)),
      fc.constantFrom('true', 'FALSE', '1', '0', '', 'x', '1x', 'nano'),
    ),
    v: version,
    w: version,
    when: fc.oneof(
      fc.tuple(moment, fc.constantFrom(...writtenTimes)).map(([at, written]) => written(at)[0]),
      text.filter((of) => !/\d/.test(of)),
    ),
    span: fc.oneof(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(spanText), fc.constant('never')),
    i: orNull(whole),
    j: orNull(whole),
    r: orNull(fc.integer({ min: -800, max: 800 }).map((n) => n / 8)),
    b: orNull(fc.boolean()),
    d: orNull(ticks),
    e: near,
    a: orNull(fc.array(orNull(fc.constantFrom('a', 'b', '', 'ä-b')), { maxLength: 4 })),
    m: orNull(
      fc.dictionary(
        fc.constantFrom('k', 'l', 'odd.name', 'sla/sh'),
        fc.oneof(text, fc.integer(), fc.constantFrom(2.5, true, [1, 'x'], { n: 1 })),
        { noNullPrototype: true },
      ),
    ),
  })
  .map((row): Omit<ExpressionRandom, 'id'> => ({
    ...row,
    e: row.e > 2n ? row.e : row.d === null ? null : row.d + row.e,
  }));

const some: readonly ExpressionRandom[] = fc
  .sample(rows, { seed, numRuns: turnsOf(300) })
  .map((row, index) => ({ ...row, id: String(index).padStart(5, '0') }));

let instance: DuckDBInstance;
let connection: Awaited<ReturnType<DuckDBInstance['connect']>>;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1', temp_directory: '' });
  connection = await instance.connect();
  await connection.run(
    "set TimeZone = 'UTC'; create table random (id varchar, s varchar, t varchar, x varchar, v " +
      'varchar, w varchar, "when" varchar, span varchar, i bigint, j bigint, r double, b boolean, d ' +
      'bigint, e bigint, a json, m json)',
  );
  for (const row of some)
    await connection.run(
      `insert into random values (${Object.keys(types)
        .map((name) => `$${name}`)
        .join(', ')})`,
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value !== null && types[name as keyof ExpressionRandom] === 'dynamic' ? JSON.stringify(value) : value,
        ]),
      ) as never,
    );
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** The rows of a query, each as JSON. */
const rowsOf = async (query: string): Promise<readonly string[]> => {
  const { rows: statement, columns: shownAs } = translate(query, catalogue, {
    now: 0n,
    page: { limit: 100_000, offset: 0, mostBytes: 1 << 26 },
  });
  const found = (await connection.runAndReadAll(statement.sql, { ...statement.parameters })).getRowObjectsJS();
  return found.map((row) => JSON.stringify(shownAs.map(({ type }, index) => shown(row[`o${index + 1}`], type))));
};

const of = (values: readonly unknown[]): string => stringifyExactly(values);

describe(`functions over ${some.length} random rows have the value computed without SQL`, () => {
  it.each(evaluated)('%s', async (expression, worth) => {
    const found = await rowsOf(`random | order by id asc | project x = ${expression}`);
    const wrong = some.flatMap((row, index) => {
      const expected = worth(row);
      return expected === undecided || of([expected]) === found[index]
        ? []
        : [{ row, expected: of([expected]), found: found[index] }];
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it.each([
    ['', false],
    ['kind=simple ', false],
    ['kind=relaxed ', true],
  ])('parse %s', async (kind, isRelaxed) => {
    expect(
      await rowsOf(
        `random | order by id asc | extend text = strcat('a=', s, ' b=', x) | parse ${kind}text with ` +
          `'a=' p ' b=' q:long | project p, q`,
      ),
    ).toEqual(some.map((row) => of(parsed(row, isRelaxed))));
  });

  it.each([
    ['', -1],
    [' desc nulls last', -1],
    [' asc', 1],
    [' asc nulls first', 1],
  ] as const)('rows are sorted by versions: order by parse_version(v)%s', async (direction, sign) => {
    const expected = some
      .map(({ id, v }) => ({ id, n: versionNumber(v) }))
      .toSorted((one, other) =>
        one.n === other.n ? 0 : one.n === null ? -sign : other.n === null ? sign : one.n < other.n ? -sign : sign,
      );
    expect(await rowsOf(`random | order by parse_version(v)${direction}, id asc | project id`)).toEqual(
      expected.map(({ id }) => of([id])),
    );
  });

  const keyed = Map.groupBy(some, ({ t }) => t.toLowerCase());
  const numbers = (group: readonly ExpressionRandom[]): readonly bigint[] =>
    group.flatMap(({ j }) => (j === null ? [] : [j]));
  const least = (values: readonly bigint[], sign: 1n | -1n): bigint | null =>
    values.reduce<bigint | null>((found, one) => (found === null || one * sign < found * sign ? one : found), null);
  it.each<[string, (group: readonly ExpressionRandom[]) => unknown]>([
    ['count()', (group) => BigInt(group.length)],
    ['countif(b)', (group) => BigInt(group.filter(({ b }) => b).length)],
    ['dcount(s)', (group) => BigInt(new Set(group.map(({ s }) => s)).size)],
    ['dcountif(s, b)', (group) => BigInt(new Set(group.filter(({ b }) => b).map(({ s }) => s)).size)],
    [
      'sum(j)',
      (group) => {
        const sum = numbers(group).reduce((all, one) => all + one, 0n);
        return BigInt.asIntN(64, sum) === sum ? sum : null;
      },
    ],
    ['min(j)', (group) => least(numbers(group), 1n)],
    ['max(j)', (group) => least(numbers(group), -1n)],
    ['sum(r)', (group) => group.reduce((all, { r }) => all + (r ?? 0), 0)],
    [
      'percentile(j, 50)',
      (group) => {
        const all = numbers(group).toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));
        return all[Math.max(0, Math.ceil(all.length / 2) - 1)] ?? null;
      },
    ],
    ['make_list(j)', (group) => numbers(group)],
    [
      'make_set(s)',
      (group) =>
        [...new Set(group.map(({ s }) => s))].toSorted((one, other) =>
          JSON.stringify(one) < JSON.stringify(other) ? -1 : 1,
        ),
    ],
    [
      'max(parse_version(v))',
      (group) =>
        least(
          group.flatMap(({ v }) => versionNumber(v) ?? []),
          -1n,
        ),
    ],
    [
      'min(parse_version(v))',
      (group) =>
        least(
          group.flatMap(({ v }) => versionNumber(v) ?? []),
          1n,
        ),
    ],
  ])('summarize %s', async (aggregate, worth) => {
    const found = await rowsOf(`random | summarize x = ${aggregate} by k = tolower(t) | order by k asc`);
    const expected = [...keyed]
      .toSorted(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      .map(([key, group]) => of([key, worth(group)]));
    expect(found).toEqual(expected);
  });

  it.each([
    ['inner', true],
    ['leftouter', false],
  ] as const)('join kind=%s has a row for each pair that has the same key', async (kind, isInner) => {
    const pairs = some.flatMap((left) => {
      const partners = left.i === null ? [] : some.filter(({ j }) => j === left.i);
      return partners.length > 0 ? partners.map(({ id }) => of([left.id, id])) : isInner ? [] : [of([left.id, ''])];
    });
    expect(
      await rowsOf(
        `random | project id, i | join kind=${kind} (random | project other = id, j) on $left.i == ` +
          '$right.j | project id, other | order by id asc, other asc',
      ),
    ).toEqual(pairs);
  });

  it('mv-expand has a row for each element, and one for null', async () => {
    expect(await rowsOf('random | mv-expand y = a | project id, y | order by id asc')).toEqual(
      some.flatMap(({ id, a }) => (a ?? [null]).map((y) => of([id, y]))),
    );
  });
});

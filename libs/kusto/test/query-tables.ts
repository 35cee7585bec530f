import { DuckDBInstance } from '@duckdb/node-api';
import type { Catalogue, Column } from '../src/catalogue.ts';
import { KustoError } from '../src/errors.ts';
import { shown } from '../src/output.ts';
import { translate } from '../src/translate.ts';
import { epochTicks } from '../src/value.ts';

const bag = {
  a: { b: 'deep', 'odd.name': 7 },
  list: [1, 'two', null, { three: 3 }],
  text: 'words',
  number: 5,
  half: 2.5,
  yes: true,
  nothing: null,
  when: '2026-11-24T09:15:02.1234567Z',
  "it's": 1,
  'sla/sh': 2,
};

/** Two tables, small enough to compute the result of any query by hand. */
const things: Readonly<Record<string, Column>> = {
  id: { type: 'string', sql: 't.id' },
  name: { type: 'string', sql: 't.name' },
  n: { type: 'long', sql: 't.n' },
  r: { type: 'real', sql: 't.r' },
  b: { type: 'bool', sql: 't.b' },
  d: { type: 'datetime', sql: 't.d' },
  p: { type: 'dynamic', sql: 't.p' },
  known: {
    type: 'dynamic',
    shape: {
      members: {
        text: { type: 'string', sql: 't.name' },
        maybe: { type: 'string', sql: "nullif(t.name, 'two')", optional: true },
        number: { type: 'long', sql: 't.n', optional: true },
        json: { type: 'dynamic', sql: 't.p' },
      },
    },
  },
  empty: { type: 'dynamic', missing: true },
};

const columns = Object.entries(things).map(([name, { type }]) => ({ name, type }));

export const catalogue: Catalogue = {
  defaultTable: 'things',
  tables: [
    {
      name: 'things',
      columns,
      parts: [{ name: 'things', from: 'things t', alias: 't', columns: things, identity: ['t.id'] }],
    },
    {
      name: 'kinds',
      columns: [
        { name: 'id', type: 'string' },
        { name: 'type', type: 'string' },
      ],
      parts: [
        {
          name: 'first',
          from: 'things t',
          alias: 't',
          columns: { id: things.id!, type: { type: 'string', constant: 'a/first' } },
          identity: ['t.id'],
        },
        {
          name: 'second',
          from: 'things t',
          alias: 't',
          columns: { id: things.id!, type: { type: 'string', constant: 'a/second' } },
          identity: ['t.id'],
        },
      ],
    },
  ],
};

export const now = BigInt(Date.parse('2026-11-25T00:00:00Z')) * 10_000n + epochTicks;

export interface CaseAnswer {
  readonly names: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Runs queries on the tables, as a service would. */
export class QueryTables {
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: Awaited<ReturnType<DuckDBInstance['connect']>>,
  ) {}

  static async open(): Promise<QueryTables> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '2',
      memory_limit: '256MB',
      preserve_insertion_order: 'false',
      temp_directory: '',
    });
    const connection = await instance.connect();
    await connection.run(
      `set TimeZone = 'UTC'; create table things (id varchar, name varchar, n bigint, r double, b ` +
        'boolean, d bigint, p json)',
    );
    const d = (text: string): string => String(BigInt(Date.parse(text)) * 10_000n + epochTicks + 1_234n);
    await connection.run(
      `insert into things values ('1', 'one', 1, 1.5, true, ${d('2026-11-24T09:15:02Z')}, ` +
        `$p::json), ('2', 'two', 2, -2.5, false, ${d('2026-11-20T00:00:00Z')}, ` +
        `'{"text":"Words","number":10,"list":[]}'), ('3', '', null, null, null, null, null)`,
      { p: JSON.stringify(bag) },
    );
    return new QueryTables(instance, connection);
  }

  async rows(
    query: string,
    page: { readonly limit?: number; readonly offset?: number; readonly after?: readonly (string | null)[] } = {},
  ): Promise<CaseAnswer & { readonly last: readonly (string | null)[]; readonly total: number }> {
    const translation = translate(query, catalogue, {
      now,
      page: { limit: 1000, offset: 0, mostBytes: 1 << 24, ...page },
    });
    const found = (
      await this.connection.runAndReadAll(translation.rows.sql, { ...translation.rows.parameters })
    ).getRowObjectsJS();
    const [count] = (
      await this.connection.runAndReadAll(translation.count.sql, { ...translation.count.parameters })
    ).getRowObjectsJS();
    return {
      names: translation.columns.map(({ name }) => name),
      types: translation.columns.map(({ type }) => type),
      total: Number(count!.n),
      rows: found.map((row) => translation.columns.map(({ type }, index) => shown(row[`o${index + 1}`], type))),
      last: Array.from(
        { length: translation.keys },
        (_, index) => (found.at(-1)?.[`k${index + 1}`] ?? null) as string | null,
      ),
    };
  }

  /** The value of an expression for the first row of `things`. */
  async value(expression: string): Promise<unknown> {
    return (await this.rows(`things | where id == '1' | project x = ${expression}`)).rows[0]![0];
  }

  refusal(query: string): KustoError {
    try {
      translate(query, catalogue, { now, page: { limit: 10, offset: 0, mostBytes: 1 } });
    } catch (error) {
      if (error instanceof KustoError) return error;
      throw error;
    }
    throw new Error(`not refused: ${query}`);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished } from 'vitest';
import { queryOn, type RunQuery } from '@assay/read-model/store/duckdb';
import { createTables } from '@assay/read-model/store/schema';
import { findingPage, inOneShape, positionOf, type FindingPosition } from './sub-assessments.ts';

const registry = '/subscriptions/one/registries/r/';
const image = '00000000-0000-5000-8000-000000000001';

/** One image whose records have these names. */
const withRecords = async (names: readonly string[]): Promise<RunQuery> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run(createTables);
  await connection.run(
    `insert into images (image, registry_key, subscription_id, findings, demonstration, generated_at)
    values ('${image}', '${registry}', 'one', ${names.length}, false, '2026-11-24T09:15:02.500Z')`,
  );
  for (const name of names)
    await connection.run(
      `insert into findings (image, name, registry_key, kind, code, cause, description)
      values ('${image}', '${name}', '${registry}', 'healthy', 'Healthy', '', '')`,
    );
  return queryOn(connection);
};

const nameOf = (digits: string): string =>
  digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, (_all, ...parts: unknown[]) => parts.slice(0, 5).join('-'));

it.each<[string, (n: number) => string]>([
  ['spread evenly', (n) => (n * 2 + 1).toString(16).padStart(2, '0').padEnd(32, '0')],
  ['all at the end', (n) => n.toString(16).padStart(32, 'f')],
  ['all at the beginning', (n) => n.toString(16).padStart(32, '0')],
  ['at the beginning and at the end', (n) => n.toString(16).padStart(32, n % 2 ? 'f' : '0')],
])('pages have each record once and in order, with names %s', async (_where, digits) => {
  const names = Array.from({ length: 120 }, (_, n) => nameOf(digits(n)));
  const query = await withRecords(names);
  const found: string[] = [];
  let after: FindingPosition | undefined;
  for (let page = 0; page < 17; page += 1) {
    const records = await findingPage(query, { prefix: '' }, inOneShape('classic'), after, 7, 0);
    expect(records).toHaveLength(7);
    found.push(...records.map(({ name }) => name));
    after = positionOf(records.at(-1)!);
  }
  const last = await findingPage(query, { prefix: '' }, inOneShape('classic'), after, 7, 0);
  expect([...found, ...last.map(({ name }) => name)]).toEqual(names.toSorted());
});

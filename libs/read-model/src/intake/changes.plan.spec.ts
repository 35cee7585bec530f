import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { present } from '@assay/events';
import { rowsFrom, type ChangePosition } from './changes.ts';
import { queryOn } from '../store/duckdb.ts';
import { createTables } from '../store/schema.ts';

const [partitions, threads, most] = [3, 2, 500];
/** Rows of a part of a table that DuckDB skips or reads as a whole. */
const partRows = 122_880;
/** Twelve parts. */
const all = 12 * partRows;

let instance: DuckDBInstance;
let connection: DuckDBConnection;

/** Changes as they are written: offsets rise in each partition, with gaps, and times go back now and then. */
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: String(threads), preserve_insertion_order: 'false' });
  connection = await instance.connect();
  await connection.run(`${createTables}
    insert into changes (partition, "offset", at_ms)
    select (i % ${partitions})::integer, 2 * (i // ${partitions}) + 7 * (i // 5000),
      1764000000000 + 10 * i - case when i % 97 = 0 then 5000 else 0 end
    from range(${all}) t(i) order by i`);
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** Sorts everything behind the position. */
const slowly = (position: ChangePosition): string => `select row from (
    select rowid as row, partition, "offset", max(at_ms) over (partition by partition order by "offset") as latest_ms
    from changes where "offset" >= [${position.join(',')}][partition + 1])
  order by latest_ms, partition, "offset" limit ${most}`;

const lastOffset = 2 * (all / partitions) + 7 * Math.floor(all / 5000);

it.each([
  ['the beginning', [0, 0, 0]],
  ['the middle', [300_000, 300_000, 300_001]],
  ['partitions that are not equally far', [0, 500_000, lastOffset - 100]],
  ['the end', [lastOffset - 60, lastOffset - 80, lastOffset - 40]],
  ['behind the end', [lastOffset, lastOffset, lastOffset]],
])('reads on from %s in the order of time that keeps that of each partition', async (_name, position) => {
  const query = queryOn(connection);
  expect(await query(rowsFrom(position, most))).toEqual(await query(slowly(position)));
});

interface Operator {
  readonly operator_name?: string;
  readonly operator_cardinality?: number;
  readonly operator_rows_scanned?: number;
  readonly children?: readonly Operator[];
}

const operatorsIn = (operator: Operator): readonly Operator[] => [
  operator,
  ...(operator.children ?? []).flatMap(operatorsIn),
];

const executed = async (sql: string): Promise<readonly Operator[]> => {
  const [row] = await queryOn(connection)<{ explain_value: string }>(`explain (analyze, format json) ${sql}`);
  return operatorsIn(JSON.parse(present(row, 'plan').explain_value) as Operator);
};

const sum = (operators: readonly Operator[], of: 'operator_cardinality' | 'operator_rows_scanned'): number =>
  operators.reduce((total, operator) => total + (operator[of] ?? 0), 0);

it.each([
  ['all changes', 0],
  ['half of them', lastOffset / 2],
  ['few', lastOffset - 3_000],
])('reads and sorts no more than a part of the table when a reader has %s before it', async (_name, offset) => {
  const operators = await executed(rowsFrom([offset, offset, offset], most));
  // Before the first of them has enough rows, each thread has taken a part of its own.
  expect(sum(operators, 'operator_rows_scanned')).toBeLessThanOrEqual(partitions * threads * partRows);
  const sorted = operators.filter((operator) => operator.operator_name?.includes('WINDOW'));
  expect(sorted).not.toEqual([]);
  expect(sum(sorted, 'operator_cardinality')).toBeLessThanOrEqual(partitions * most);
});

import type { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFile, rowIds, type RunQuery } from './duckdb.ts';
import { ReaderPool } from './readers.ts';

/** More than the instance may hold; a database in memory does not spill. */
const roomy = 'select count(*) from (select distinct repeat(n::varchar, 20) as x from range(2000000) t(n))';
const late = "select count(*), error('late') from range(200000) t(a) where a % 3 = 1 group by a % 7";

let instance: DuckDBInstance;
let readers: ReaderPool;
beforeAll(async () => {
  instance = await openFile({ path: ':memory:', threads: 2, memoryLimit: '64MB' });
  readers = await ReaderPool.of(instance, 1);
});
afterAll(async () => {
  await readers.close();
  instance.closeSync();
});

/** Several queries at once: the first fails while the others are still running. */
const gaveUp = async (query: RunQuery): Promise<unknown> =>
  Promise.all([query("select error('at once')"), ...Array.from({ length: 6 }, () => query(late))]);

describe('a connection for readers', () => {
  it('is free of the previous snapshot, even if its reader gave up during queries', async () => {
    for (let n = 0; n < 40; n += 1) {
      const first = readers.read(gaveUp);
      const next = readers.read((query) => query<{ x: number }>('select 1 as x'));
      await expect(first).rejects.toThrow('at once');
      expect(await next).toEqual([{ x: 1 }]);
    }
  });

  it('answers no query after the end of its snapshot', async () => {
    let kept!: RunQuery;
    await readers.read((query) => {
      kept = query;
      return Promise.resolve();
    });
    await expect(kept('select 1')).rejects.toThrow('the snapshot is over');
  });

  it('reports a lack of memory as such, and only to the reader that caused it', async () => {
    for (let n = 0; n < 2; n += 1) {
      const answers = [
        readers.read((query) => query(roomy)),
        readers.read((query) => query<{ x: number }>('select 1 as x')),
      ] as const;
      await expect(answers[0]).rejects.toThrow(/^Out of Memory Error/);
      expect(await answers[1]).toEqual([{ x: 1 }]);
    }
  });

  it('ends a query at its time limit, and the queries beside it', async () => {
    const endless =
      'select count(*) from range(10000) a(x), range(10000) b(y), range(10000) c(z) where (x * y + z) % 7 = 3';
    for (const limits of [{ allMs: 50 }, { statementMs: 50 }]) {
      const first = readers.read((query) => Promise.all([query(endless), query(endless)]), limits);
      const next = readers.read((query) => query<{ x: number }>('select 1 as x'), { allMs: 60_000 });
      await expect(first).rejects.toThrow(/^INTERRUPT Error/);
      expect(await next).toEqual([{ x: 1 }]);
    }
  });

  it('reads the rows of a page by their row ids without those between', async () => {
    const writer = await instance.connect();
    await writer.run('create table long as select n from range(400000) t(n)');
    writer.closeSync();
    const page = Array.from({ length: 150 }, (_, n) => BigInt(n < 75 ? n : 399_900 + n - 75));
    interface Step {
      readonly operator_name: string;
      readonly operator_cardinality: number;
      readonly children: readonly Step[];
    }
    const explained = await readers.read((query) =>
      query<{ explain_value: string }>(
        'explain (analyze, format json) select * from long where rowid in (select unnest($rows::bigint[]))',
        { rows: rowIds(page) },
      ),
    );
    const scans = (step: Step): Step[] => [
      ...(step.operator_name?.trim() === 'SEQ_SCAN' ? [step] : []),
      ...step.children.flatMap(scans),
    ];
    const [scan] = scans(JSON.parse(explained[0]!.explain_value) as Step);
    expect(scan!.operator_cardinality).toBeGreaterThanOrEqual(150);
    expect(scan!.operator_cardinality).toBeLessThan(20_000);
  });
});

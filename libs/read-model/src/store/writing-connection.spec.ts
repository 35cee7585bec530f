import type { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openFile } from './duckdb.ts';
import { WritingConnection } from './writing-connection.ts';

let instance: DuckDBInstance;
let writing: WritingConnection;
beforeEach(async () => {
  instance = await openFile({ path: ':memory:', memoryLimit: '100MB', threads: 1 });
  writing = await WritingConnection.of(instance);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await writing.close();
  instance.closeSync();
});

const write = (): Promise<void> => writing.transaction(() => writing.append('recalls', [['x', 'y', 'z', 't']]));
const written = async (): Promise<number> =>
  Number((await writing.query<{ n: bigint }>('select count(*) as n from recalls'))[0]!.n);

/** A batch that fails half way, and whose rollback fails this many times. */
const failing = async (times: number): Promise<void> => {
  const run = writing.run.bind(writing);
  let left = times;
  vi.spyOn(writing, 'run').mockImplementation(async (sql, values) => {
    if (sql === 'rollback' && left > 0) {
      left -= 1;
      throw new Error('Out of Memory Error: failed to pin block');
    }
    return run(sql, values);
  });
  for (let n = 0; n < times; n += 1) {
    await expect(
      writing.transaction(async () => {
        await writing.append('recalls', [['not', 'to', 'be', 'seen']]);
        await run("select error('a batch that fails')");
      }),
    ).rejects.toThrow('a batch that fails');
  }
};

it('writes again after a failed rollback, without the rows to be rolled back', async () => {
  await failing(1);
  await write();
  expect(await written()).toBe(1);
});

it('writes again after several failed rollbacks', async () => {
  await write();
  await failing(3);
  await write();
  await write();
  expect(await written()).toBe(3);
});

it('lets no write begin during `still`', async () => {
  const held = Promise.withResolvers<void>();
  const still = writing.still(() => held.promise);
  const writes = write();
  expect(await written()).toBe(0);
  held.resolve();
  await Promise.all([still, writes]);
  expect(await written()).toBe(1);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { describeStore } from '@assay/testing';
import { EmbeddedStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-store-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeStore('embedded, in a file', async () => new EmbeddedStore(join(folder, `${(files += 1)}.db`)));
describeStore('embedded, in memory', async () => new EmbeddedStore(':memory:'));

const record = (value: string) => ({ topic: 't', partition: 3, key: 'k', headers: { ce_id: value }, value });
const saying = (...values: string[]) => ({
  checkpoint: {},
  states: [],
  outbox: values.map(record),
  jobs: { put: [], remove: [] },
  park: [],
});

it('a reopened file has all unsent records, of trimmed rows too, and continues their positions', async () => {
  const file = join(folder, 'again.db');
  const before = new EmbeddedStore(file);
  const {
    checkpoint: { epoch },
  } = await before.claim(0, 1);
  const first = await before.transact(0, epoch, saying('1', '2'));
  await before.transact(0, epoch, saying('3'));
  await before.trim(0, first.committed ? first.positions[0]! : 0);
  await before.close();
  const store = new EmbeddedStore(file);
  const { checkpoint, outbox } = await store.claim(0, 1);
  expect(outbox.map(({ position: _position, ...rest }) => rest)).toEqual([record('2'), record('3')]);
  const more = await store.transact(0, checkpoint.epoch, saying('4'));
  expect(more.committed && more.positions[0]! > outbox[1]!.position).toBe(true);
  await store.trim(0, outbox[1]!.position);
  expect((await store.claim(0, 1)).outbox.map(({ value }) => value)).toEqual(['4']);
  await store.close();
});

it('a file of an older version, with one outbox row per record, keeps its records', async () => {
  const file = join(folder, 'before.db');
  const before = new DatabaseSync(file);
  before.exec(`create table outbox (position integer primary key autoincrement, partition integer not null,
      target integer not null, topic text not null, key text not null, headers text not null, value text not null);
    insert into outbox values (7, 0, 3, 't', 'k', '{"ce_id":"1"}', '1'),
      (8, 1, 3, 't', 'k', '{"ce_id":"other"}', 'other'), (9, 0, 3, 't', 'k', '{"ce_id":"2"}', '2')`);
  before.close();
  for (let opened = 0; opened < 2; opened += 1) {
    const store = new EmbeddedStore(file);
    expect((await store.claim(0, 1)).outbox).toEqual([
      { ...record('1'), position: 7 },
      { ...record('2'), position: 9 },
    ]);
    expect((await store.claim(1, 1)).outbox).toEqual([{ ...record('other'), position: 8 }]);
    await store.close();
  }
});

const large = JSON.stringify({ text: 'large '.repeat(1000) });

/** A file with the states, and what is in it. */
const storing = async (...states: readonly { readonly key: string; readonly state: string }[]) => {
  const file = join(folder, `${(files += 1)}.db`);
  const store = new EmbeddedStore(file);
  const { checkpoint } = await store.claim(0, 1);
  await store.transact(0, checkpoint.epoch, { ...saying(), states });
  await store.close();
  return file;
};

const within = <T>(file: string, work: (database: DatabaseSync) => T): T => {
  const database = new DatabaseSync(file);
  try {
    return work(database);
  } finally {
    database.close();
  }
};

it('a state from 4 KiB on takes less room, beside its length', async () => {
  const [at, below] = [4096, 4095].map((bytes) => `{"text":"${'x'.repeat(bytes - 11)}"}`) as [string, string];
  const file = await storing({ key: 'at', state: at }, { key: 'below', state: below });
  expect(
    within(file, (database) =>
      database.prepare('select key, typeof(state) as type, length(state) < 100 as small, length from states').all(),
    ).map((row) => ({ ...row })),
  ).toEqual([
    { key: 'at', type: 'blob', small: 1, length: 4096 },
    { key: 'below', type: 'text', small: 0, length: null },
  ]);
});

it('a page of states ends by their length as text', async () => {
  const state = JSON.stringify({ text: 'x'.repeat(3_000_000) });
  const store = new EmbeddedStore(await storing(...['a', 'b', 'c'].map((key) => ({ key, state }))));
  expect((await store.scan(0, undefined, 10)).map(({ key }) => key)).toEqual(['a', 'b']);
  expect((await store.scan(0, 'b', 10)).map(({ key }) => key)).toEqual(['c']);
  await store.close();
});

it('a file of an older version, with states as text, keeps them, and takes compressed ones', async () => {
  const file = join(folder, 'states-before.db');
  within(file, (database) => {
    database.exec(`create table states (partition integer not null, key text not null, wake_at integer,
      state text not null, primary key (partition, key))`);
    database.prepare('insert into states values (0, ?, ?, ?)').run('old', 5, large);
  });
  for (let opened = 0; opened < 2; opened += 1) {
    const store = new EmbeddedStore(file);
    const { checkpoint } = await store.claim(0, 1);
    await store.transact(0, checkpoint.epoch, { ...saying(), states: [{ key: 'new', state: large, summary: 's' }] });
    expect(await store.scan(0, undefined, 10)).toEqual([
      { key: 'new', state: large },
      { key: 'old', state: large, wakeAt: 5 },
    ]);
    expect(await store.summaries(0, undefined, 10)).toEqual([{ key: 'new', summary: 's' }, { key: 'old' }]);
    await store.close();
  }
});

it.each<[string, Uint8Array, number | null]>([
  ['that is no zstd', Buffer.from('nothing of that kind'), 20],
  ['without its end', zstdCompressSync(large).subarray(0, 20), large.length],
  ['with more than its length', zstdCompressSync(large), large.length - 1],
  ['with less than its length', zstdCompressSync(large), large.length + 1],
  ['without a length', zstdCompressSync(large), null],
  ['with an endless length', zstdCompressSync(large), 2 ** 40],
])('a stored state %s is refused by name', async (_, bytes, length) => {
  const file = await storing({ key: 'good', state: large }, { key: 'this one', state: large });
  within(file, (database) =>
    database.prepare("update states set state = ?, length = ? where key = 'this one'").run(bytes, length),
  );
  const store = new EmbeddedStore(file);
  const refusal = {
    code: 'state-damaged',
    message: expect.stringContaining('this one') as string,
    remedy: expect.stringContaining('filled again from the log') as string,
  };
  await expect(store.read(0, ['this one'])).rejects.toMatchObject(refusal);
  await expect(store.scan(0, undefined, 10)).rejects.toMatchObject(refusal);
  expect((await store.read(0, ['good'])).get('good')?.state).toBe(large);
  await store.close();
});

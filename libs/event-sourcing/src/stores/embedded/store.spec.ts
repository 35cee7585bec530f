import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { zstdCompressSync } from 'node:zlib';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeLog } from '@assay/testing';
import { partitionOf } from '../log.ts';
import { EmbeddedLog } from './log.ts';
import { DataInUse, openDatabase, PartitionsFixed, unfit } from './records.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-log-'));
let files = 0;
const file = (): string => join(folder, `${(files += 1)}.db`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeLog('embedded, in a file', async () => new EmbeddedLog(file(), 4));
describeLog('embedded, in memory', async () => new EmbeddedLog(':memory:', 4));

describe('the embedded log', () => {
  it('still has all records after it was closed', async () => {
    const path = file();
    const before = new EmbeddedLog(path, 4);
    await before.append([{ topic: 'image.pushed', partition: 1, key: 'k', headers: { ce_id: 'x' }, value: '{}' }]);
    await before.close();
    const after = new EmbeddedLog(path, 4);
    expect(await after.end('image.pushed', 1)).toBe(1);
    await after.close();
  });

  it('belongs to one process: a second one is refused', () => {
    const path = file();
    const first = new EmbeddedLog(path, 4);
    expect(() => new EmbeddedLog(path, 4)).toThrow(DataInUse);
    return first.close();
  });

  it('is read without a change, while none writes', async () => {
    const own = mkdtempSync(join(folder, 'read-'));
    const path = join(own, 'log.db');
    const readOnly = () => new EmbeddedLog(path, 4, { readOnly: true });
    const stands = () => readdirSync(own).map((name) => [name, readFileSync(join(own, name), 'hex')]);
    const log = new EmbeddedLog(path, 4);
    await log.append([{ topic: 'image.pushed', partition: 1, key: 'k', headers: {}, value: '{}' }]);
    expect(readOnly).toThrow(DataInUse);
    cpSync(own, `${own}-killed`, { recursive: true });
    await log.close();
    const closed = stands();
    const reading = readOnly();
    expect(await reading.end('image.pushed', 1)).toBe(1);
    await reading.close();
    expect(stands()).toEqual(closed);
    const left = new EmbeddedLog(join(`${own}-killed`, 'log.db'), 4, { readOnly: true });
    expect(await left.end('image.pushed', 1)).toBe(1);
    expect(() => new EmbeddedLog(join(`${own}-killed`, 'log.db'), 4)).toThrow(DataInUse);
    await left.close();
    writeFileSync(path, '');
    expect(readOnly).toThrow('damaged');
    expect(stands()).toEqual([['log.db', '']]);
  });

  it('names the damaged file and its remedy', async () => {
    const [noDatabase, torn, later] = [file(), file(), file()];
    writeFileSync(noDatabase, 'x'.repeat(20_000));
    // Damages the header, and the page with the places of the records.
    for (const [path, at] of [
      [torn, 100],
      [later, 2 * 16_384],
    ] as const) {
      await new EmbeddedLog(path, 4).close();
      const opened = openSync(path, 'r+');
      writeSync(opened, Buffer.alloc(4_000, 0xff), 0, 4_000, at);
      closeSync(opened);
    }
    for (const path of [noDatabase, torn, later])
      expect(() => new EmbeddedLog(path, 4), path).toThrow(
        expect.objectContaining({
          code: 'data-damaged',
          message: expect.stringContaining(path) as string,
          remedy: expect.stringContaining('backup') as string,
        }) as Error,
      );
    expect(() => openDatabase(noDatabase, 'normal')).toThrow(
      expect.objectContaining({
        code: 'data-damaged',
        remedy: expect.stringContaining('filled again from the log') as string,
      }) as Error,
    );
    expect(
      unfit('/data/log.db', Object.assign(new Error('database or disk is full'), { errcode: 13 }), 'full'),
    ).toMatchObject({
      code: 'data-full',
      message: '/data/log.db cannot be written',
      remedy: expect.stringContaining('make room') as string,
    });
    const other = new Error('something else');
    expect(unfit('/data/log.db', other, 'full')).toBe(other);
  });

  it('reads large records a few at a time, and all of them', async () => {
    const log = new EmbeddedLog(':memory:', 4);
    await log.append(
      Array.from({ length: 40 }, (_, n) => ({
        topic: 'image.pushed',
        partition: 0,
        key: 'k',
        headers: {},
        value: `${n} ${'x'.repeat(250_000)}`,
      })),
    );
    const sizes: number[] = [];
    for await (const { records } of log.read('image.pushed', 0, 0, 40)) sizes.push(records.length);
    expect(Math.max(...sizes)).toBeLessThan(12);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40);
    await log.close();
  });

  const large = { topic: 'image.pushed', partition: 0, key: 'k', headers: { ce_id: 'x' } };
  const valuesIn = async (log: EmbeddedLog): Promise<string[]> => {
    const values: string[] = [];
    for await (const { records } of log.read('image.pushed', 0, 0, await log.end('image.pushed', 0)))
      values.push(...records.map(({ value }) => value));
    return values;
  };

  const blocksIn = (path: string): Record<string, unknown>[] => {
    const database = new DatabaseSync(path);
    const blocks = database
      .prepare('select "offset", count, dictionary, typeof(content) as type, length(content) as size from blocks')
      .all();
    database.close();
    return blocks;
  };

  it('compresses what is appended together, and reads it as it was', async () => {
    const path = file();
    const log = new EmbeddedLog(path, 4);
    const values = [1, 4095, 300_000, 2, 900_000].map((bytes) => `ü${'x'.repeat(bytes)}`);
    await log.append([{ ...large, value: '{}' }]);
    await log.append(values.map((value) => ({ ...large, value })));
    expect(await valuesIn(log)).toEqual(['{}', ...values]);
    await log.close();
    const blocks = blocksIn(path);
    expect(blocks.map(({ offset, count, type }) => [offset, count, type])).toEqual([
      [0, 1, 'text'],
      [1, 2, 'blob'],
      [3, 1, 'blob'],
      [4, 1, 'text'],
      [5, 1, 'blob'],
    ]);
    for (const { size } of blocks) expect(size).toBeLessThan(1000);
    const again = new EmbeddedLog(path, 4);
    expect(await valuesIn(again)).toEqual(['{}', ...values]);
    await again.close();
  });

  it('reads from within a block, and up to within one', async () => {
    const path = file();
    const before = new EmbeddedLog(path, 4);
    for (const values of [['a', 'b', 'c'], ['d'], ['e', 'f']])
      await before.append(values.map((value) => ({ ...large, value })));
    await before.close();
    const log = new EmbeddedLog(path, 4);
    for (const [from, until, expected] of [
      [1, 2, 'b'],
      [2, 5, 'cde'],
      [5, 9, 'f'],
      [6, 9, ''],
    ] as const) {
      let read = '';
      for await (const { records } of log.read('image.pushed', 0, from, until))
        for (const { value, offset } of records) read += offset === from + read.length ? value : '?';
      expect(read).toBe(expected);
    }
    await log.close();
  });

  /** An event of 1 KB. Most of it is the same in all of them. */
  const eventOf = (n: number): string =>
    JSON.stringify(Array.from({ length: 30 }, (_, k) => ({ [`field ${k}`]: k * 7919, n: k === 9 ? n : 0 })));

  it('compresses a record of its own against those before it', async () => {
    const path = file();
    const before = new EmbeddedLog(path, 4);
    const values = Array.from({ length: 200 }, (_, n) => eventOf(n));
    for (const value of values) await before.append([{ ...large, value }]);
    await before.close();
    const blocks = blocksIn(path);
    expect([blocks.at(0)!.dictionary, blocks.at(-1)!.dictionary]).toEqual([null, 1]);
    expect(blocks.at(-1)!.size).toBeLessThan((blocks.at(0)!.size as number) / 3);
    const log = new EmbeddedLog(path, 4);
    await log.append([{ ...large, value: eventOf(200) }]);
    expect(await valuesIn(log)).toEqual([...values, eventOf(200)]);
    await log.close();
    expect(blocksIn(path).at(-1)!.dictionary).toBe(1);
    const database = new DatabaseSync(path);
    database.exec('delete from dictionaries');
    database.close();
    const without = new EmbeddedLog(path, 4);
    const faults = [];
    for await (const { records } of without.read('image.pushed', 0, 199, 200))
      faults.push(...records.map(({ headers }) => headers.assay_unreadable));
    expect(faults).toEqual([expect.stringMatching(/^its block cannot be read: /)]);
    await without.close();
  });

  it('reads compressed records a few at a time', async () => {
    const log = new EmbeddedLog(':memory:', 4);
    await log.append(Array.from({ length: 40 }, (_, n) => ({ ...large, value: `${n} ${'x'.repeat(250_000)}` })));
    const sizes: number[] = [];
    for await (const { records } of log.read('image.pushed', 0, 0, 40)) sizes.push(records.length);
    expect(Math.max(...sizes)).toBeLessThan(12);
    await log.close();
  });

  it('has unreadable records in place of a block that cannot be read, and reads on', async () => {
    const path = file();
    const log = new EmbeddedLog(path, 4);
    for (let n = 0; n < 4; n += 1)
      await log.append(['a', 'b'].map((name) => ({ ...large, value: `${n}${name} ${'x'.repeat(5000)}` })));
    await log.close();
    const database = new DatabaseSync(path);
    const change = database.prepare('update blocks set content = ? where "offset" = ?');
    change.run(zstdCompressSync('x'.repeat(5000)).subarray(0, 15), 2);
    change.run(zstdCompressSync(Buffer.alloc(2_000_001)), 4);
    database.close();
    const again = new EmbeddedLog(path, 4);
    const read = [];
    for await (const { records } of again.read('image.pushed', 0, 0, 8)) read.push(...records);
    await again.close();
    expect(read.map(({ offset, headers }) => [offset, headers.ce_id, 'assay_unreadable' in headers])).toEqual(
      Array.from({ length: 8 }, (_, n) => (n > 1 && n < 6 ? [n, undefined, true] : [n, 'x', false])),
    );
    expect(read[7]!.value).toMatch(/^3b x+$/);
  });

  it.each([
    ['before', 0, ' without rowid'],
    ['yesterday', 1, ''],
    ['a later program', 9, ''],
  ])('refuses a file of %s in one line, and changes nothing of it', (_, version, ending) => {
    const path = file();
    const before = new DatabaseSync(path);
    before.exec(`pragma page_size = 16384; pragma journal_mode = wal; pragma user_version = ${version};
      create table records (topic text not null, partition integer not null, "offset" integer not null,
        key text not null, headers text not null, value text not null,
        primary key (topic, partition, "offset"))${ending};
      insert into records values ('image.pushed', 1, 0, 'k', '{}', '{}');`);
    before.close();
    const bytes = readFileSync(path);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(() => new EmbeddedLog(path, 4)).toThrow(
        expect.objectContaining({
          code: 'data-format',
          message: `${path} is a log in format ${version}, and this program reads format 2 only`,
          remedy: 'start with an empty --data folder, and keep the old one for the program that wrote it',
        }) as Error,
      );
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('keeps its number of partitions', async () => {
    const path = file();
    await new EmbeddedLog(path, 4).close();
    expect(() => new EmbeddedLog(path, 5)).toThrow(PartitionsFixed);
    await new EmbeddedLog(path, 4).close();
  });

  it('appends none of several records if one cannot be appended', async () => {
    const log = new EmbeddedLog(':memory:', 4);
    const good = { topic: 'image.pushed', partition: 0, key: 'k', headers: {}, value: '{}' };
    await expect(log.append([good, { ...good, value: undefined as never }])).rejects.toThrow();
    expect(await log.end('image.pushed', 0)).toBe(0);
    expect(await log.append([good])).toEqual([0]);
    await log.close();
  });
});

describe('the partitioner', () => {
  it('spreads digests evenly, and stays the same', () => {
    const counts = Array.from({ length: 12 }, () => 0);
    for (let n = 0; n < 12_000; n += 1) counts[partitionOf(`sha256:${n.toString(16).padStart(64, '0')}`, 12)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(partitionOf('sha256:7eba7c8c86c34c7297fc43ef5ce2eed6df85375768449a047592f4caf357f8da', 12)).toBe(0);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ReadModelDatabase } from './database.ts';
import { queryOn, isBroken, openFile, ReadModelBroken } from './duckdb.ts';

it('reports which process must stop when another has the file open, and leaves the file alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-duckdb-'));
  const path = join(folder, 'view.duckdb');
  const program =
    `import { DuckDBInstance } from '@duckdb/node-api'; await DuckDBInstance.create(${JSON.stringify(path)}); ` +
    `console.log('open'); setInterval(() => undefined, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    other.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await once(other.stdout, 'data');
  await expect(openFile({ path, memoryLimit: '100MB', threads: 1 })).rejects.toMatchObject({
    code: 'folder-in-use',
    message: `another process uses ${folder}`,
    remedy: expect.stringContaining('ASSAY_FOLDER') as string,
  });
});

/** A file with a write-ahead log, as a killed process with a higher limit left it. */
const tooLarge = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-duckdb-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const before = join(folder, 'before.duckdb');
  const instance = await openFile({ path: before, memoryLimit: '400MB', threads: 1 });
  const writer = await instance.connect();
  await writer.run('insert into findings (image, name) select uuid(), uuid() from range(400000)');
  const path = join(folder, 'view.duckdb');
  for (const end of ['', '.wal']) copyFileSync(`${before}${end}`, `${path}${end}`);
  writer.closeSync();
  instance.closeSync();
  return path;
};

it('reports a lack of memory with its remedy, and leaves the file alone', async () => {
  const path = await tooLarge();
  await expect(openFile({ path, memoryLimit: '100KB', threads: 1 })).rejects.toMatchObject({
    code: 'read-model-memory',
    message: expect.stringMatching(
      /^100KB of memory are too little for the read model .+: Out of Memory Error/,
    ) as string,
    remedy: expect.stringContaining('ASSAY_VIEW_MB') as string,
  });
  const instance = await openFile({ path, memoryLimit: '400MB', threads: 1 });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  expect(await queryOn(connection)('select count(*)::integer as n from findings')).toEqual([{ n: 400_000 }]);
});

it.each([
  ['FATAL Error: Corrupted ART index', 'which is rebuilt from the log'],
  ['Out of Memory Error: failed to pin block', 'ASSAY_VIEW_MB'],
  ['IO Error: Could not write file "view.duckdb": No space left on device', 'has room'],
])('reports the remedy for a read model that gave up with %s', (message, remedy) => {
  expect(new ReadModelBroken('view.duckdb', new Error(`${message}\nand so on`))).toMatchObject({
    code: 'read-model-broken',
    message: `the read model failed: ${message}`,
    remedy: expect.stringContaining(remedy) as string,
  });
});

it('removes nothing when the disk is full or a permission is missing', async () => {
  const path = await leftBehind();
  const opening = vi.spyOn(DuckDBInstance, 'create');
  onTestFinished(() => {
    opening.mockRestore();
  });
  for (const message of [
    'IO Error: Could not write file "view.duckdb": No space left on device',
    'IO Error: Cannot open file "view.duckdb": Permission denied',
    'FATAL Error: Failed to create checkpoint because of error: No space left on device',
  ]) {
    opening.mockRejectedValueOnce(new Error(message));
    await expect(openFile(options(path))).rejects.toThrow(message);
    expect(existsSync(path)).toBe(true);
  }
});

const options = (path: string) => ({ path, memoryLimit: '100MB', threads: 1 });

/** A file with three images of 300 findings, one of which was deleted, as a killed process leaves it. */
const leftBehind = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-duckdb-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const before = join(folder, 'before.duckdb');
  const writing = await openFile(options(before));
  const writer = await writing.connect();
  for (const image of [1, 2, 3])
    await writer.run(
      `insert into findings (image, name) select '00000000-0000-5000-8000-00000000000${image}'::uuid, uuid() from ` +
        'range(300)',
    );
  await writer.run("delete from findings where image = '00000000-0000-5000-8000-000000000001'::uuid");
  const path = join(folder, 'after.duckdb');
  for (const end of ['', '.wal']) copyFileSync(`${before}${end}`, `${path}${end}`);
  writer.closeSync();
  writing.closeSync();
  return path;
};

/** DuckDB gives up at a checkpoint that fails half way, as on a broken disk. */
const deadly = ["set global debug_checkpoint_abort = 'before_header'", 'checkpoint'] as const;

it('recognises a database that gave up by its errors then and later, and can close it', async () => {
  const path = await leftBehind();
  const instance = await openFile(options(path));
  const connection = await instance.connect();
  const failure = (sql: string): Promise<unknown> =>
    connection.run(sql).then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(isBroken(await failure('select nothing from nowhere'))).toBe(false);
  await connection.run('insert into findings (image) values (uuid())');
  expect(await failure(deadly[0])).toBeUndefined();
  const first = await failure(deadly[1]);
  expect(isBroken(first)).toBe(true);
  expect(isBroken(await failure('select 1'))).toBe(true);
  const error = new ReadModelBroken(path, first);
  expect(error).toMatchObject({
    code: 'read-model-broken',
    message: expect.stringMatching(/^the read model failed: FATAL Error: .{10,300}$/) as string,
    remedy: expect.stringContaining(path) as string,
  });
  connection.closeSync();
  instance.closeSync();
});

it('reopens a database that gave up in the same process, complete and writable', async () => {
  const path = await leftBehind();
  const before = await ReadModelDatabase.open(options(path));
  const insert = (database: ReadModelDatabase) =>
    database.writing.transaction(() => database.writing.run('insert into findings (image) values (uuid())'));
  const reading = before.readers.own.read(async (query) => {
    await insert(before);
    await before.writing.run(deadly[0]);
    await expect(before.writing.run(deadly[1])).rejects.toThrow(/^FATAL Error/);
    return query('select 1');
  });
  await expect(reading).rejects.toThrow('database has been invalidated');
  const database = await before.reopened();
  onTestFinished(() => database.close());
  const count = () =>
    database.readers.own.read((query) => query<{ n: number }>('select count(*)::integer as n from findings'));
  expect(await count()).toEqual([{ n: 601 }]);
  await insert(database);
  expect(await count()).toEqual([{ n: 602 }]);
});

it('does not reopen a database in memory, or one that another instance of this process has open', async () => {
  await expect((await ReadModelDatabase.open(options(':memory:'))).reopened()).rejects.toThrow(
    'cannot be opened again',
  );
  const path = await leftBehind();
  const database = await ReadModelDatabase.open(options(path));
  const other = openSync(path, 'r');
  onTestFinished(() => {
    closeSync(other);
  });
  await expect(database.reopened()).rejects.toThrow('cannot be opened again');
});

it('finds and deletes all rows after a crash, even if a process in between wrote nothing', async () => {
  const path = await leftBehind();
  const idle = await openFile(options(path));
  const counting = await idle.connect();
  expect(await queryOn(counting)('select count(*)::integer as n from findings')).toEqual([{ n: 600 }]);
  counting.closeSync();
  idle.closeSync();

  const instance = await openFile(options(path));
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const [{ name } = { name: '' }] = await queryOn(connection)<{ name: string }>(
    'select name::varchar as name from findings limit 1',
  );
  expect(await queryOn(connection)('select rowid from findings where name = $name::uuid', { name })).toHaveLength(1);
  await connection.run("delete from findings where image = '00000000-0000-5000-8000-000000000002'::uuid");
  expect(await queryOn(connection)('select count(*)::integer as n from findings')).toEqual([{ n: 300 }]);
});

it('holds no index: it would take its memory from the limit at all times', async () => {
  const path = await leftBehind();
  const instance = await openFile(options(path));
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  expect(await queryOn(connection)('select index_name from duckdb_indexes()')).toEqual([]);
});

it('is written in the newest format', async () => {
  const path = await leftBehind();
  const instance = await openFile(options(path));
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  expect(
    await queryOn(connection)("select tags['storage_version'] as format from duckdb_databases() where path = $path", {
      path,
    }),
  ).toEqual([{ format: expect.stringMatching(/^v1\.5\.0/) as string }]);
});

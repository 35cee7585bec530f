import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { createTables, makeIndexes, schemaVersion } from './schema.ts';

export type Cell = string | number | boolean | null | undefined;
export type Row = Record<string, unknown>;

/** Asks one question within a snapshot. */
export type Query = <R = Row>(sql: string, values?: Record<string, DuckDBValue>) => Promise<R[]>;

/** UUIDs as one parameter: `$ids::uuid[]`. They hold nothing that would need quoting. */
export const uuids = (ids: Iterable<string>): string => `[${[...ids].join(',')}]`;

/** UUIDs written out: a list of constants is looked up in an index, a parameter is not. They come from our own tables. */
export const among = (column: string, ids: readonly string[]): string => (ids.length === 0 ? 'false' : `${column} in (${ids.map((id) => `'${id}'::uuid`).join(',')})`);

export const asked = (connection: DuckDBConnection): Query => async <R>(sql: string, values?: Record<string, DuckDBValue>) =>
  (await connection.runAndReadAll(sql, values)).getRowObjectsJS() as R[];

export interface DatabaseOptions {
  readonly path: string;
  readonly memoryLimit: string;
  readonly threads: number;
}

/** The read model is one process's own. */
export class FolderInUse extends Error {
  readonly code = 'folder-in-use';
  readonly remedy = 'stop that one, or give each process an ASSAY_FOLDER of its own';

  constructor(folder: string) {
    super(`another process uses ${folder}`);
  }
}

/** A database that gave up: it answers nobody any more until a process opens it anew. */
export class ReadModelBroken extends Error {
  readonly code = 'read-model-broken';
  readonly remedy: string;

  constructor(path: string, cause: unknown) {
    super(`the read model gave up: ${textOf(cause).split('\n', 1)[0]!.slice(0, 300)}`);
    this.remedy = `start again; should it give up again, remove ${path}, which is filled from the log`;
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whether a database gave up with this, or before. */
export const isBroken = (error: unknown): boolean => /^FATAL Error|database has been invalidated/i.test(textOf(error));

/** A database of which nothing stays, for tests and trials. */
const inMemory = ':memory:';

const opened = async ({ path, memoryLimit, threads }: DatabaseOptions): Promise<DuckDBInstance> => {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: memoryLimit, threads: String(threads), preserve_insertion_order: 'false',
    // Each checkpoint writes anew what was changed in large pieces: four times as rare as by default, commits cost a third less.
    checkpoint_threshold: '64MB',
    // What lies in memory would put aside what it has no room for into the working folder, where others do the same.
    ...(path === inMemory ? { temp_directory: '' } : {}),
  });
  const connection = await instance.connect();
  try {
    await connection.run(`create table if not exists about (version integer); ${createTables}`);
    const [about] = await asked(connection)<{ version: number }>('select version from about');
    if (about && about.version !== schemaVersion) throw new Error(`made by version ${about.version}`);
    if (!about) await connection.run(`insert into about values (${schemaVersion})`);
    await connection.run(makeIndexes);
    return instance;
  } catch (error) {
    instance.closeSync();
    throw error;
  } finally {
    connection.closeSync();
  }
};

const remove = (path: string): void => {
  for (const file of [path, `${path}.wal`, `${path}.tmp`]) rmSync(file, { recursive: true, force: true });
};

/** Opens the one file. One that cannot be read, or is of another make, is begun anew: all that it holds is in the log. */
export const openFile = async (options: DatabaseOptions): Promise<DuckDBInstance> => {
  if (options.path === inMemory) return opened(options);
  await mkdir(dirname(options.path), { recursive: true });
  try {
    return await opened(options);
  } catch (error) {
    // A file that another process has open is not ours to remove.
    if (/lock/i.test(String(error))) throw new FolderInUse(dirname(options.path));
    remove(options.path);
    return opened(options);
  }
};

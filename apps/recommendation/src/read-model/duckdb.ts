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

/**
 * UUIDs written out: a list of constants is looked up in an index, a parameter is not. They come from our own tables.
 */
export const among = (column: string, ids: readonly string[]): string =>
  ids.length === 0 ? 'false' : `${column} in (${ids.map((id) => `'${id}'::uuid`).join(',')})`;

export const asked =
  (connection: DuckDBConnection): Query =>
  async <R>(sql: string, values?: Record<string, DuckDBValue>) =>
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

/** The memory that the read model may take does not do: nothing is wrong with its file. */
export class ReadModelMemory extends Error {
  readonly code = 'read-model-memory';
  readonly remedy: string;

  constructor(path: string, memoryLimit: string, cause: unknown) {
    super(`${memoryLimit} of memory are too little for the read model ${path}: ${firstLine(cause)}`);
    this.remedy = 'raise ASSAY_VIEW_MB, and the memory of the process with it: a million findings take some 50 MB';
  }
}

/** A database that gave up: it answers nobody any more until a process opens it anew. */
export class ReadModelBroken extends Error {
  readonly code = 'read-model-broken';
  readonly remedy: string;

  constructor(path: string, cause: unknown) {
    super(`the read model gave up: ${firstLine(cause)}`);
    this.remedy = isAboutMemory(cause)
      ? 'start again with a higher ASSAY_VIEW_MB'
      : isAboutSystem(cause)
        ? `see that ${path} can be written and its disk has room, and start again`
        : `start again; should it give up again, remove ${path}, which is filled from the log`;
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const firstLine = (error: unknown): string => textOf(error).split('\n', 1)[0]!.slice(0, 300);

/** Whether DuckDB found no memory, also where it says so while it reads a file. */
export const isAboutMemory = (error: unknown): boolean =>
  /Out of Memory Error|could not allocate|bad_alloc|Cannot allocate memory/i.test(textOf(error));

/** Whether the system refused it: a disk that is full, a right that is missing (the words of strerror(3)). */
const isAboutSystem = (error: unknown): boolean =>
  /No space left|Disk quota exceeded|File too large|Permission denied|Operation not permitted|Read-only file system|Too many open files|Input\/output error|Is a directory|Not a directory/i.test(
    textOf(error),
  );

/**
 * Whether another process holds the lock of the file. Other words have "lock" in them, too: "could not allocate block".
 */
const isHeldByAnother = (error: unknown): boolean => /^IO Error: Could not set lock on file\b/.test(textOf(error));

/** Whether a database gave up with this, or before. */
export const isBroken = (error: unknown): boolean => /^FATAL Error|database has been invalidated/i.test(textOf(error));

/** A database of which nothing stays, for tests and trials. */
export const inMemory = ':memory:';

/**
 * Each checkpoint writes anew what was changed in large pieces: four times as rare as by default, commits cost a third
 * less.
 */
export const checkpointAt = '64MB';

const opened = async ({ path, memoryLimit, threads }: DatabaseOptions): Promise<DuckDBInstance> => {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: memoryLimit,
    threads: String(threads),
    preserve_insertion_order: 'false',
    checkpoint_threshold: checkpointAt,
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

/**
 * Opens the one file. One that cannot be read, or is of another make, is begun anew: all that it holds is in the log. A
 * file that another process has, or for which there is no memory, no disk or no right, is nobody's to remove.
 *
 * @throws FolderInUse
 * @throws ReadModelMemory
 * @throws Error of the system, as DuckDB says it
 */
export const openFile = async (options: DatabaseOptions): Promise<DuckDBInstance> => {
  const { path, memoryLimit } = options;
  if (path === inMemory) return opened(options);
  await mkdir(dirname(path), { recursive: true });
  try {
    return await opened(options);
  } catch (error) {
    if (isHeldByAnother(error)) throw new FolderInUse(dirname(path));
    if (isAboutMemory(error)) throw new ReadModelMemory(path, memoryLimit, error);
    if (isAboutSystem(error)) throw error;
    remove(path);
    return opened(options);
  }
};

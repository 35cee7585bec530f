import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { createTables, schemaVersion } from './schema.ts';

export type Cell = string | number | boolean | null | undefined;
export type DuckdbRow = Record<string, unknown>;

/** Runs one query within a snapshot. */
export type RunQuery = <R = DuckdbRow>(sql: string, values?: Record<string, DuckDBValue>) => Promise<R[]>;

/** A statement with its parameters. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: Record<string, DuckDBValue>;
}

/** Reads the rows of one statement in groups, within a snapshot. */
export type StreamRows = <R = DuckdbRow>(sql: string, values?: Record<string, DuckDBValue>) => AsyncIterable<R[]>;

/** UUIDs as one parameter: `$ids::uuid[]`. UUIDs need no quoting. */
export const uuids = (ids: Iterable<string>): string => `[${[...ids].join(',')}]`;

/** Row ids as one parameter: `$rows::bigint[]`. They hold within one snapshot. */
export const rowIds = (ids: Iterable<bigint>): string => `[${[...ids].join(',')}]`;

/** UUIDs as literals. They come from our own tables. */
export const among = (column: string, ids: readonly string[]): string =>
  ids.length === 0 ? 'false' : `${column} in (${ids.map((id) => `'${id}'::uuid`).join(',')})`;

export const queryOn =
  (connection: DuckDBConnection): RunQuery =>
  async <R>(sql: string, values?: Record<string, DuckDBValue>) =>
    (await connection.runAndReadAll(sql, values)).getRowObjectsJS() as R[];

export interface DatabaseOptions {
  readonly path: string;
  readonly memoryLimit: string;
  readonly threads: number;
}

/** The read model belongs to one process. */
export class FolderInUse extends Error {
  readonly code = 'folder-in-use';
  readonly remedy = 'stop that process, or give each process an ASSAY_FOLDER of its own';

  constructor(folder: string) {
    super(`another process uses ${folder}`);
  }
}

/** The read model's memory limit is too low; its file is intact. */
export class ReadModelMemory extends Error {
  readonly code = 'read-model-memory';
  readonly remedy: string;

  constructor(path: string, memoryLimit: string, cause: unknown) {
    super(`${memoryLimit} of memory are too little for the read model ${path}: ${firstLine(cause)}`);
    this.remedy = 'raise ASSAY_VIEW_MB, and the memory of the process with it';
  }
}

/** DuckDB invalidated the database: it answers no more queries until a process reopens it. */
export class ReadModelBroken extends Error {
  readonly code = 'read-model-broken';
  readonly remedy: string;

  constructor(path: string, cause: unknown) {
    super(`the read model failed: ${firstLine(cause)}`);
    this.remedy = isAboutMemory(cause)
      ? 'start again with a higher ASSAY_VIEW_MB'
      : isAboutSystem(cause)
        ? `check that ${path} can be written and its disk has room, and restart`
        : `restart; if it fails again, remove ${path}, which is rebuilt from the log`;
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const firstLine = (error: unknown): string => textOf(error).replace(/\n.*$/s, '').slice(0, 300);

/** Whether DuckDB ran out of memory, including while it read a file. */
export const isAboutMemory = (error: unknown): boolean =>
  /Out of Memory Error|could not allocate|bad_alloc|Cannot allocate memory/i.test(textOf(error));

/** Messages of strerror(3). */
const systemErrors = [
  'No space left',
  'Disk quota exceeded',
  'File too large',
  'Permission denied',
  'Operation not permitted',
  'Read-only file system',
  'Too many open files',
  'Input/output error',
  'Is a directory',
  'Not a directory',
];
const systemError = new RegExp(systemErrors.join('|'), 'i');

/** Whether the system refused the operation, such as a full disk or a missing permission. */
const isAboutSystem = (error: unknown): boolean => systemError.test(textOf(error));

/**
 * Whether another process holds the lock of the file. "could not allocate block" also contains "lock", so match the
 * exact words.
 */
const isHeldByAnother = (error: unknown): boolean => /^IO Error: Could not set lock on file\b/.test(textOf(error));

/** Whether DuckDB invalidated the database, now or before. */
export const isBroken = (error: unknown): boolean => /^FATAL Error|database has been invalidated/i.test(textOf(error));

/** A database that is not stored, for tests and experiments. */
export const inMemory = ':memory:';

/**
 * Each checkpoint rewrites large changed pieces. With four times the default, checkpoints are rarer and commits cost a
 * third less.
 */
export const checkpointAt = '64MB';

/**
 * The newest format of this DuckDB. The default can be read by versions of 2024, too, and lacks the compressions by
 * which a row is read twice as fast. No other program reads the file.
 */
const storageVersion = 'v1.5.0';

const opened = async ({ path, memoryLimit, threads }: DatabaseOptions): Promise<DuckDBInstance> => {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: memoryLimit,
    threads: String(threads),
    preserve_insertion_order: 'false',
    checkpoint_threshold: checkpointAt,
    storage_compatibility_version: storageVersion,
    // A database in memory would spill to the working folder, which other processes share.
    ...(path === inMemory ? { temp_directory: '' } : {}),
  });
  const connection = await instance.connect();
  try {
    await connection.run(`create table if not exists about (version integer); ${createTables}`);
    const [about] = await queryOn(connection)<{ version: number }>('select version from about');
    if (about && about.version !== schemaVersion) throw new Error(`made by version ${about.version}`);
    if (!about) await connection.run(`insert into about values (${schemaVersion})`);
    // The write-ahead log of a crash goes into the file, so that the next start need not read it again.
    await connection.run('checkpoint');
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
 * Opens the file. A file that cannot be read or has another schema version is deleted and refilled from the log. A file
 * is kept if another process holds it, or if memory, disk space or a permission is missing.
 *
 * @throws FolderInUse
 * @throws ReadModelMemory
 * @throws Error of the system, with DuckDB's message
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

import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { asTime } from '@assay/events';
import { DatabaseError } from './database-error.ts';
import { digestOfFile } from './digest.ts';

/** A Java database in a folder: the names of Java archives by their digests. */
export interface ReadJavaDatabase {
  /** Digest of `trivy-java.db`. It is the name of the database. */
  readonly digest: string;
  readonly builtAt: string;
  /** The number of archives that it knows. */
  readonly entries: number;
}

const schema = 1;
/** A clock may be a little ahead, ms. */
const aheadMs = 60 * 60_000;
/** The entries that a database may lack of those before it. */
const mostLost = 0.1;

const remedy = 'take another source, or ask the one who runs this mirror; the Java database in use stays';
const wrong = (code: 'database-schema' | 'database-damaged', why: string, cause?: unknown): DatabaseError =>
  new DatabaseError(code, `the Java database is not usable: ${why}`, remedy, { cause });

const builtAtIn = async (path: string): Promise<string> => {
  let metadata: { Version?: unknown; UpdatedAt?: unknown } | null;
  try {
    metadata = JSON.parse(await readFile(path, 'utf8')) as typeof metadata;
  } catch (error) {
    throw wrong('database-schema', (error as Error).message, error);
  }
  if (metadata?.Version !== schema)
    throw wrong('database-schema', `its schema is ${JSON.stringify(metadata?.Version)?.slice(0, 80)}, not ${schema}`);
  const time = asTime(String(metadata.UpdatedAt));
  if (time === undefined) throw wrong('database-schema', 'it lacks the time when it was built');
  return time;
};

/** The size that SQLite's header gives (https://sqlite.org/fileformat2.html, 1.3): pages, and the bytes of each. */
const declaredBytes = async (path: string): Promise<number> => {
  const file = await open(path, 'r');
  try {
    const header = Buffer.alloc(100);
    await file.read(header, 0, header.length, 0);
    if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0')
      throw wrong('database-damaged', 'it is no SQLite file');
    const size = header.readUInt16BE(16);
    return (size === 1 ? 65_536 : size) * header.readUInt32BE(28);
  } finally {
    await file.close();
  }
};

/** Tables that Trivy reads, with the columns that it asks for. */
const asked: Readonly<Record<string, readonly string[]>> = {
  artifacts: ['id', 'group_id', 'artifact_id'],
  indices: ['artifact_id', 'version', 'sha1', 'archive_type'],
};

/**
 * The last row of a table. No row is read for that, and nothing runs that the file brings along: a view or a virtual
 * table is refused, and a column that is computed does not count.
 */
const lastRowOf = (database: DatabaseSync, table: string): number => {
  const found = database
    .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name = ? AND rootpage > 0")
    .get(table);
  if (found?.['n'] !== 1) throw wrong('database-schema', `it has no table ${table}`);
  const columns = database.prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0').all(table);
  const names = new Set(columns.map(({ name }) => name));
  const lacking = asked[table]?.find((column) => !names.has(column));
  if (lacking !== undefined) throw wrong('database-schema', `its table ${table} has no column ${lacking}`);
  const last = database.prepare(`SELECT max(rowid) AS last FROM ${table}`).get()?.['last'];
  if (typeof last !== 'number' || last < 1) throw wrong('database-damaged', `its table ${table} is empty`);
  return last;
};

/**
 * Reads the bytes of a Java database once, and never holds them.
 *
 * @param folder with `trivy-java.db` and `metadata.json`
 * @throws DatabaseError if it is cut, empty, or of another schema
 */
export const readJavaDatabase = async (folder: string): Promise<ReadJavaDatabase> => {
  const file = join(folder, 'trivy-java.db');
  const builtAt = await builtAtIn(join(folder, 'metadata.json'));
  const [declared, { size }] = [await declaredBytes(file), await stat(file)];
  if (declared !== size) throw wrong('database-damaged', `it has ${size} bytes, and its header names ${declared}`);
  const entries = rowsIn(file);
  return { digest: await digestOfFile(file), builtAt, entries };
};

const rowsIn = (file: string): number => {
  const place = pathToFileURL(file);
  // Nothing else writes it: SQLite makes no files beside it, and takes no locks.
  place.search = 'immutable=1';
  try {
    const database = new DatabaseSync(place, { readOnly: true, allowExtension: false });
    try {
      lastRowOf(database, 'artifacts');
      return lastRowOf(database, 'indices');
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw wrong('database-damaged', (error as Error).message, error);
  }
};

/**
 * Returns why a Java database must not follow the one in use, if so. An order of an operator leaves all but the future
 * out.
 *
 * @param now ms since the epoch
 */
export const implausibleJava = (
  next: Pick<ReadJavaDatabase, 'builtAt' | 'entries'>,
  before: Pick<ReadJavaDatabase, 'builtAt' | 'entries'> | undefined,
  { now, isForced = false }: { readonly now: number; readonly isForced?: boolean },
): DatabaseError | undefined => {
  const force = 'if it is meant, order it with --force; the Java database in use stays';
  if (Date.parse(next.builtAt) > now + aheadMs)
    return new DatabaseError(
      'database-age',
      `the Java database is of ${next.builtAt}, which is in the future`,
      'check the clock of this machine, or take another source; the Java database in use stays',
    );
  if (isForced || before === undefined) return undefined;
  if (Date.parse(next.builtAt) <= Date.parse(before.builtAt))
    return new DatabaseError(
      'database-age',
      `the Java database is of ${next.builtAt}, and the one in use of ${before.builtAt}`,
      force,
    );
  return next.entries < before.entries * (1 - mostLost)
    ? new DatabaseError(
        'database-implausible',
        `the Java database has ${next.entries} entries, and the one in use ${before.entries}`,
        force,
      )
    : undefined;
};

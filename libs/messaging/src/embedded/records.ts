import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { unreadableHeader } from '@assay/events';
import { largestRecordBytes, type LogRecord, type NewRecord } from '../log.ts';
import { unzstd, zstdOf } from '../zstd.ts';

/** Thrown if the data folder belongs to another process. */
export class DataInUse extends Error {
  readonly code = 'data-in-use';
  readonly remedy = 'end it (Ctrl-C in the terminal of `assay up`, or SIGTERM), or give another --data folder';
  constructor(
    readonly file: string,
    pid?: number,
  ) {
    super(`${file} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}`);
  }
}

/**
 * The number of partitions is fixed when the log is created: with another number every key would be looked up in the
 * wrong partition.
 */
export class PartitionsFixed extends Error {
  readonly code = 'partitions-fixed';
  readonly remedy: string;
  constructor(file: string, made: number, wanted: number) {
    super(`${file} was made with ${made} partitions, not ${wanted}`);
    this.remedy = `set ASSAY_PARTITIONS=${made}, or start with an empty --data folder`;
  }
}

/** A file of the data folder cannot be used; names the file and the remedy. The cause is SQLite's error, if any. */
export class DataUnfit extends Error {
  constructor(
    readonly code: 'data-damaged' | 'data-full' | 'data-unreachable' | 'data-format',
    message: string,
    readonly remedy: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

type Synchronous = 'full' | 'normal';

/** SQLite's primary result codes (https://sqlite.org/rescode.html): IOERR, CORRUPT, FULL, CANTOPEN, NOTADB. */
const [ioError, corrupt, full, cannotOpen, noDatabase] = [10, 11, 13, 14, 26];

/**
 * Turns an error of the file itself into a `DataUnfit`; returns any other error as it is. Only files written with
 * `full` cannot be rebuilt from the log.
 */
export const unfit = (file: string, error: unknown, synchronous: Synchronous): unknown => {
  const { errcode } = error as { readonly errcode?: number };
  // Extended codes carry more in their higher bytes.
  switch (errcode === undefined ? undefined : errcode & 0xff) {
    case corrupt:
    case noDatabase:
      return new DataUnfit(
        'data-damaged',
        `${file} is damaged`,
        synchronous === 'full'
          ? 'restore the data folder from a backup, or start with an empty --data folder'
          : 'move it away: it is filled again from the log',
        error,
      );
    case full:
      return new DataUnfit(
        'data-full',
        `${file} cannot be written`,
        'make room on its disk, or give another --data folder',
        error,
      );
    case ioError:
    case cannotOpen:
      return new DataUnfit(
        'data-unreachable',
        `${file} cannot be opened`,
        'check its disk and its permissions, or give another --data folder',
        error,
      );
    default:
      return error;
  }
};

/**
 * Opens a SQLite file for this process alone, with a write-ahead log. With `full`, every commit is on disk before it
 * counts. With `normal`, commits survive the end of the process, but a loss of power may lose the last ones.
 *
 * @throws DataInUse, DataUnfit
 */
export const openDatabase = (file: string, synchronous: Synchronous, pageBytes = 4096): DatabaseSync => {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 200 });
    database.exec(
      `pragma page_size = ${pageBytes}; pragma locking_mode = exclusive; pragma journal_mode = wal; ` +
        `pragma synchronous = ${synchronous}; pragma cache_size = -8000; ` +
        `pragma wal_autocheckpoint = ${checkpointBytes / pageBytes}; begin immediate; commit;`,
    );
    return database;
  } catch (error) {
    database?.close();
    if (/locked|busy/i.test(String(error))) throw new DataInUse(file);
    throw unfit(file, error, synchronous);
  }
};

/** Size of the write-ahead log at which it is moved into the database. */
const checkpointBytes = 16 * 2 ** 20;
/**
 * A record of 1 KB would not fit into a quarter of SQLite's usual page. Each would get a page of its own, at three
 * times the work.
 */
const recordPageBytes = 16_384;

/** Ends a batch at this size of decompressed values, however few records it has: pages of findings are large. */
const batchBytes = 2 * 2 ** 20;

/**
 * The format of the table, kept in the file (`user_version`). A file from before has 0 and a table whose primary key is
 * the table: there, each record that leaves its page wastes most of another.
 */
const format = 1;

interface Row {
  offset: number;
  key: unknown;
  headers: unknown;
  value: unknown;
}

const textOf = (column: unknown): string =>
  typeof column === 'string' ? column : column instanceof Uint8Array ? Buffer.from(column).toString() : String(column);

/**
 * Only Assay writes rows, but a file may be repaired by hand or damaged. A row without valid headers is still a record:
 * its reader sets it aside, and the start succeeds.
 */
const headersIn = (column: unknown): Readonly<Record<string, string>> => {
  const text = textOf(column);
  try {
    const headers: unknown = JSON.parse(text);
    if (isHeaders(headers)) return headers;
  } catch {
    /* reported below */
  }
  return { [unreadableHeader]: `its headers are no JSON object of texts: ${text.slice(0, 500)}` };
};

const isHeaders = (headers: unknown): headers is Record<string, string> =>
  typeof headers === 'object' &&
  headers !== null &&
  !Array.isArray(headers) &&
  Object.values(headers).every((header) => typeof header === 'string');

/** The first bytes of a frame of zstd (RFC 8878, 3.1.1); no text begins with them. */
const zstdMagic = 0xfd2fb528;

/** The text of a value. One that cannot be decompressed is still a record, which its reader sets aside. */
const valueIn = (column: unknown): { readonly value: string; readonly fault?: string } => {
  const isZstd = column instanceof Uint8Array && column.length > 4 && Buffer.from(column).readUInt32LE() === zstdMagic;
  if (!isZstd) return { value: textOf(column) };
  try {
    return { value: unzstd(column, largestRecordBytes).toString() };
  } catch (error) {
    return {
      value: '',
      fault: `its value cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
};

/** The records of the embedded log: one table, one writer. */
export class EmbeddedRecords {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #ends = new Map<string, number>();

  constructor(file: string, partitions: number) {
    this.#database = openDatabase(file, 'full', recordPageBytes);
    this.#refuseOtherFormat(file);
    this.#database.exec(
      `create table if not exists records (
      topic text not null, partition integer not null, "offset" integer not null, ` +
        `key text not null, headers text not null, value text not null,
      primary key (topic, partition, "offset"))`,
    );
    this.#database.exec('create table if not exists made (partitions integer not null)');
    this.#database.exec(`pragma user_version = ${format}`);
    const made = this.#database.prepare('select partitions from made').get()?.partitions as number | undefined;
    if (made === undefined) this.#database.prepare('insert into made values (?)').run(partitions);
    else if (made !== partitions) {
      this.#database.close();
      throw new PartitionsFixed(file, made, partitions);
    }
    this.#insert = this.#database.prepare('insert into records values (?, ?, ?, ?, ?, ?)');
    this.#select = this.#database.prepare(
      'select "offset", key, headers, value from records ' +
        'where topic = ? and partition = ? and "offset" >= ? and "offset" < ? order by "offset" limit ?',
    );
    for (const row of this.#database
      .prepare('select topic, partition, max("offset") + 1 as next from records group by topic, partition')
      .all()) {
      this.#ends.set(`${row.topic as string}/${row.partition as number}`, row.next as number);
    }
  }

  /** Reads and changes nothing of a file that is in another format. */
  #refuseOtherFormat(file: string): void {
    const found = this.#database.prepare('pragma user_version').get()?.user_version;
    const isNew = this.#database.prepare("select 1 from sqlite_schema where name = 'records'").get() === undefined;
    if (isNew || found === format) return;
    this.#database.close();
    throw new DataUnfit(
      'data-format',
      `${file} is a log in format ${String(found)}, and this program reads format ${format} only`,
      'start with an empty --data folder, and keep the old one for the program that wrote it',
    );
  }

  end(topic: string, partition: number): number {
    return this.#ends.get(`${topic}/${partition}`) ?? 0;
  }

  /** Appends all records in one transaction; offsets have no gaps. */
  append(records: readonly NewRecord[]): number[] {
    const ends = new Map<string, number>();
    this.#database.exec('begin immediate');
    try {
      const offsets = records.map(({ topic, partition, key, headers, value }) => {
        const at = `${topic}/${partition}`;
        const offset = ends.get(at) ?? this.end(topic, partition);
        this.#insert.run(topic, partition, offset, key, JSON.stringify(headers), zstdOf(value)?.bytes ?? value);
        ends.set(at, offset + 1);
        return offset;
      });
      this.#database.exec('commit');
      for (const [at, next] of ends) this.#ends.set(at, next);
      return offsets;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  read(topic: string, partition: number, from: number, until: number, limit: number): LogRecord[] {
    if (from >= this.end(topic, partition)) return [];
    const records: LogRecord[] = [];
    let bytes = 0;
    for (const { offset, headers, ...row } of this.#select.iterate(
      topic,
      partition,
      from,
      until,
      limit,
    ) as Iterable<unknown> as Iterable<Row>) {
      const { value, fault } = valueIn(row.value);
      records.push({
        topic,
        partition,
        offset,
        key: textOf(row.key),
        headers: fault === undefined ? headersIn(headers) : { ...headersIn(headers), [unreadableHeader]: fault },
        value,
      });
      bytes += value.length;
      if (bytes > batchBytes) break;
    }
    return records;
  }

  close(): void {
    this.#database.close();
  }
}

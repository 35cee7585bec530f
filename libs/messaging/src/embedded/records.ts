import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { at, unreadableHeader } from '@assay/events';
import type { LogRecord, NewRecord } from '../log.ts';
import { Dictionaries } from './dictionaries.ts';
import { compressed, recordsIn, blocksOf, textOf, type BlockRecord } from './blocks.ts';

/** Thrown if the data folder belongs to another process. */
export class DataInUse extends Error {
  readonly code = 'data-in-use';
  readonly remedy: string;

  /** @param holder the process that has it, and the address at which a person can use it, if they are known */
  constructor(
    readonly file: string,
    holder: { readonly pid?: number; readonly link?: string } = {},
  ) {
    super(`${file} is in use by ${holder.pid === undefined ? 'another process' : `process ${holder.pid}`}`);
    this.remedy =
      `${holder.link === undefined ? '' : `open ${holder.link}, `}` +
      'end it (Ctrl-C in the terminal of `assay up`, or SIGTERM), or give another --data folder';
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

/**
 * Opens a SQLite file to read, and writes nothing beside it: without a write-ahead log no process has it open, and it
 * needs no lock. With one, which a process that was killed leaves behind, SQLite adds its index (`-shm`).
 *
 * @throws DataInUse, DataUnfit
 */
const openReadOnly = (file: string): DatabaseSync => {
  const url = pathToFileURL(file);
  if (!existsSync(`${file}-wal`)) url.search = 'immutable=1';
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(url, { readOnly: true, timeout: 200 });
    // Read once, the file is kept from a process that would write.
    database.exec('select 1 from sqlite_schema');
    return database;
  } catch (error) {
    database?.close();
    if (/locked|busy/i.test(String(error))) throw new DataInUse(file);
    throw unfit(file, error, 'full');
  }
};

/** Size of the write-ahead log at which it is moved into the database. */
const checkpointBytes = 16 * 2 ** 20;
/**
 * A record of 1 KB would not fit into a quarter of SQLite's usual page. Each would get a page of its own, at three
 * times the work.
 */
const recordPageBytes = 16_384;

/** Ends an answer at this size of decompressed values, however few records it has: pages of findings are large. */
const answerBytes = 2 * 2 ** 20;

/**
 * The format of the table, kept in the file (`user_version`). Formats 0 and 1 have a row for each record, in which a
 * small value is not compressed.
 */
const format = 2;

interface Block {
  offset: number;
  count: number;
  dictionary: number | null;
  content: unknown;
}

/** Blocks that are kept in memory as they were appended, if their texts have this length at most. */
const [recentBlocks, recentLength] = [1000, 16 * 1024];

/** Blocks in the order of their offsets, from the one with a record on. */
const blocksFrom = `select "offset", count, dictionary, content from blocks
  where topic = ?1 and partition = ?2 and "offset" < ?4 and "offset" >= ifnull(
    (select max("offset") from blocks where topic = ?1 and partition = ?2 and "offset" <= ?3), 0)
  order by "offset"`;

/** The records of the embedded log: one table, one writer. */
export class EmbeddedRecords {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #ends = new Map<string, number>();
  readonly #dictionaries: Dictionaries;
  /** Most readers follow the end of the log closely, and need not decompress what was just appended. */
  readonly #recent = new Map<string, readonly BlockRecord[]>();

  constructor(file: string, partitions: number, readOnly = false) {
    this.#database = readOnly ? openReadOnly(file) : openDatabase(file, 'full', recordPageBytes);
    this.#refuseOtherFormat(file, readOnly);
    this.#database.exec(
      `create table if not exists blocks (
      topic text not null, partition integer not null, "offset" integer not null, count integer not null, ` +
        `dictionary integer, content text not null,
      primary key (topic, partition, "offset"))`,
    );
    this.#database.exec('create table if not exists made (partitions integer not null)');
    if (!readOnly) this.#database.exec(`pragma user_version = ${format}`);
    const made = this.#database.prepare('select partitions from made').get()?.partitions as number | undefined;
    if (made === undefined) this.#database.prepare('insert into made values (?)').run(partitions);
    else if (made !== partitions) {
      this.#database.close();
      throw new PartitionsFixed(file, made, partitions);
    }
    this.#dictionaries = new Dictionaries(this.#database);
    this.#insert = this.#database.prepare('insert into blocks values (?, ?, ?, ?, ?, ?)');
    this.#select = this.#database.prepare(blocksFrom);
    for (const row of this.#database
      .prepare('select topic, partition, max("offset") + count as next from blocks group by topic, partition')
      .all()) {
      this.#ends.set(`${row.topic as string}/${row.partition as number}`, row.next as number);
    }
  }

  /** Reads and changes nothing of a file that is in another format. */
  #refuseOtherFormat(file: string, readOnly: boolean): void {
    const found = this.#database.prepare('pragma user_version').get()?.user_version;
    const isNew = this.#database.prepare('select 1 from sqlite_schema').get() === undefined;
    if (found === format || (isNew && !readOnly)) return;
    this.#database.close();
    if (isNew) throw unfit(file, { errcode: corrupt }, 'full');
    throw new DataUnfit(
      'data-format',
      `${file} is a log in format ${String(found)}, and this program reads format ${format} only`,
      'start with an empty --data folder, and keep the old one for the program that wrote it',
    );
  }

  end(topic: string, partition: number): number {
    return this.#ends.get(`${topic}/${partition}`) ?? 0;
  }

  /**
   * Appends all records in one transaction; offsets have no gaps. Records of one partition share rows, as far as their
   * size allows.
   */
  append(records: readonly NewRecord[]): number[] {
    const ends = new Map<string, number>();
    const offsets: number[] = [];
    this.#database.exec('begin immediate');
    try {
      const dictionary = this.#dictionaries.forAppend();
      const recent: [string, readonly BlockRecord[]][] = [];
      for (const block of blocksOf(records)) {
        const { topic, partition } = at(block, 0).record;
        const name = `${topic}/${partition}`;
        const first = ends.get(name) ?? this.end(topic, partition);
        const appended = block.map(({ record }) => record);
        const text = textOf(appended);
        if (text.length <= recentLength) recent.push([`${name}/${first}`, appended]);
        const bytes = compressed(text, dictionary?.bytes);
        const used = bytes && dictionary ? dictionary.number : null;
        this.#insert.run(topic, partition, first, block.length, used, bytes ?? text);
        block.forEach(({ index }, nth) => (offsets[index] = first + nth));
        ends.set(name, first + block.length);
      }
      this.#database.exec('commit');
      this.#dictionaries.committed(records, dictionary);
      this.#keep(recent);
      for (const [name, next] of ends) this.#ends.set(name, next);
      return offsets;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  #keep(blocks: readonly (readonly [string, readonly BlockRecord[]])[]): void {
    for (const [name, records] of blocks) this.#recent.set(name, records);
    for (const name of this.#recent.keys()) {
      if (this.#recent.size <= recentBlocks) break;
      this.#recent.delete(name);
    }
  }

  /** @param limit ends the answer at the block that reaches this number of records */
  read(topic: string, partition: number, from: number, until: number, limit: number): LogRecord[] {
    if (from >= this.end(topic, partition)) return [];
    const records: LogRecord[] = [];
    let bytes = 0;
    for (const row of this.#select.iterate(topic, partition, from, until) as Iterable<unknown> as Iterable<Block>) {
      const kept = this.#recent.get(`${topic}/${partition}/${row.offset}`);
      for (const [index, { key, headers, value }] of (kept ?? this.#recordsIn(row)).entries()) {
        const offset = row.offset + index;
        if (offset < from || offset >= until) continue;
        records.push({ topic, partition, offset, key, headers, value });
        bytes += value.length;
      }
      if (records.length >= limit || bytes > answerBytes) break;
    }
    return records;
  }

  /** The records of a block. One that cannot be read is still a record: its reader sets it aside. */
  #recordsIn({ count, dictionary, content }: Block): readonly BlockRecord[] {
    try {
      return recordsIn(content, count, this.#dictionaries.bytesOf(dictionary));
    } catch (error) {
      const fault = `its block cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      return Array.from({ length: count }, () => ({ key: '', headers: { [unreadableHeader]: fault }, value: '' }));
    }
  }

  close(): void {
    this.#database.close();
  }
}

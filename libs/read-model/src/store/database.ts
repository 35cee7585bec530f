import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DuckDBInstance } from '@duckdb/node-api';
import { checkpointAt, inMemory, openFile, type DatabaseOptions } from './duckdb.ts';
import { ReaderPool } from './readers.ts';
import { WritingConnection } from './writing-connection.ts';

/** Whether this process still has the file open. Assumes that it has if the system does not report it (proc(5)). */
const isOpenHere = (path: string): boolean => {
  try {
    const itself = realpathSync(path);
    return readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === itself;
      } catch {
        return false;
      }
    });
  } catch {
    return true;
  }
};

const mostLooks = 20;

/** Collects garbage: failed statements keep their instance, and with it the file, until they are collected. */
const letGo = async (path: string): Promise<boolean> => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let looks = 0; isOpenHere(path); looks += 1) {
    if (looks === mostLooks) return false;
    collect();
    await pause(50);
  }
  return true;
};

/**
 * Connections of each kind of readers, so that none waits for another kind: the service itself, requests for one image,
 * and pages of lists.
 */
export const connections = { own: 1, byKey: 2, pages: 2 } as const;
export type ReaderKind = keyof typeof connections;
type Readers = Readonly<Record<ReaderKind, ReaderPool>>;

/** The read model's DuckDB instance, with its writing connection and its readers. */
export class ReadModelDatabase {
  /** The copy that is being made; a second one waits for it, since its checkpoint would spoil the first. */
  #copying: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly options: DatabaseOptions,
    private readonly instance: DuckDBInstance,
    readonly writing: WritingConnection,
    readonly readers: Readers,
  ) {}

  /** @throws FolderInUse, ReadModelMemory */
  static async open(options: DatabaseOptions): Promise<ReadModelDatabase> {
    const instance = await openFile(options);
    return new ReadModelDatabase(options, instance, await WritingConnection.of(instance), {
      own: await ReaderPool.of(instance, connections.own),
      byKey: await ReaderPool.of(instance, connections.byKey),
      pages: await ReaderPool.of(instance, connections.pages),
    });
  }

  /**
   * Lets the file be copied. The first function runs while there are no writes. The second runs while nothing that the
   * first saw changes in the file. Until the next checkpoint, writes go to the write-ahead log or to unused parts of
   * the file.
   */
  copied<T>(still: () => Promise<T>, afterwards: () => Promise<void>): Promise<T> {
    const copied = this.#copying.then(() => this.#copied(still, afterwards));
    this.#copying = copied.catch(() => undefined);
    return copied;
  }

  async #copied<T>(still: () => Promise<T>, afterwards: () => Promise<void>): Promise<T> {
    const { writing } = this;
    try {
      const seen = await writing.still(async () => {
        await writing.run("set global checkpoint_threshold = '1TB'");
        return still();
      });
      await afterwards();
      return seen;
    } finally {
      await writing
        .still(() => writing.run(`set global checkpoint_threshold = '${checkpointAt}'`))
        .catch(() => undefined);
    }
  }

  /** Writes the in-memory database to a new file. */
  async writeTo(file: string): Promise<void> {
    const connection = await this.instance.connect();
    try {
      await connection.run(`attach '${file.replaceAll("'", "''")}' as copied`);
      try {
        await connection.run('copy from database memory to copied');
      } finally {
        await connection.run('detach copied');
      }
    } finally {
      connection.closeSync();
    }
  }

  /** Waits for running reads and writes. */
  async close(): Promise<void> {
    for (const readers of Object.values(this.readers)) await readers.close();
    await this.writing.close();
    this.instance.closeSync();
  }

  /**
   * Closes the database and opens its file in a new instance.
   *
   * @throws Error for a database in memory, of which nothing would remain, and for a file that the old instance still
   * has open: two instances would write to it. The system's locks are between processes and do not prevent that.
   */
  async reopened(): Promise<ReadModelDatabase> {
    const { path } = this.options;
    await this.close();
    if (path === inMemory || !(await letGo(path))) throw new Error('it cannot be opened again in this process');
    return ReadModelDatabase.open(this.options);
  }
}

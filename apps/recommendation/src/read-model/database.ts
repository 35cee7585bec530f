import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DuckDBInstance } from '@duckdb/node-api';
import { checkpointAt, inMemory, openFile, type DatabaseOptions } from './duckdb.ts';
import { Readers } from './readers.ts';
import { WritingConnection } from './writing-connection.ts';

/** Whether this process still has a file open; so it is taken to be where the system does not say (proc(5)). */
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

/**
 * Has objects that nobody needs collected: statements that failed keep their instance, and with it the file, until
 * then.
 */
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

/** The read model's instance of DuckDB, who writes in it, and who reads. */
export class Database {
  private constructor(
    private readonly options: DatabaseOptions,
    private readonly instance: DuckDBInstance,
    readonly writing: WritingConnection,
    readonly readers: Readers,
  ) {}

  /** @throws FolderInUse, ReadModelMemory */
  static async open(options: DatabaseOptions): Promise<Database> {
    const instance = await openFile(options);
    return new Database(options, instance, await WritingConnection.of(instance), await Readers.of(instance, 2));
  }

  /**
   * Lets the file be copied: the one part of the work while nobody writes, the other while nothing that the first one
   * saw changes in the file. Until the next checkpoint what is written goes into the write-ahead log, or where nothing
   * was.
   */
  async copied<T>(still: () => Promise<T>, afterwards: () => Promise<void>): Promise<T> {
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

  /** Writes what lies in memory into a file that there is not yet. */
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

  /** Waits for whoever still reads or writes. */
  async close(): Promise<void> {
    await this.readers.close();
    await this.writing.close();
    this.instance.closeSync();
  }

  /**
   * Closes it and opens its file in a new instance.
   *
   * @throws Error where that cannot be: nothing stays of what lies in memory, and a file that the old instance has not
   * let go of would be written by two. The system does not notice that: its locks are between processes.
   */
  async anew(): Promise<Database> {
    const { path } = this.options;
    await this.close();
    if (path === inMemory || !(await letGo(path))) throw new Error('it cannot be opened anew in this process');
    return Database.open(this.options);
  }
}

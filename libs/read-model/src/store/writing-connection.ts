import type {
  DuckDBAppender,
  DuckDBConnection,
  DuckDBInstance,
  DuckDBPreparedStatement,
  DuckDBValue,
} from '@duckdb/node-api';
import type { Cell, RunQuery } from './duckdb.ts';
import type { TableName } from './schema.ts';

/**
 * The only connection that writes. It keeps its appenders and statements: each holds native memory, an appender about a
 * megabyte, which is freed only when JavaScript's garbage collector runs.
 */
export class WritingConnection {
  readonly #appenders = new Map<TableName, DuckDBAppender>();
  readonly #statements = new Map<string, DuckDBPreparedStatement>();
  /** Whether it is in a transaction that does not end. */
  #isStuck = false;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly instance: DuckDBInstance,
    private connection: DuckDBConnection,
  ) {}

  static async of(instance: DuckDBInstance): Promise<WritingConnection> {
    return new WritingConnection(instance, await instance.connect());
  }

  readonly query: RunQuery = async <R>(sql: string, values?: Record<string, DuckDBValue>) =>
    (await (await this.#bound(sql, values)).runAndReadAll()).getRowObjectsJS() as R[];

  async run(sql: string, values?: Record<string, DuckDBValue>): Promise<void> {
    await (await this.#bound(sql, values)).run();
  }

  async #bound(sql: string, values: Record<string, DuckDBValue> | undefined): Promise<DuckDBPreparedStatement> {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = await this.connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    if (values) statement.bind(values);
    return statement;
  }

  /** Appends rows in the order of the table's columns; far cheaper than a statement per row. */
  async append(table: TableName, rows: readonly (readonly Cell[])[]): Promise<void> {
    if (rows.length === 0) return;
    let appender = this.#appenders.get(table);
    if (!appender) {
      appender = await this.connection.createAppender(table);
      this.#appenders.set(table, appender);
    }
    for (const row of rows) {
      for (const cell of row) {
        if (cell === null || cell === undefined) appender.appendNull();
        else if (typeof cell === 'string') appender.appendVarchar(cell);
        else if (typeof cell === 'boolean') appender.appendBoolean(cell);
        else appender.appendDouble(cell);
      }
      appender.endRow();
    }
    appender.flushSync();
  }

  /** Runs the work in one transaction, all or nothing. */
  transaction(work: () => Promise<void>): Promise<void> {
    return this.still(async () => {
      if (this.#isStuck) await this.#reconnected();
      try {
        await this.run('begin');
        await work();
        await this.run('commit');
      } catch (error) {
        // A failed appender still holds rows of the batch that was rolled back.
        this.#closeAppenders();
        await this.run('rollback').catch((failure: unknown) => {
          this.#isStuck = !/no transaction is active/i.test(String(failure));
        });
        throw error;
      }
    });
  }

  /** Runs while no transaction does, and holds up new ones meanwhile. */
  still<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => {
      if (this.#isClosed) throw new Error('the connection is closed');
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** A transaction that does not end is ended by closing its connection, which is never used again. */
  async #reconnected(): Promise<void> {
    const fresh = await this.instance.connect();
    this.#leave();
    this.connection = fresh;
    this.#isStuck = false;
  }

  #closeAppenders(): void {
    for (const appender of this.#appenders.values()) {
      try {
        appender.clear();
        appender.closeSync();
      } catch {
        /* Its rows are not needed any more. */
      }
    }
    this.#appenders.clear();
  }

  #leave(): void {
    this.#closeAppenders();
    this.#statements.clear();
    this.connection.closeSync();
  }

  /** Waits for a transaction in progress. */
  async close(): Promise<void> {
    await this.still(() => {
      this.#isClosed = true;
      return Promise.resolve();
    });
    this.#leave();
  }
}

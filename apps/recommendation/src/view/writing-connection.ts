import type { DuckDBAppender, DuckDBConnection, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api';
import type { Cell, Query } from './duckdb.ts';
import type { Table } from './schema.ts';

/**
 * The one connection that writes. It keeps its appenders and statements: each holds native memory, an appender about a
 * megabyte, that would only be given back when JavaScript's garbage collector happens to come by.
 */
export class WritingConnection {
  readonly #appenders = new Map<Table, DuckDBAppender>();
  readonly #statements = new Map<string, DuckDBPreparedStatement>();

  constructor(private readonly connection: DuckDBConnection) {}

  readonly query: Query = async <R>(sql: string, values?: Record<string, DuckDBValue>) => (await (await this.#bound(sql, values)).runAndReadAll()).getRowObjectsJS() as R[];

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
  async append(table: Table, rows: readonly (readonly Cell[])[]): Promise<void> {
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

  /** All that is done, or nothing of it. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await this.run('begin');
    try {
      await work();
      await this.run('commit');
    } catch (error) {
      // An appender that failed holds rows of the batch that did not count.
      this.#appenders.clear();
      await this.run('rollback').catch(() => undefined);
      throw error;
    }
  }

  close(): void {
    for (const appender of this.#appenders.values()) appender.closeSync();
    this.#appenders.clear();
    this.#statements.clear();
    this.connection.closeSync();
  }
}

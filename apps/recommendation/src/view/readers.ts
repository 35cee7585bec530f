import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { asked, type Query } from './duckdb.ts';

/** A few connections for readers, so that a long question does not keep the writer or the next reader waiting. */
export class Readers {
  readonly #idle: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];

  private constructor(private readonly all: readonly DuckDBConnection[]) {
    this.#idle = [...all];
  }

  static async of(instance: DuckDBInstance, count: number): Promise<Readers> {
    return new Readers(await Promise.all(Array.from({ length: count }, () => instance.connect())));
  }

  /** Runs within one snapshot: what is committed meanwhile is seen by the next reader. */
  async read<T>(ask: (query: Query) => Promise<T>): Promise<T> {
    const connection = await this.#taken();
    try {
      await connection.run('begin transaction read only');
      return await ask(asked(connection));
    } finally {
      await connection.run('rollback').catch(() => undefined);
      const next = this.#waiting.shift();
      if (next) next(connection);
      else this.#idle.push(connection);
    }
  }

  #taken(): Promise<DuckDBConnection> {
    const connection = this.#idle.pop();
    return connection ? Promise.resolve(connection) : new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  /** Waits for whoever still reads. */
  async close(): Promise<void> {
    for (let closed = 0; closed < this.all.length; closed += 1) (await this.#taken()).closeSync();
  }
}

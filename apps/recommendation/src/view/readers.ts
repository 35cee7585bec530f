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
    const all = await Promise.all(Array.from({ length: count }, () => instance.connect()));
    // What a text without an offset means must not depend on where the machine stands.
    for (const connection of all) await connection.run("set TimeZone = 'UTC'");
    return new Readers(all);
  }

  /** Runs within one snapshot: what is committed meanwhile is seen by the next reader. */
  async read<T>(ask: (query: Query, connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#taken();
    try {
      await connection.run('begin transaction read only');
      return await ask(asked(connection), connection);
    } finally {
      await connection.run('rollback').catch(() => undefined);
      const next = this.#waiting.shift();
      if (next) next(connection);
      else this.#idle.push(connection);
    }
  }

  /** The same for questions that others thought of: what takes longer is interrupted. */
  readWithin<T>(limitMs: number, ask: (query: Query) => Promise<T>): Promise<T> {
    const until = performance.now() + limitMs;
    return this.read(async (query, connection) => {
      const isLate = (): boolean => performance.now() > until;
      // Again and again: an interrupt between two statements is forgotten.
      const timer = setInterval(() => { if (isLate()) connection.interrupt(); }, Math.min(50, limitMs));
      try {
        return await ask((sql, values) => (isLate() ? Promise.reject(new Error('INTERRUPT Error: the time is over')) : query(sql, values)));
      } finally {
        clearInterval(timer);
      }
    });
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

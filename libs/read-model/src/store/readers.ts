import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { queryOn, type RunQuery, type StreamRows } from './duckdb.ts';

/** More rows than any page has, by their row ids. */
const mostRows = 5_000;

/** Time limits of a reader. */
export interface ReadLimits {
  /** Of all that it reads, ms. */
  readonly allMs?: number;
  /** Of each statement, ms. */
  readonly statementMs?: number;
}

export const connected = async (instance: DuckDBInstance): Promise<DuckDBConnection> => {
  const connection = await instance.connect();
  // Up to so many values of `in (select …)` are known to the scan, which then reads nothing else. The default is 50:
  // beyond it, a page would decompress every row.
  await connection.run(`set dynamic_or_filter_threshold = ${mostRows}`);
  // A time without an offset must not depend on the time zone of the machine.
  await connection.run("set TimeZone = 'UTC'");
  return connection;
};

/** A few connections for readers, so that a long query does not hold up the writer or the next reader. */
export class ReaderPool {
  readonly #idle: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #isClosing = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly all: DuckDBConnection[],
  ) {
    this.#idle = [...all];
  }

  static async of(instance: DuckDBInstance, count: number): Promise<ReaderPool> {
    return new ReaderPool(instance, await Promise.all(Array.from({ length: count }, () => connected(instance))));
  }

  /**
   * Runs within one snapshot; the next reader sees what is committed meanwhile.
   * @throws Error `INTERRUPT Error` at a limit
   */
  async read<T>(work: (query: RunQuery, rows: StreamRows) => Promise<T>, limits: ReadLimits = {}): Promise<T> {
    if (this.#isClosing) throw new Error('the readers are closed');
    const connection = await this.#taken();
    const snapshot = new Snapshot(connection, limits);
    try {
      return await snapshot.within(work);
    } finally {
      this.#give((await snapshot.end()) ? connection : await this.#instead(connection));
    }
  }

  /** Replaces a connection whose snapshot does not end: no other reader may get into that snapshot. */
  async #instead(connection: DuckDBConnection): Promise<DuckDBConnection> {
    const fresh = await connected(this.instance).catch(() => undefined);
    // If no new connection can be made, the next reader tries again, and gets an error if its snapshot cannot begin.
    if (!fresh) return connection;
    this.all[this.all.indexOf(connection)] = fresh;
    connection.closeSync();
    return fresh;
  }

  #give(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#idle.push(connection);
  }

  #taken(): Promise<DuckDBConnection> {
    const connection = this.#idle.pop();
    return connection
      ? Promise.resolve(connection)
      : new Promise((resolve) => {
          this.#waiting.push(resolve);
        });
  }

  /** Waits for running reads. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (let closed = 0, { length } = this.all; closed < length; closed += 1) (await this.#taken()).closeSync();
  }
}

/**
 * One reader's snapshot, which runs its queries one after the other. So the caller gets the first failure, not the
 * errors that DuckDB reports for the queries behind it. The snapshot ends after its last query, even if no caller waits
 * for that query any more. A query run after the end would be in the snapshot of the connection's next reader, who
 * would get its error.
 */
class Snapshot {
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;
  /** Ends of the snapshot and of the running statement, of `performance.now()`. */
  readonly #until: number;
  #statementUntil = Infinity;

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly limits: ReadLimits,
  ) {
    this.#until = performance.now() + (limits.allMs ?? Infinity);
  }

  async within<T>(work: (query: RunQuery, rows: StreamRows) => Promise<T>): Promise<T> {
    const { allMs = Infinity, statementMs = Infinity } = this.limits;
    const shortest = Math.min(allMs, statementMs);
    // Interrupt repeatedly: DuckDB forgets an interrupt that comes between two statements.
    const timer =
      shortest === Infinity
        ? undefined
        : setInterval(
            () => {
              if (this.#isLate) this.connection.interrupt();
            },
            Math.max(1, Math.min(50, shortest)),
          );
    try {
      await this.connection.run('begin transaction read only');
      return await work(
        (sql, values) => this.#behind(() => queryOn(this.connection)(sql, values)),
        (sql, values) => this.#rows(sql, values),
      );
    } finally {
      this.#isOver = true;
      await this.#last;
      clearInterval(timer);
    }
  }

  async *#rows<R>(...statement: Parameters<StreamRows>): AsyncGenerator<R[]> {
    const result = await this.#behind(() => this.connection.stream(...statement));
    yield* result.yieldRowObjectJs() as AsyncIterable<R[]>;
  }

  get #isLate(): boolean {
    return performance.now() > Math.min(this.#until, this.#statementUntil);
  }

  #behind<T>(question: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(() => {
      if (this.#isOver) throw new Error('the snapshot is over');
      this.#statementUntil = performance.now() + (this.limits.statementMs ?? Infinity);
      if (this.#isLate) throw new Error('INTERRUPT Error: the time is over');
      return question().finally(() => {
        this.#statementUntil = Infinity;
      });
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** @returns whether the connection can be used again */
  async end(): Promise<boolean> {
    try {
      await this.connection.run('rollback');
      return true;
    } catch (error) {
      return /no transaction is active/i.test(String(error));
    }
  }
}

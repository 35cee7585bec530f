import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { asked, type Query } from './duckdb.ts';

export const connected = async (instance: DuckDBInstance): Promise<DuckDBConnection> => {
  const connection = await instance.connect();
  // What a text without an offset means must not depend on where the machine stands.
  await connection.run("set TimeZone = 'UTC'");
  return connection;
};

/** A few connections for readers, so that a long question does not keep the writer or the next reader waiting. */
export class Readers {
  readonly #idle: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #isClosing = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly all: DuckDBConnection[],
  ) {
    this.#idle = [...all];
  }

  static async of(instance: DuckDBInstance, count: number): Promise<Readers> {
    return new Readers(instance, await Promise.all(Array.from({ length: count }, () => connected(instance))));
  }

  /** Runs within one snapshot: what is committed meanwhile is seen by the next reader. */
  read<T>(ask: (query: Query) => Promise<T>): Promise<T> {
    return this.#read(ask, Infinity);
  }

  /** The same for questions that others thought of: what takes longer is interrupted. */
  readWithin<T>(limitMs: number, ask: (query: Query) => Promise<T>): Promise<T> {
    return this.#read(ask, performance.now() + limitMs);
  }

  async #read<T>(ask: (query: Query) => Promise<T>, until: number): Promise<T> {
    if (this.#isClosing) throw new Error('the readers are closed');
    const connection = await this.#taken();
    const snapshot = new Snapshot(connection, until);
    try {
      return await snapshot.within(ask);
    } finally {
      this.#give((await snapshot.end()) ? connection : await this.#instead(connection));
    }
  }

  /** A connection in the place of one whose snapshot does not end: nobody else may come to stand in it. */
  async #instead(connection: DuckDBConnection): Promise<DuckDBConnection> {
    const fresh = await connected(this.instance).catch(() => undefined);
    // Without another one it is tried again by the next reader, who is told so when he cannot begin.
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

  /** Waits for whoever still reads. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (let closed = 0, { length } = this.all; closed < length; closed += 1) (await this.#taken()).closeSync();
  }
}

/**
 * One reader's snapshot, in which one question is asked after the other: so the first that fails is the one that is
 * told, and not what the database says of those behind it. It ends behind the last question, also of those that nobody
 * waits for any more: one that came after the end would stand in the snapshot of whoever has the connection next, and
 * its failure would be his.
 */
class Snapshot {
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly until: number,
  ) {}

  async within<T>(ask: (query: Query) => Promise<T>): Promise<T> {
    // Again and again: an interrupt between two statements is forgotten.
    const timer =
      this.until === Infinity
        ? undefined
        : setInterval(
            () => {
              if (this.#isLate) this.connection.interrupt();
            },
            Math.max(1, Math.min(50, this.until - performance.now())),
          );
    try {
      await this.connection.run('begin transaction read only');
      return await ask((sql, values) => this.#behind(() => asked(this.connection)(sql, values)));
    } finally {
      this.#isOver = true;
      await this.#last;
      clearInterval(timer);
    }
  }

  get #isLate(): boolean {
    return performance.now() > this.until;
  }

  #behind<T>(question: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(() => {
      if (this.#isOver) throw new Error('the snapshot is over');
      if (this.#isLate) throw new Error('INTERRUPT Error: the time is over');
      return question();
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** @returns whether the connection is free of it */
  async end(): Promise<boolean> {
    try {
      await this.connection.run('rollback');
      return true;
    } catch (error) {
      return /no transaction is active/i.test(String(error));
    }
  }
}

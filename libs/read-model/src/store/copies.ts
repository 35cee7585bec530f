import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { LogPosition } from '@assay/messaging';
import { CopyProcess } from './copy-process.ts';
import { inMemory, isAboutMemory, type RunQuery, type DuckdbRow } from './duckdb.ts';
import { Turns } from './turns.ts';
import type { Writer } from './writer.ts';

/** The read model to copy, which is written at the same time. */
export interface Original {
  readonly path: string;
  /** Number of writes so far. */
  readonly written: number;
  /** The read model holds everything up to this time. */
  readonly asOf: string;
  /** Runs the first function with no writes in progress, then the second with no checkpoint being made. */
  copied<T>(still: () => Promise<T>, afterwards: () => Promise<void>): Promise<T>;
  /** Writes the whole database to a new file. */
  writeTo(file: string): Promise<void>;
}

/** The copy that answered a query. */
export interface Copy {
  /** The copy holds everything up to this time. */
  readonly asOf: string;
  /** Next offset to read in each partition of the topic. */
  received(topic: string): readonly number[];
}

export interface CopyOptions {
  /** Ending of the folder beside the read model that holds the copies. */
  readonly name?: string;
  /** DuckDB's memory limit for queries. */
  readonly memoryMb?: number;
  readonly threads?: number;
  /** Maximum age of an answer if something was written since. */
  readonly mostAgeMs?: number;
  /** The process ends after this long without a query. */
  readonly idleMs?: number;
  /** Minimum wait before the next attempt after a copy failed. */
  readonly againMs?: number;
  /** Receives the reason why a copy could not be made. */
  readonly onError?: (error: unknown) => void;
}

export interface QueryRequest {
  /** Queries take turns by caller. */
  readonly caller: string;
  /** Aborts when the client is gone: a query that waits leaves the line. */
  readonly closed?: AbortSignal | undefined;
  /** Queries of the caller that may wait. */
  readonly mostWaiting?: number;
  /** Time limit of the query; its turn is waited for six times as long. */
  readonly limitMs: number;
  /** Places in the log that the copy must hold, such as those that the previous page was read from. */
  readonly from?: readonly LogPosition[];
}

/** No copy can be made at present; queries may be retried later. */
export class NoCopy extends Error {
  readonly code = 'no-copy';
  readonly remedy: string;

  constructor(cause: unknown) {
    super(
      'no copy of the read model can be made: ' +
        `${cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)}`,
    );
    this.remedy = isAboutMemory(cause)
      ? 'raise ASSAY_QUERY_MB, and the memory of the process with it'
      : 'see that where the read model lies there is room for a second one';
  }
}

interface Made extends Copy {
  readonly written: number;
  /** Of `performance.now()`. */
  readonly at: number;
  readonly tookMs: number;
  /** Results of queries without parameters, which Assay repeats for each request. They never change within a copy. */
  readonly known: Map<string, Promise<DuckdbRow[]>>;
}

/** The process that answers from a copy, and its folder. */
interface Serving {
  readonly process: CopyProcess;
  readonly copy: Made;
  readonly folder: string;
}

/** A process that gives no answer for so long after a time limit, ms, is taken to hang. */
const hangsAfter = (limitMs: number): number => limitMs + Math.max(limitMs, 2_000);

/**
 * A copy serves for this many times as long as it took to make, so that copying takes little of the time. The lower
 * factor applies if a caller needs data that the copy lacks.
 */
const [worthTimes, leastTimes] = [10, 2];
/**
 * Time limits after which a step is taken to hang. The database may be gigabytes on a slow disk; for the log, the
 * writer waits.
 */
const [copyMs, copyLogMs] = [120_000, 10_000];
const [mostWaitTimes, mostCallers] = [6, 10_000];
/** Memory of the process that DuckDB does not count. */
const besidesMb = 400;

/**
 * Answers callers' queries from copies of the read model, in a separate process (ADR 24). No query can hold up writes,
 * REST or the gate. A copy is made on demand, and only if something was written since the last; it is at most ten
 * seconds old. A caller that waited for a change sees it in the next query.
 */
export class Copies {
  readonly #turns = new Turns();
  readonly #options: Required<Omit<CopyOptions, 'name'>>;
  readonly #folder: string;
  /**
   * Each process has its own folder, so that the leftovers of an ended process are removed while the next one starts.
   */
  #running: { readonly process: CopyProcess; readonly folder: string } | undefined;
  #copy: Made | undefined;
  #failed: { readonly at: number; readonly why: NoCopy } | undefined;
  #count = 0;
  /** Minimum `written` that each caller must see; the empty name is for all callers. */
  readonly #notified = new Map<string, number>();
  #active = 0;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly original: Original,
    {
      name = 'queries',
      memoryMb = 400,
      threads = 2,
      mostAgeMs = 10_000,
      idleMs = 120_000,
      againMs = 5_000,
      onError = () => undefined,
    }: CopyOptions = {},
  ) {
    this.#options = { memoryMb, threads, mostAgeMs, idleMs, againMs, onError };
    this.#folder =
      original.path === inMemory ? join(tmpdir(), `assay-${name}-${randomUUID()}`) : `${original.path}.${name}`;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * A caller was notified of the present state: its queries must show that state from now on. Without a caller, all
   * queries must.
   */
  notified(caller = ''): void {
    this.#notified.delete(caller);
    this.#notified.set(caller, this.original.written);
    for (const one of this.#notified.keys()) {
      if (this.#notified.size <= mostCallers) break;
      this.#notified.delete(one);
    }
  }

  /**
   * Runs queries within one copy.
   *
   * @throws Error with DuckDB's message; `Out of Memory Error` also if the process was killed, `INTERRUPT Error` at the
   * time limit
   * @throws NoCopy
   */
  read<T>(request: QueryRequest, work: (query: RunQuery, copy: Copy) => Promise<T>): Promise<T> {
    return this.#inTurn(request, ({ process, copy }) =>
      this.#answered(process, copy, request.limitMs, (query) => work(query, this.#asOfNow(copy))),
    );
  }

  /**
   * Lets a writer make a file, at its own speed, so that a slow client holds up no other.
   *
   * @returns the open file, which has no name any more; the caller closes it
   * @throws Error as `read`; the code of an error of the writer is that of this error
   */
  write<Input>(request: QueryRequest, { module, name }: Writer<Input>, input: Input): Promise<FileHandle> {
    return this.#inTurn(request, async ({ process, folder }) => {
      const path = join(folder, `${(this.#count += 1)}.written`);
      const { limitMs } = request;
      try {
        await process.do({ kind: 'write', writer: { module, name }, input, path, limitMs }, hangsAfter(limitMs));
        return await open(path);
      } finally {
        await rm(path, { force: true });
      }
    });
  }

  async #inTurn<T>(request: QueryRequest, work: (at: Serving) => Promise<T>): Promise<T> {
    const { caller, closed, mostWaiting } = request;
    const until = performance.now() + mostWaitTimes * request.limitMs;
    this.#begin();
    try {
      await this.#untilWorth(request);
      return await this.#turns.take(
        caller,
        async () => {
          if (performance.now() > until) throw new Error('INTERRUPT Error: it was not its turn in time');
          return work(await this.#current(request));
        },
        { closed, ...(mostWaiting === undefined ? {} : { mostWaiting }) },
      );
    } finally {
      this.#end();
    }
  }

  #asOfNow(copy: Made): Copy {
    return copy.written === this.original.written ? { ...copy, asOf: this.original.asOf } : copy;
  }

  async #answered<T>(
    process: CopyProcess,
    { known }: Made,
    limitMs: number,
    work: (query: RunQuery) => Promise<T>,
  ): Promise<T> {
    // A query interrupts itself at the limit; if it does not, the process is killed.
    const [until, hangsMs] = [performance.now() + limitMs, hangsAfter(limitMs)];
    const answer = async (sql: string, values?: Parameters<RunQuery>[1]): Promise<DuckdbRow[]> =>
      (await process.do(
        { kind: 'ask', sql, values },
        Math.max(0, until - performance.now()) + hangsMs - limitMs,
      )) as DuckdbRow[];
    const once = (sql: string): Promise<DuckdbRow[]> => {
      const found = known.get(sql) ?? answer(sql);
      known.set(sql, found);
      found.catch(() => known.delete(sql));
      return found;
    };
    process.do({ kind: 'begin', limitMs }, hangsMs).catch(() => undefined);
    try {
      return await work(
        (<R>(sql: string, values?: Parameters<RunQuery>[1]) =>
          (values === undefined && sql.startsWith('select ') ? once(sql) : answer(sql, values)) as Promise<
            R[]
          >) as RunQuery,
      );
    } finally {
      process.do({ kind: 'end' }, hangsMs).catch(() => undefined);
    }
  }

  /**
   * A request for a newer copy waits until the last copy has served long enough. Requests that need no newer copy are
   * not held up.
   */
  async #untilWorth(request: QueryRequest): Promise<void> {
    for (
      let copy = this.#copy;
      copy && !this.#satisfies(copy, request) && !this.#isOlder(copy, leastTimes);
      copy = this.#copy
    ) {
      await pause(Math.max(1, copy.at + leastTimes * copy.tookMs - performance.now()));
    }
  }

  /** Age counts from when the copy was begun, unless copying took so long that no copy would ever be new enough. */
  #isOlder({ at, tookMs }: Made, times: number): boolean {
    return performance.now() - at >= Math.min(Math.max(tookMs, this.#options.mostAgeMs - tookMs), times * tookMs);
  }

  /** Whether a copy holds the data that the request must see. */
  #satisfies(copy: Made, { caller, from = [] }: QueryRequest): boolean {
    const needed = Math.max(this.#notified.get(caller) ?? 0, this.#notified.get('') ?? 0);
    return (
      copy.written >= needed &&
      from.every(({ topic, offsets }) =>
        offsets.every((offset, partition) => (copy.received(topic)[partition] ?? 0) >= offset),
      )
    );
  }

  async #current(request: QueryRequest): Promise<Serving> {
    const { process, folder = '' } = this.#running ?? {};
    const copy = this.#copy;
    const isGood =
      process &&
      !process.isOver &&
      copy &&
      (copy.written === this.original.written || (this.#satisfies(copy, request) && !this.#isOlder(copy, worthTimes)));
    if (isGood) return { process, copy, folder };
    // Each attempt makes the writer wait.
    if (this.#failed && performance.now() - this.#failed.at < this.#options.againMs) throw this.#failed.why;
    try {
      const made = await this.#made().catch(() => this.#made());
      this.#failed = undefined;
      return made;
    } catch (error) {
      const why = new NoCopy(error);
      this.#failed = { at: performance.now(), why };
      this.#options.onError(why);
      throw why;
    }
  }

  /** Makes and opens a copy. On failure the process is killed as well, as its state is unknown. */
  async #made(): Promise<Serving> {
    const { memoryMb, threads } = this.#options;
    if (this.#isClosed) throw new Error('the view is closed');
    // Remove the spill files that an ended process left.
    if (this.#running?.process.isOver) await this.#stop();
    const { process, folder } = (this.#running ??= {
      process: new CopyProcess((memoryMb + besidesMb) * 2 ** 20),
      folder: join(this.#folder, String((this.#count += 1))),
    });
    this.#copy = undefined;
    const path = join(folder, `${(this.#count += 1)}.duckdb`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await process.do({ kind: 'start' }, copyMs);
      const began = performance.now();
      const { written, asOf } = await this.#written(process, path);
      const positions = (await process.do({ kind: 'open', path, memoryLimit: `${memoryMb}MB`, threads }, copyMs)) as {
        topic: string;
        partition: number;
        next: bigint;
      }[];
      const at = performance.now();
      const received = (topic: string): readonly number[] => {
        const next: number[] = [];
        for (const one of positions) if (one.topic === topic) next[one.partition] = Number(one.next);
        return Array.from(next, (offset) => offset ?? 0);
      };
      const copy: Made = { written, asOf, at, tookMs: at - began, received, known: new Map() };
      this.#copy = copy;
      return { process, copy, folder };
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  async #written(process: CopyProcess, path: string): Promise<{ written: number; asOf: string }> {
    const { original } = this;
    const isFile = original.path !== inMemory;
    const order = async (kind: 'copy-log' | 'copy', ms: number): Promise<void> =>
      void (await process.do({ kind, from: original.path, to: path }, ms));
    try {
      return await original.copied(
        async () => {
          const { written, asOf } = original;
          await (isFile ? order('copy-log', copyLogMs) : original.writeTo(path));
          return { written, asOf };
        },
        async () => {
          if (isFile) await order('copy', copyMs);
        },
      );
    } catch (error) {
      await process.kill();
      throw error;
    }
  }

  #begin(): void {
    this.#active += 1;
    clearTimeout(this.#idle);
  }

  /** Frees the memory after a time without queries. */
  #end(): void {
    this.#active -= 1;
    if (this.#active > 0 || this.#isClosed) return;
    this.#idle = setTimeout(() => void this.#stop(), this.#options.idleMs);
    this.#idle.unref();
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    [this.#running, this.#copy] = [undefined, undefined];
    await running?.process.kill();
    if (running) rmSync(running.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    await this.#stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

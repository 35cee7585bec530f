import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CopyProcess } from './copy-process.ts';
import { inMemory, isAboutMemory, type Query, type Row } from './duckdb.ts';
import { Turns } from './turns.ts';

/** What is copied: the read model, while somebody writes in it. */
export interface Original {
  readonly path: string;
  /** How often something was written. */
  readonly written: number;
  /** A moment of which all is known. */
  readonly asOf: string;
  /** Has its files copied: first while nobody writes, and then while no checkpoint is made. */
  copied<T>(still: () => Promise<T>, afterwards: () => Promise<void>): Promise<T>;
  /** Writes all of it into a file that there is not yet. */
  writeTo(file: string): Promise<void>;
}

/** What a query was answered from. */
export interface Copy {
  /** A moment of which it knows all. */
  readonly asOf: string;
  /** Next offsets of a topic, by partition, as far as it has heard. */
  received(topic: string): readonly number[];
}

export interface CopyOptions {
  /** What DuckDB may take in memory for queries. */
  readonly memoryMb?: number;
  readonly threads?: number;
  /** How old an answer may be where something was written since. */
  readonly mostAgeMs?: number;
  /** Without a query for so long, the process ends. */
  readonly idleMs?: number;
  /** Where no copy can be made, it is tried again after so long at the earliest. */
  readonly againMs?: number;
  /** Told of what keeps a copy from being made. */
  readonly onError?: (error: unknown) => void;
}

export interface Asking {
  /** Callers take turns. */
  readonly caller: string;
  /** How long the query may work; it waits six times as long for its turn. */
  readonly limitMs: number;
  /** How much of a topic has to be known, by partition: what the page before was read from. */
  readonly from?: { readonly topic: string; readonly offsets: readonly number[] } | undefined;
}

/** No copy can be made just now; queries are asked again later. */
export class NoCopy extends Error {
  readonly code = 'no-copy';
  readonly remedy: string;

  constructor(cause: unknown) {
    super(
      `no copy of the read model can be made: ${cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)}`,
    );
    this.remedy = isAboutMemory(cause)
      ? 'raise ASSAY_QUERY_MB, and the memory of the process with it'
      : 'see that where the read model lies there is room for a second one';
  }
}

interface Made extends Copy {
  readonly written: number;
  /** By `performance.now()`. */
  readonly at: number;
  readonly tookMs: number;
  /** What was asked without values, which Assay does for each query again, and its answer: it stays the same. */
  readonly known: Map<string, Promise<Row[]>>;
}

/**
 * A copy serves for so many times as long as it took, so that little time is spent on them; less where somebody has to
 * be shown what it lacks.
 */
const [worthTimes, leastTimes] = [10, 2];
/**
 * What copying and opening may take until they are taken for hanging: gigabytes on a slow disk, and the log, for which
 * the writer waits.
 */
const [copyMs, copyLogMs] = [120_000, 10_000];
const [mostWaitTimes, mostAskers] = [6, 10_000];
/** What a process takes besides what DuckDB counts. */
const besidesMb = 400;

/**
 * Answers queries of callers' own from copies of the read model, in a process of its own (ADR 24): whatever is asked,
 * who writes, reads over REST and decides goes on. A copy is made when somebody asks, and only where something was
 * written since the last; it is at most ten seconds old. Whoever waited for something sees it in his next query.
 */
export class Copies {
  readonly #turns = new Turns();
  readonly #options: Required<CopyOptions>;
  readonly #folder: string;
  /** With a folder of its own: of one that ends, what is left is removed while the next one begins. */
  #running: { readonly process: CopyProcess; readonly folder: string } | undefined;
  #copy: Made | undefined;
  #failed: { readonly at: number; readonly why: NoCopy } | undefined;
  #count = 0;
  /** What somebody was told is there, by who it was; without a name it is for everybody. */
  readonly #told = new Map<string, number>();
  #asking = 0;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly original: Original,
    {
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
      original.path === inMemory ? join(tmpdir(), `assay-queries-${randomUUID()}`) : `${original.path}.queries`;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Somebody was told of what is written by now: his queries show it from here on, and without a caller everybody's.
   */
  told(caller = ''): void {
    this.#told.delete(caller);
    this.#told.set(caller, this.original.written);
    for (const one of this.#told.keys()) {
      if (this.#told.size <= mostAskers) break;
      this.#told.delete(one);
    }
  }

  /**
   * Asks within one copy.
   *
   * @throws Error in DuckDB's words; `Out of Memory Error` also where the process had to be ended, `INTERRUPT Error`
   * where its time is over
   * @throws NoCopy
   */
  async read<T>(asking: Asking, ask: (query: Query, copy: Copy) => Promise<T>): Promise<T> {
    const until = performance.now() + mostWaitTimes * asking.limitMs;
    this.#begin();
    try {
      await this.#untilWorth(asking);
      return await this.#turns.take(asking.caller, async () => {
        if (performance.now() > until) throw new Error('INTERRUPT Error: it was not its turn in time');
        const { process, copy } = await this.#current(asking);
        const isNewest = copy.written === this.original.written;
        return this.#asked(process, copy, asking.limitMs, (query) =>
          ask(query, isNewest ? { ...copy, asOf: this.original.asOf } : copy),
        );
      });
    } finally {
      this.#end();
    }
  }

  async #asked<T>(
    process: CopyProcess,
    { known }: Made,
    limitMs: number,
    ask: (query: Query) => Promise<T>,
  ): Promise<T> {
    // It interrupts itself at the limit; one that does not is ended.
    const [until, hangsMs] = [performance.now() + limitMs, limitMs + Math.max(limitMs, 2_000)];
    const answer = async (sql: string, values?: Parameters<Query>[1]): Promise<Row[]> =>
      (await process.do(
        { kind: 'ask', sql, values },
        Math.max(0, until - performance.now()) + hangsMs - limitMs,
      )) as Row[];
    const once = (sql: string): Promise<Row[]> => {
      const found = known.get(sql) ?? answer(sql);
      known.set(sql, found);
      found.catch(() => known.delete(sql));
      return found;
    };
    process.do({ kind: 'begin', limitMs }, hangsMs).catch(() => undefined);
    try {
      return await ask(
        (<R>(sql: string, values?: Parameters<Query>[1]) =>
          (values === undefined && sql.startsWith('select ') ? once(sql) : answer(sql, values)) as Promise<
            R[]
          >) as Query,
      );
    } finally {
      process.do({ kind: 'end' }, hangsMs).catch(() => undefined);
    }
  }

  /**
   * Who needs a newer copy than there is waits until the last one was worth its while, and holds up nobody meanwhile
   * who needs none.
   */
  async #untilWorth(asking: Asking): Promise<void> {
    for (
      let copy = this.#copy;
      copy && !this.#does(copy, asking) && !this.#isOlder(copy, leastTimes);
      copy = this.#copy
    ) {
      await pause(Math.max(1, copy.at + leastTimes * copy.tookMs - performance.now()));
    }
  }

  /** By when it was begun, unless it took so long that it would never be new enough. */
  #isOlder({ at, tookMs }: Made, times: number): boolean {
    return performance.now() - at >= Math.min(Math.max(tookMs, this.#options.mostAgeMs - tookMs), times * tookMs);
  }

  /** Whether a copy holds what somebody has to be shown. */
  #does(copy: Made, { caller, from }: Asking): boolean {
    const needed = Math.max(this.#told.get(caller) ?? 0, this.#told.get('') ?? 0);
    return (
      copy.written >= needed &&
      (!from || from.offsets.every((offset, partition) => (copy.received(from.topic)[partition] ?? 0) >= offset))
    );
  }

  async #current(asking: Asking): Promise<{ process: CopyProcess; copy: Made }> {
    const [process, copy] = [this.#running?.process, this.#copy];
    const isGood =
      process &&
      !process.isOver &&
      copy &&
      (copy.written === this.original.written || (this.#does(copy, asking) && !this.#isOlder(copy, worthTimes)));
    if (isGood) return { process, copy };
    // Each attempt lets the writer wait.
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

  /** Makes a copy, and has it opened. Where that fails the process goes, too: what state it is in nobody knows. */
  async #made(): Promise<{ process: CopyProcess; copy: Made }> {
    const { memoryMb, threads } = this.#options;
    if (this.#isClosed) throw new Error('the view is closed');
    // What an ended one had put aside stays behind.
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
      return { process, copy };
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
    this.#asking += 1;
    clearTimeout(this.#idle);
  }

  /** Memory is given back where nobody asks. */
  #end(): void {
    this.#asking -= 1;
    if (this.#asking > 0 || this.#isClosed) return;
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

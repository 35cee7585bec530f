import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOrder, Reply } from './copy-worker.ts';

// Tests run the sources as they are; otherwise the code is compiled.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const program = fileURLToPath(new URL(`./copy-worker.${extension}`, import.meta.url));
const typed = extension === 'ts' ? ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'] : [];
const { NODE_COMPILE_CACHE } = process.env;
/** When sources are run, Node caches compiled code here. No other variable of the parent is passed on. */
const env = extension === 'ts' && NODE_COMPILE_CACHE !== undefined ? { NODE_COMPILE_CACHE } : {};

const lookMs = 100;

/** Errors in DuckDB's words for a query whose process ended, so that callers see the same error for the same cause. */
const outOfMemory = (why: string): string => `Out of Memory Error: the process of queries ended (${why})`;
const outOfTime = (limitMs: number): string =>
  `INTERRUPT Error: the process of queries gave no answer for ${limitMs} ms`;

/**
 * The process that answers queries. It may be killed at any time without harm to its parent. Like the process that
 * reads queries, it gets nothing of the parent's environment.
 */
export class CopyProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #orders = 0;
  #why: string | undefined;

  /** @param mostBytes memory limit, beyond which the process is killed; DuckDB uses more than it counts */
  constructor(private readonly mostBytes: number) {
    this.#process = fork(program, [String(process.pid)], {
      execArgv: ['--max-old-space-size=320', ...typed],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.on('message', (reply: Reply) => {
      const one = this.#waiting.get(reply.nr);
      if (reply.error === undefined) one?.resolve(reply.value);
      else one?.reject(Object.assign(new Error(reply.error), reply.code === undefined ? {} : { code: reply.code }));
    });
    this.#process.on('error', (error) => {
      this.#end(outOfMemory(error.message));
    });
    this.#process.on('exit', (code, signal) => {
      this.#end(outOfMemory(signal ?? `exit code ${code}`));
    });
    this.#unref();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isOver(): boolean {
    return this.#why !== undefined;
  }

  #end(why: string): void {
    this.#why ??= why;
    for (const one of this.#waiting.values()) one.reject(new Error(this.#why));
  }

  /**
   * Runs one order.
   *
   * @param limitMs after which the process is taken to hang, and is killed
   * @throws Error with the message of DuckDB or of the system
   */
  async do(order: WorkerOrder, limitMs: number): Promise<unknown> {
    if (this.#why !== undefined) throw new Error(this.#why);
    const answer = Promise.withResolvers<unknown>();
    const nr = (this.#orders += 1);
    this.#waiting.set(nr, answer);
    this.#ref();
    const late = setTimeout(() => void this.kill(outOfTime(limitMs)), limitMs);
    const look = setInterval(() => {
      if (this.#bytes > this.mostBytes) void this.kill(outOfMemory(`more than ${this.mostBytes / 2 ** 20} MB`));
    }, lookMs);
    try {
      this.#process.send({ nr, order }, (error) => {
        if (error) this.#end(outOfMemory(error.message));
      });
      return await answer.promise;
    } finally {
      clearTimeout(late);
      clearInterval(look);
      this.#waiting.delete(nr);
      if (this.#waiting.size === 0) this.#unref();
    }
  }

  /** Resident memory, or 0 if the system does not report it (proc(5)). */
  get #bytes(): number {
    try {
      return (
        Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#process.pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
      );
    } catch {
      return 0;
    }
  }

  #ref(): void {
    this.#process.ref();
    this.#process.channel?.ref();
  }

  /** An idle process does not keep its parent alive. */
  #unref(): void {
    this.#process.unref();
    this.#process.channel?.unref();
  }

  async kill(why = outOfMemory('ended')): Promise<void> {
    this.#why ??= why;
    const { exitCode, signalCode, pid } = this.#process;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    this.#ref();
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}

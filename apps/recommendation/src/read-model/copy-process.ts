import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Order, Reply } from './copy-worker.ts';

// Sources are run as they are in tests, and compiled everywhere else.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const program = fileURLToPath(new URL(`./copy-worker.${extension}`, import.meta.url));
const typed = extension === 'ts' ? ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'] : [];
const { NODE_COMPILE_CACHE } = process.env;
/** Where sources are run Node keeps what it made of them; nothing else comes from its owner. */
const env = extension === 'ts' && NODE_COMPILE_CACHE !== undefined ? { NODE_COMPILE_CACHE } : {};

const lookMs = 100;

/** Said of a query with which its process ended, in DuckDB's words: whoever asks is told the same, whoever ended it. */
const outOfMemory = (why: string): string => `Out of Memory Error: the process of queries ended (${why})`;
const outOfTime = (limitMs: number): string =>
  `INTERRUPT Error: the process of queries gave no answer for ${limitMs} ms`;

/**
 * The process that answers queries. It may be ended at any time, and takes nobody with it. Like the one that reads
 * them, it is given nothing of its owner's environment.
 */
export class CopyProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #orders = 0;
  #why: string | undefined;

  /** @param mostBytes of memory; beyond it the process is ended. What DuckDB counts is less than what it takes. */
  constructor(private readonly mostBytes: number) {
    this.#process = fork(program, [String(process.pid)], {
      execArgv: ['--max-old-space-size=256', ...typed],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.on('message', (reply: Reply) => {
      const one = this.#waiting.get(reply.nr);
      if (reply.error === undefined) one?.resolve(reply.value);
      else one?.reject(new Error(reply.error));
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
   * Has one order carried out.
   *
   * @param limitMs after which it is taken for hanging, and the process is ended
   * @throws Error with the words of DuckDB, or of the system
   */
  async do(order: Order, limitMs: number): Promise<unknown> {
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

  /** Memory that it takes now; nothing where the system does not say (proc(5)). */
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

  /** It keeps nobody from ending while it has nothing to do. */
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

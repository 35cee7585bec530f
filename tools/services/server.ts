import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { causeIn, ServiceError } from './failure.ts';
import { host, isFree } from './ports.ts';

/** A program that serves on a port of this machine, and how to start it. */
export interface Program {
  readonly name: string;
  /** The folder of its data and its log. */
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How to install it if it is missing. */
  readonly remedy: string;
  /** True if it answers a request of its own protocol. */
  readonly answers: (port: number) => Promise<boolean>;
  readonly timeoutMs?: number;
  /**
   * Once it answers, it outlives the process that started it. It has its own process group, so that Ctrl-C does not end
   * it.
   */
  readonly detached?: boolean;
}

/** Programs that a test leaves behind end with the test's process, and so does a program that does not answer yet. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export class RunningServer {
  readonly host = host;
  readonly #program: Program;
  #process: ChildProcess | undefined;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** @throws ServiceError if the program is missing, ends, or does not answer in time */
  static async start(program: Program): Promise<RunningServer> {
    const server = new RunningServer(program);
    await server.#start();
    return server;
  }

  get name(): string {
    return this.#program.name;
  }
  get folder(): string {
    return this.#program.folder;
  }
  get port(): number {
    return this.#program.port;
  }
  get url(): string {
    return this.#program.url;
  }
  get log(): string {
    return logOf(this.#program);
  }

  /** The current process, or the last one. */
  get process(): ChildProcess {
    return this.#process!;
  }
  get pid(): number {
    return this.process.pid!;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Asks it to end, and kills it if it has not ended within 20 s. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM', 20_000);
    await this.kill();
  }

  /** Ends it like a crash, for its clients (`kill -9`). */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts it again on the same port, with its data; stops it first if it still runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#start();
  }

  async #end(signal: NodeJS.Signals, withinMs?: number): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await (withinMs === undefined ? ended : Promise.race([ended, pause(withinMs, undefined, { ref: false })]));
  }

  async #start(): Promise<void> {
    const { name, port } = this.#program;
    // Otherwise the program on that port would answer in its place.
    if (!(await isFree(port)))
      throw new ServiceError(
        'service-busy',
        `${name} cannot have ${host}:${port}, another program listens there: stop that one, or choose another port`,
      );
    this.#process = await spawned(this.#program);
    try {
      await this.#untilItAnswers();
      if (this.#program.detached) {
        children.delete(this.process);
        this.process.unref();
      }
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async #untilItAnswers(): Promise<void> {
    const { name, port, answers, timeoutMs = 30_000 } = this.#program;
    for (const deadline = Date.now() + timeoutMs; !(await answers(port)); await pause(50)) {
      const silent = Date.now() > deadline;
      if (this.isRunning && !silent) continue;
      const problem = silent ? `does not answer after ${timeoutMs / 1000} s` : 'ended at its start';
      throw new ServiceError(
        silent ? 'service-silent' : 'service-failed',
        `${name} on ${host}:${port} ${problem}: ${causeIn(await readFile(this.log, 'utf8'))}: see ${this.log}`,
      );
    }
  }
}

const logOf = ({ name, folder }: Pick<Program, 'name' | 'folder'>): string => join(folder, `${name}.log`);

/** Its output goes to a file, never to a pipe: the program outlives its starter, and a pipe needs a reader. */
const spawned = async (program: Program): Promise<ChildProcess> => {
  const { command, args, env, folder, detached = false } = program;
  mkdirSync(folder, { recursive: true });
  const log = openSync(logOf(program), 'a', 0o600);
  try {
    const child = spawn(command, args, {
      cwd: folder,
      detached,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
    await once(child, 'spawn');
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  } catch (error) {
    throw unstarted(program, error);
  } finally {
    closeSync(log);
  }
};

/** @returns the error that explains how to install a missing program */
export const unstarted = (
  { name, command, remedy }: Pick<Program, 'name' | 'command' | 'remedy'>,
  cause: unknown,
): ServiceError =>
  new ServiceError(
    'service-missing',
    `${name} could not be started, ${command} ` +
      ((cause as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'is not installed'
        : `fails (${(cause as Error).message})`) +
      `: ${remedy}`,
    { cause },
  );

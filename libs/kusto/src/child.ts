import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChildListener<Answer> {
  readonly onLoaded: () => void;
  readonly onAnswer: (answer: Answer) => void;
  /** The process ended without a request to do so. */
  readonly onEnd: (reason: string) => void;
}

// In tests the worker runs from TypeScript source, everywhere else from compiled JavaScript.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const program = fileURLToPath(new URL(`./worker.${extension}`, import.meta.url));
const limits = ['--max-old-space-size=256', '--stack-size=3900'];
const typed = extension === 'ts' ? ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'] : [];
const { NODE_COMPILE_CACHE } = process.env;
/** When running from source, share Node's compile cache; no other variable is passed on. */
const env = extension === 'ts' && NODE_COMPILE_CACHE !== undefined ? { NODE_COMPILE_CACHE } : {};

/**
 * The translating process. It gets no environment of its owner, because it parses hostile text and needs no secrets.
 */
export class Child<Answer> {
  readonly #process: ChildProcess;

  /** @param first the first message, which the process needs before it can answer */
  constructor(first: object, { onLoaded, onAnswer, onEnd }: ChildListener<Answer>) {
    this.#process = fork(program, [String(process.pid)], {
      execArgv: [...limits, ...typed],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let isOver = false;
    const end = (reason: string): void => {
      if (!isOver) {
        isOver = true;
        onEnd(reason);
      }
    };
    this.#process.on('message', (message) => {
      if (message === 'loaded') onLoaded();
      else onAnswer(message as Answer);
    });
    this.#process.on('error', (error) => {
      end(error.message);
    });
    this.#process.on('exit', (code, signal) => {
      end(signal ?? `exit code ${code}`);
    });
    this.send(first);
  }

  /** If the process has ended, the message is dropped: `onEnd` reports the end. */
  send(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Keeps the owner's event loop alive while this process works. */
  ref(): void {
    this.#process.ref();
    this.#process.channel?.ref();
  }

  unref(): void {
    this.#process.unref();
    this.#process.channel?.unref();
  }

  /**
   * CPU time of the process, ms; undefined where the system has no `/proc` (proc(5): utime and stime, in ticks of
   * 10 ms).
   */
  get processorMs(): number | undefined {
    try {
      const fields = readFileSync(`/proc/${this.#process.pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    } catch {
      return undefined;
    }
  }

  async kill(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#process;
    if (exitCode !== null || signalCode !== null || pid === undefined) return;
    this.ref();
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

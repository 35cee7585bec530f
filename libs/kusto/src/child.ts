import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Listening<Answer> {
  readonly onLoaded: () => void;
  readonly onAnswer: (answer: Answer) => void;
  /** It ended without having been asked to. */
  readonly onEnd: (why: string) => void;
}

// Sources are run as they are in tests, and compiled everywhere else.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const program = fileURLToPath(new URL(`./worker.${extension}`, import.meta.url));
const limits = ['--max-old-space-size=256', '--stack-size=3900'];
const typed = extension === 'ts' ? ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'] : [];
const { NODE_COMPILE_CACHE } = process.env;
/** Where sources are run Node keeps what it made of them; nothing else comes from its owner. */
const env = extension === 'ts' && NODE_COMPILE_CACHE !== undefined ? { NODE_COMPILE_CACHE } : {};

/**
 * The process that translates. It is given nothing of its owner's environment: it needs no secret, and reads hostile
 * text.
 */
export class Child<Answer> {
  readonly #process: ChildProcess;

  /** @param first what it has to know before it can answer anything */
  constructor(first: object, { onLoaded, onAnswer, onEnd }: Listening<Answer>) {
    this.#process = fork(program, [String(process.pid)], {
      execArgv: [...limits, ...typed],
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let isOver = false;
    const end = (why: string): void => {
      if (!isOver) {
        isOver = true;
        onEnd(why);
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

  /** What cannot be sent any more is answered by the end of the process. */
  send(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Its owner waits for it before he ends. */
  ref(): void {
    this.#process.ref();
    this.#process.channel?.ref();
  }

  unref(): void {
    this.#process.unref();
    this.#process.channel?.unref();
  }

  /**
   * How long it has computed, in milliseconds; nothing where the system does not say (proc(5), utime and stime in ticks
   * of 10 ms).
   */
  get processorMs(): number | undefined {
    try {
      const fields = readFileSync(`/proc/${this.#process.pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
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

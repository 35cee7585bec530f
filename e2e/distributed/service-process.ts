import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The command that runs a service with an environment. */
export type CommandOf = (service: string, env: NodeJS.ProcessEnv) => readonly string[];

const ofBuild: CommandOf = (service) => [process.execPath, `${root}apps/${service}/dist/main.js`];

/** One replica of one service, as a separate process. */
export class ServiceProcess {
  readonly service: string;
  readonly port: number;
  readonly log: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #commandOf: CommandOf;
  #more: NodeJS.ProcessEnv = {};
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(service: string, port: number, log: string, env: NodeJS.ProcessEnv, commandOf: CommandOf = ofBuild) {
    [this.service, this.port, this.log, this.#env, this.#commandOf] = [service, port, log, env, commandOf];
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get runs(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended: an exit code or a signal. */
  get end(): number | string | undefined {
    return this.#child?.exitCode ?? this.#child?.signalCode ?? undefined;
  }

  /**
   * Starts the process, again if it has ended; does not wait until it is ready.
   * @param more settings not known when the replica was placed; kept for the next start
   * @param within words of a command that ends with becoming the process
   */
  start(detached = false, more = this.#more, within: readonly string[] = []): void {
    this.#more = more;
    mkdirSync(dirname(this.log), { recursive: true });
    const file = openSync(this.log, 'a');
    const env = { ...this.#env, ...more, ASSAY_PORT: String(this.port) };
    const [program, ...words] = [...within, ...this.#commandOf(this.service, env)];
    this.#child = spawn(program!, words, {
      env,
      stdio: ['ignore', file, file],
      detached,
    });
    closeSync(file);
    // A caller that follows a killed launcher finds the process by this file.
    writeFileSync(join(dirname(this.log), 'pid'), String(this.#child.pid));
    if (detached) this.#child.unref();
    this.#ended = once(this.#child, 'exit');
  }

  /** Waits until the process reports that it is ready. Twelve that start together on a busy machine take a minute. */
  async ready(timeoutMs = 240_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; ;) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`, { signal: AbortSignal.timeout(3000) }).catch(
        () => undefined,
      );
      if (answer?.ok) return;
      const why = answer ? await answer.text() : 'no answer';
      if (!this.runs) throw new Error(`${this.service} has ended (${this.end}):\n${this.lastLines()}`);
      if (Date.now() > deadline) throw new Error(`${this.lastLines()}\n${this.service} is not ready: ${why}`);
      await pause(50);
    }
  }

  /** Sends a signal and waits for the end; sends SIGKILL after the given time. Returns how long it took. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 15_000): Promise<number> {
    if (!this.runs) return 0;
    const began = performance.now();
    this.#child!.kill(signal);
    const late = setTimeout(() => this.#child!.kill('SIGKILL'), patienceMs);
    await this.#ended;
    clearTimeout(late);
    return performance.now() - began;
  }

  lastLines(count = 15): string {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  }
}

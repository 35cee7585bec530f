import type { Logger } from './logger.ts';

/**
 * Stay below the ten seconds after which `docker stop` kills a process that it asked to end, also on a busy machine.
 */
const longestMs = 8_000;

/** Closes all that was opened, in the opposite order, once and within a time limit. */
export class Ending {
  readonly #steps: { readonly name: string; readonly close: () => unknown }[] = [];
  readonly #abort = new AbortController();

  constructor(private readonly logger: Logger) {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        this.logger.info({ signal }, 'stopping');
        void this.end(0);
      });
    process.on('uncaughtException', (error) => void this.end(1, error));
    process.on('unhandledRejection', (error) => void this.end(1, error));
  }

  /** Aborts when the process is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Registers a step that runs before all steps registered so far. */
  before(name: string, close: () => unknown): void {
    this.#steps.push({ name, close });
  }

  async end(code: number, error?: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    if (error !== undefined) this.logger.fatal({ error }, error instanceof Error ? error.message : 'ending');
    this.#abort.abort();
    const timeout = setTimeout(() => {
      this.logger.error('not everything could be closed in time');
      process.exit(code || 1);
    }, longestMs);
    for (const { name, close } of this.#steps.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        this.logger.warn({ error }, `closing ${name}`);
      }
    }
    clearTimeout(timeout);
    this.logger.info('stopped');
    this.logger.flush();
    process.exit(code);
  }
}

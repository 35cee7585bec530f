import type { Logger } from './logger.ts';

/**
 * Whoever asks a process to end kills it after a while, `docker stop` after ten seconds; ours is over before, on a busy
 * machine, too.
 */
const longestMs = 8_000;

/** Takes down what was put up, in the opposite order, once and within a time. */
export class Ending {
  readonly #steps: { readonly what: string; readonly close: () => unknown }[] = [];
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

  /** Names what is to be closed before all that was named until now. */
  before(what: string, close: () => unknown): void {
    this.#steps.push({ what, close });
  }

  async end(code: number, why?: unknown): Promise<void> {
    if (this.#abort.signal.aborted) return;
    if (why !== undefined) this.logger.fatal({ error: why }, why instanceof Error ? why.message : 'ending');
    this.#abort.abort();
    const late = setTimeout(() => {
      this.logger.error('not everything could be closed in time');
      process.exit(code || 1);
    }, longestMs);
    for (const { what, close } of this.#steps.splice(0).toReversed()) {
      try {
        await close();
      } catch (error) {
        this.logger.warn({ error }, `closing ${what}`);
      }
    }
    clearTimeout(late);
    this.logger.info('stopped');
    this.logger.flush();
    process.exit(code);
  }
}

import { Worker } from 'node:worker_threads';
import type { Catalogue } from './catalogue.ts';
import { KustoError, type ErrorPosition, type KustoErrorCode } from './errors.ts';
import type { Options, Translation } from './translate.ts';

export type Answer =
  | { readonly translation: Translation }
  | { readonly error: { readonly code: KustoErrorCode; readonly message: string; readonly position?: ErrorPosition; readonly expectedToken?: string } }
  | { readonly fault: string };

export interface TranslatorOptions {
  /** A translation that takes longer ends with its worker. */
  readonly limitMs?: number;
  /** Loading the parser takes long, and counts for nothing. */
  readonly startMs?: number;
  /** More characters are no query. */
  readonly mostCharacters?: number;
}

interface Waiting {
  readonly text: string;
  readonly options: Options;
  readonly resolve: (translation: Translation) => void;
  readonly reject: (error: Error) => void;
}

const tooComplex = (): KustoError => new KustoError('QueryTooComplex', 'The query is too long or too complex to be read in time.');

/**
 * Translates queries in a thread of its own, one after the other: the language's parser takes seconds to load and hangs on
 * what is meant to make it hang, and neither may stop the service. The thread starts with the first query.
 */
export class KustoTranslator {
  readonly #limitMs: number;
  readonly #startMs: number;
  readonly #mostCharacters: number;
  readonly #queue: Waiting[] = [];
  #worker: Worker | undefined;
  #busy: { readonly waiting: Waiting; readonly timer: NodeJS.Timeout } | undefined;
  #isLoaded = false;

  constructor(private readonly catalogue: Catalogue, { limitMs = 1_000, startMs = 30_000, mostCharacters = 200_000 }: TranslatorOptions = {}) {
    this.#limitMs = limitMs;
    this.#startMs = startMs;
    this.#mostCharacters = mostCharacters;
  }

  /** @throws KustoError */
  translate(text: string, options: Options): Promise<Translation> {
    if (text.length > this.#mostCharacters) return Promise.reject(new KustoError('QueryTooComplex', `A query may have at most ${this.#mostCharacters} characters.`));
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, options, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    const { waiting } = this.#busy ?? {};
    for (const one of [...(waiting ? [waiting] : []), ...this.#queue.splice(0)]) one.reject(new Error('The translator is closed.'));
    await this.#end();
  }

  #next(): void {
    if (this.#busy) return;
    const waiting = this.#queue.shift();
    if (!waiting) return;
    const worker = this.#worker ??= this.#started();
    worker.ref();
    this.#arm(waiting);
    worker.postMessage({ text: waiting.text, options: waiting.options });
  }

  #arm(waiting: Waiting): void {
    const timer = setTimeout(() => { this.#giveUp(tooComplex()); }, this.#isLoaded ? this.#limitMs : this.#startMs);
    this.#busy = { waiting, timer };
  }

  #started(): Worker {
    this.#isLoaded = false;
    // Sources are run as they are in tests, and compiled everywhere else.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      workerData: this.catalogue, resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 8 }, execArgv: extension === 'ts' ? ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'] : [],
    });
    worker.on('message', (message: Answer | 'loaded') => { if (worker === this.#worker) this.#answered(message); });
    worker.on('error', () => { if (worker === this.#worker) this.#giveUp(tooComplex()); });
    return worker;
  }

  #answered(message: Answer | 'loaded'): void {
    if (message === 'loaded') {
      this.#isLoaded = true;
      if (this.#busy) { clearTimeout(this.#busy.timer); this.#arm(this.#busy.waiting); }
      return;
    }
    const { waiting, timer } = this.#busy!;
    clearTimeout(timer);
    this.#busy = undefined;
    this.#worker?.unref();
    if ('translation' in message) waiting.resolve(message.translation);
    else if ('error' in message) { const { code, message: text, position, expectedToken } = message.error; waiting.reject(new KustoError(code, text, position, expectedToken)); }
    else waiting.reject(new Error(message.fault));
    this.#next();
  }

  /** The query that hangs ends with its worker; the next one gets a new one. */
  #giveUp(error: Error): void {
    const busy = this.#busy;
    this.#busy = undefined;
    void this.#end();
    if (busy) { clearTimeout(busy.timer); busy.waiting.reject(error); }
    this.#next();
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (this.#busy) clearTimeout(this.#busy.timer);
    this.#busy = undefined;
    await worker?.terminate();
  }
}

import type { Catalogue } from './catalogue.ts';
import { KustoError, type ErrorPosition, type KustoErrorCode } from './errors.ts';
import { Child } from './child.ts';
import type { TranslateOptions, Translation } from './translate.ts';

export type TranslatorReply =
  | { readonly translation: Translation }
  | {
      readonly error: {
        readonly code: KustoErrorCode;
        readonly message: string;
        readonly position?: ErrorPosition;
        readonly expectedToken?: string;
      };
    }
  | { readonly fault: string };

export interface TranslationRequest {
  readonly text: string;
  readonly options: TranslateOptions;
}

export interface TranslatorOptions {
  /**
   * CPU time limit of one translation; beyond it the process is killed. CPU time, so that a busy machine does not make
   * a query too complex.
   */
  readonly limitMs?: number;
  /** Limit of the start, which loads the parser; it does not count as translation. */
  readonly startMs?: number;
  /** Limit of a query and its facets together. */
  readonly mostCharacters?: number;
}

interface Waiting extends TranslationRequest {
  readonly resolve: (translation: Translation) => void;
  readonly reject: (error: Error) => void;
}

/** On a busy machine a translation may take this many times its limit in elapsed time. */
const mostBusyness = 60;

const tooComplex = (): KustoError =>
  new KustoError('QueryTooComplex', 'The query is too long or too complex to be read in time.');

const charactersOf = ({ text, options }: TranslationRequest): number =>
  (options.facets ?? []).reduce(
    (sum, { expression, filter = '', sortBy = '' }) => sum + expression.length + filter.length + sortBy.length,
    text.length,
  );

/**
 * Translates queries one at a time in a child process. The parser takes seconds to load and hangs on hostile input, and
 * neither may block the service. A thread is not enough: terminating a busy thread can crash the whole process. The
 * child starts with the first query, does not keep an idle owner alive, and ends with its owner, even after a crash.
 */
export class KustoTranslator {
  readonly #limitMs: number;
  readonly #startMs: number;
  readonly #mostCharacters: number;
  readonly #queue: Waiting[] = [];
  #child: Child<TranslatorReply> | undefined;
  #busy: { readonly waiting: Waiting; readonly timer: NodeJS.Timeout } | undefined;
  #isLoaded = false;

  constructor(
    private readonly catalogue: Catalogue,
    { limitMs = 1_000, startMs = 30_000, mostCharacters = 200_000 }: TranslatorOptions = {},
  ) {
    this.#limitMs = limitMs;
    this.#startMs = startMs;
    this.#mostCharacters = mostCharacters;
  }

  /** @throws KustoError */
  translate(text: string, options: TranslateOptions): Promise<Translation> {
    if (charactersOf({ text, options }) > this.#mostCharacters)
      return Promise.reject(
        new KustoError('QueryTooComplex', `A query may have at most ${this.#mostCharacters} characters.`),
      );
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, options, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    const { waiting } = this.#busy ?? {};
    for (const one of [...(waiting ? [waiting] : []), ...this.#queue.splice(0)])
      one.reject(new Error('The translator is closed.'));
    await this.#end();
  }

  #next(): void {
    if (this.#busy) return;
    const waiting = this.#queue.shift();
    if (!waiting) return;
    const child = (this.#child ??= this.#started());
    child.ref();
    this.#arm(waiting, child);
    child.send({ text: waiting.text, options: waiting.options });
  }

  #arm(waiting: Waiting, child: Child<TranslatorReply>): void {
    const limitMs = this.#isLoaded ? this.#limitMs : this.#startMs;
    const [began, before] = [performance.now(), child.processorMs];
    const look = (afterMs: number): NodeJS.Timeout =>
      setTimeout(() => {
        const [waited, used] = [performance.now() - began, (child.processorMs ?? NaN) - (before ?? NaN)];
        if (used < limitMs && waited < limitMs * mostBusyness) this.#busy = { waiting, timer: look(limitMs - used) };
        else this.#giveUp(tooComplex());
      }, afterMs);
    this.#busy = { waiting, timer: look(limitMs) };
  }

  #started(): Child<TranslatorReply> {
    this.#isLoaded = false;
    const child: Child<TranslatorReply> = new Child(this.catalogue, {
      onLoaded: () => {
        if (child !== this.#child) return;
        this.#isLoaded = true;
        if (this.#busy) {
          clearTimeout(this.#busy.timer);
          this.#arm(this.#busy.waiting, child);
        }
      },
      onAnswer: (answer) => {
        if (child === this.#child) this.#answered(answer);
      },
      // A child that ends by itself ran out of memory, unless it ended before the first query.
      onEnd: (reason) => {
        if (child === this.#child)
          this.#giveUp(this.#isLoaded ? tooComplex() : new Error(`The translator ended at its start: ${reason}.`));
      },
    });
    return child;
  }

  #answered(answer: TranslatorReply): void {
    if (!this.#busy) return;
    const { waiting, timer } = this.#busy;
    clearTimeout(timer);
    this.#busy = undefined;
    this.#child?.unref();
    if ('translation' in answer) waiting.resolve(answer.translation);
    else if ('error' in answer) {
      const { code, message: text, position, expectedToken } = answer.error;
      waiting.reject(new KustoError(code, text, position, expectedToken));
    } else waiting.reject(new Error(answer.fault));
    this.#next();
  }

  /** Rejects the query and kills its process. The next query starts a new one. */
  #giveUp(error: Error): void {
    const { waiting } = this.#busy ?? {};
    void this.#end();
    waiting?.reject(error);
    this.#next();
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (this.#busy) clearTimeout(this.#busy.timer);
    this.#busy = undefined;
    await child?.kill();
  }
}

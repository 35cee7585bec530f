import type { Catalogue } from './catalogue.ts';
import { KustoError, type ErrorPosition, type KustoErrorCode } from './errors.ts';
import { Child } from './child.ts';
import type { Options, Translation } from './translate.ts';

export type Answer =
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

export interface Asking {
  readonly text: string;
  readonly options: Options;
}

export interface TranslatorOptions {
  /**
   * A translation that computes for longer ends with its process: a machine that is busy with something else makes no
   * query complex.
   */
  readonly limitMs?: number;
  /** Loading the parser takes long, and counts for nothing. */
  readonly startMs?: number;
  /** More characters, of a query and its facets together, are no query. */
  readonly mostCharacters?: number;
}

interface Waiting extends Asking {
  readonly resolve: (translation: Translation) => void;
  readonly reject: (error: Error) => void;
}

/** So many times its limit a translation may take where the machine gives it no more. */
const mostBusyness = 60;

const tooComplex = (): KustoError =>
  new KustoError('QueryTooComplex', 'The query is too long or too complex to be read in time.');

const charactersOf = ({ text, options }: Asking): number =>
  (options.facets ?? []).reduce(
    (sum, { expression, filter = '', sortBy = '' }) => sum + expression.length + filter.length + sortBy.length,
    text.length,
  );

/**
 * Translates queries in a process of its own, one after the other: the language's parser takes seconds to load and
 * hangs on what is meant to make it hang, and neither may stop the service. A thread would not do: to end one that is
 * busy can bring the whole process down. The process starts with the first query, keeps nobody from ending while it has
 * nothing to do, and ends with its owner, however he ends.
 */
export class KustoTranslator {
  readonly #limitMs: number;
  readonly #startMs: number;
  readonly #mostCharacters: number;
  readonly #queue: Waiting[] = [];
  #child: Child<Answer> | undefined;
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
  translate(text: string, options: Options): Promise<Translation> {
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

  #arm(waiting: Waiting, child: Child<Answer>): void {
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

  #started(): Child<Answer> {
    this.#isLoaded = false;
    const child: Child<Answer> = new Child(this.catalogue, {
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
      // One that ends by itself ran out of memory, unless it never got as far as reading a query.
      onEnd: (why) => {
        if (child === this.#child)
          this.#giveUp(this.#isLoaded ? tooComplex() : new Error(`The translator ended at its start: ${why}.`));
      },
    });
    return child;
  }

  #answered(answer: Answer): void {
    const { waiting, timer } = this.#busy!;
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

  /** The query that hangs ends with its process; the next one gets a new one. */
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

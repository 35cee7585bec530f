import { DatabaseError, remedyFor, whyOf } from '@assay/advisories';
import { backoffMs } from '@assay/backoff';
import { systemClock, type Clock } from '@assay/event-sourcing';

const backoff = { firstMs: 1000, longestMs: 5 * 60_000 };

interface Failed {
  readonly why: string;
  readonly remedy: string | undefined;
  /** True if another attempt cannot help: the database itself is at fault. */
  readonly isRefused: boolean;
}

/** The attempts to put one announced database to use, by its digest. */
export class Attempts {
  #digest: string | undefined;
  #failures = 0;
  #last: Failed | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(
    private readonly again: () => void,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Another database is wanted: attempts of the one before count no more. */
  of(digest: string | undefined): void {
    if (digest === this.#digest) return;
    this.#digest = digest;
    this.#failures = 0;
    this.succeeded();
  }

  /** True if an attempt may be made now. */
  get isDue(): boolean {
    return this.#stopWaiting === undefined && this.#last?.isRefused !== true;
  }

  succeeded(): void {
    this.#last = undefined;
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  /** Another attempt is made later, unless the database itself is at fault. */
  failed(digest: string, error: unknown): void {
    if (digest !== this.#digest) return;
    const isRefused = error instanceof DatabaseError;
    this.#last = { why: whyOf(error), remedy: remedyFor(error), isRefused };
    this.#failures += 1;
    if (isRefused) return;
    this.#stopWaiting = this.clock.after(backoffMs(backoff, this.#failures - 1, this.clock.random()), () => {
      this.#stopWaiting = undefined;
      this.again();
    });
  }

  /** True before the first failure. Only that one is reported. */
  get isFirst(): boolean {
    return this.#failures === 0;
  }

  /** The obstacle in words, and what to do. */
  get obstacle(): { readonly state: string; readonly remedy: string | undefined } {
    const { why, remedy, isRefused = false } = this.#last ?? {};
    return { state: `${isRefused ? 'is refused' : 'is not in use yet'}${why === undefined ? '' : `: ${why}`}`, remedy };
  }
}

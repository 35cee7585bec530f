import { behind, isFrom, type ChangePosition, type PublishedChange } from '../intake/changes.ts';

export interface ChangeFeedPorts {
  /** The position behind everything that the tables hold now. */
  readonly position: () => Promise<ChangePosition>;
  /** At most `most` changes from a position on, in an order that keeps that of each partition. */
  readonly read: (position: ChangePosition, most: number) => Promise<readonly PublishedChange[]>;
}

/** Changes that are kept for readers that are nearly up to date. All others read the tables. */
const mostKept = 1_000;
/** Changes of one reading. */
const mostRead = 500;

/**
 * Hands changes of recommendations to readers, in the order of the tables. Readers of the newest changes share one
 * reading of the tables after each write. Nothing is kept for a single reader: each asks for what is behind its own
 * position.
 */
export class ChangeFeed {
  /** The latest changes, from `#floor` to `#head`. Undefined without readers. */
  #kept: readonly PublishedChange[] = [];
  #floor: ChangePosition | undefined;
  #head: ChangePosition = [];
  #reading: Promise<void> | undefined;
  /** Number of writes so far. */
  #writes = 0;
  /** The number of writes before the last reading began. */
  #readAt = 0;
  #changed = Promise.withResolvers<void>();
  #over = new AbortController();
  /** Number of open readers. */
  readers = 0;

  constructor(private readonly ports: ChangeFeedPorts) {}

  /** Aborts when all readers must end: at shutdown, or because the log is another one. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** The tables may hold more changes. */
  notify(): void {
    this.#writes += 1;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Adds a reader until the returned function is called. */
  open(): () => void {
    this.readers += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.readers -= 1;
      if (this.readers > 0) return;
      this.#kept = [];
      this.#floor = undefined;
    };
  }

  /** Ends all readers. */
  end(): void {
    this.#over.abort();
  }

  /** Ends all readers, since their positions mean nothing any more. Later readers begin again. */
  restart(): void {
    const over = this.#over;
    this.#over = new AbortController();
    this.#kept = [];
    this.#floor = undefined;
    over.abort();
  }

  /** A promise that is kept at the next write. */
  get next(): Promise<void> {
    return this.#changed.promise;
  }

  /** Some changes from a position on; none if there are no more. */
  async from(position: ChangePosition): Promise<readonly PublishedChange[]> {
    await this.#upToDate();
    const floor = this.#floor;
    if (floor?.every((next, partition) => next <= (position[partition] ?? 0)))
      return this.#kept.filter((change) => isFrom(position, change)).slice(0, mostRead);
    return this.ports.read(position, mostRead);
  }

  /** Reads what was written since the last reading. Callers meanwhile share one reading that began after their call. */
  async #upToDate(): Promise<void> {
    while (this.#floor === undefined || this.#readAt < this.#writes) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
      if (this.readers === 0) return;
    }
  }

  async #read(): Promise<void> {
    const writes = this.#writes;
    if (this.#floor === undefined) {
      const position = await this.ports.position();
      this.#floor = this.#head = position;
    } else {
      for (let more = true; more;) {
        const changes = await this.ports.read(this.#head, mostRead);
        // The readers may be gone, or the log another one.
        if (this.#floor === undefined) return;
        const kept = [...this.#kept, ...changes];
        const dropped = kept.slice(0, Math.max(0, kept.length - mostKept));
        this.#kept = kept.slice(dropped.length);
        this.#floor = dropped.reduce(behind, this.#floor);
        this.#head = changes.reduce(behind, this.#head);
        more = changes.length === mostRead;
      }
    }
    this.#readAt = writes;
  }
}

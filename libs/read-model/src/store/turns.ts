import { steadyClock, type Clock } from '@assay/event-sourcing';

/** Share of a caller's used time that is remembered after each turn. */
const remembered = 0.8;

/** A caller has as many tasks in the line as it may have. */
export class TooManyWaiting extends Error {
  readonly code = 'too-many-waiting';

  constructor(readonly mostWaiting: number) {
    super(`${mostWaiting} requests of this caller wait already`);
  }
}

export interface TurnBounds {
  /** Tasks that run at the same time. */
  readonly places?: number;
  /** Tasks of one caller that run at the same time. */
  readonly ofCaller?: number;
  /** A task that has run for so long must end if a task of another caller waits, ms. */
  readonly yieldsAfterMs?: number;
}

export interface TurnOptions {
  /** Aborts when the client is gone: a task that waits leaves the line. */
  readonly closed?: AbortSignal | undefined;
  /** Tasks of this caller that may wait. */
  readonly mostWaiting?: number;
}

interface Task {
  readonly caller: string;
  readonly begin: () => void;
  readonly yields: AbortController;
  since: number;
}

/**
 * Runs a few tasks at a time. The caller that used least time recently goes first, so that callers with many tasks wait
 * behind those with few. No caller waits forever, since used time is forgotten with each turn of others.
 */
export class Turns {
  /** Tasks that wait. A caller whose turn was last is last. */
  readonly #lines = new Map<string, Task[]>();
  readonly #running = new Set<Task>();
  /** ms. */
  readonly #used = new Map<string, number>();
  readonly #bounds: Required<TurnBounds>;

  constructor(
    { places = 1, ofCaller = Infinity, yieldsAfterMs = Infinity }: TurnBounds = {},
    private readonly clock: Pick<Clock, 'now' | 'after'> = steadyClock,
  ) {
    this.#bounds = { places, ofCaller, yieldsAfterMs };
  }

  /**
   * Runs a task in its turn.
   *
   * @param work gets a signal that aborts when it must make place for others
   * @throws TooManyWaiting
   * @throws the reason of `closed`, if it aborts before the task begins
   */
  async take<T>(caller: string, work: (yields: AbortSignal) => Promise<T>, options: TurnOptions = {}): Promise<T> {
    const task = await this.#begun(caller, options);
    const cancel =
      this.#bounds.yieldsAfterMs === Infinity
        ? undefined
        : this.clock.after(this.#bounds.yieldsAfterMs, () => this.#makePlace());
    try {
      return await work(task.yields.signal);
    } finally {
      cancel?.();
      this.#running.delete(task);
      this.#charge(caller, this.clock.now() - task.since);
      this.#next();
    }
  }

  async #begun(caller: string, { closed, mostWaiting = Infinity }: TurnOptions): Promise<Task> {
    closed?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const task: Task = { caller, begin: resolve, yields: new AbortController(), since: 0 };
    this.#lines.set(caller, [...(this.#lines.get(caller) ?? []), task]);
    this.#next();
    const waiting = this.#lines.get(caller) ?? [];
    if (waiting.length > mostWaiting && waiting.includes(task)) {
      this.#leave(task);
      throw new TooManyWaiting(mostWaiting);
    }
    const leave = (): void => {
      this.#leave(task);
      reject(closed?.reason as Error);
    };
    closed?.addEventListener('abort', leave);
    this.#makePlace();
    await promise.finally(() => closed?.removeEventListener('abort', leave));
    return task;
  }

  #leave(task: Task): void {
    const others = (this.#lines.get(task.caller) ?? []).filter((each) => each !== task);
    if (others.length > 0) this.#lines.set(task.caller, others);
    else this.#lines.delete(task.caller);
  }

  /** Asks the task that has run longest to end, if it has run long enough and a task of another caller waits. */
  #makePlace(): void {
    const now = this.clock.now();
    for (const { caller, since, yields } of this.#running) {
      const isDue = !yields.signal.aborted && now - since >= this.#bounds.yieldsAfterMs;
      if (isDue && [...this.#lines.keys()].some((other) => other !== caller)) return yields.abort();
    }
  }

  #charge(caller: string, ms: number): void {
    for (const [one, used] of this.#used) {
      if (used < 1) this.#used.delete(one);
      else this.#used.set(one, used * remembered);
    }
    this.#used.set(caller, (this.#used.get(caller) ?? 0) + Math.floor(ms));
  }

  #next(): void {
    if (this.#running.size >= this.#bounds.places) return;
    const used = (caller: string): number => this.#used.get(caller) ?? 0;
    const runs = (caller: string): number => [...this.#running].filter((task) => task.caller === caller).length;
    const [caller] = [...this.#lines.keys()]
      .filter((each) => runs(each) < this.#bounds.ofCaller)
      .toSorted((a, b) => used(a) - used(b));
    const [task] = this.#lines.get(caller ?? '') ?? [];
    if (!task) return;
    this.#leave(task);
    // Goes behind all callers that used as little.
    const others = this.#lines.get(task.caller);
    if (others) {
      this.#lines.delete(task.caller);
      this.#lines.set(task.caller, others);
    }
    task.since = this.clock.now();
    this.#running.add(task);
    task.begin();
  }
}

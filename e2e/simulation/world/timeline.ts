/** A future event, unless it is cancelled. */
export interface Happening {
  readonly due: number;
  run: (() => void) | undefined;
}

/** Virtual time: events run in the order of their due time. Nothing else moves the clock. */
export class Timeline {
  /** Milliseconds since the epoch, with fractions. */
  now: number;
  steps = 0;
  readonly #heap: Happening[] = [];

  constructor(start: number) {
    this.now = start;
  }

  at(due: number, run: () => void): Happening {
    const happening: Happening = { due: Math.max(due, this.now), run };
    this.#heap.push(happening);
    this.#up(this.#heap.length - 1);
    return happening;
  }

  after(ms: number, run: () => void): Happening {
    return this.at(this.now + ms, run);
  }

  /** The due time of the next event. */
  get due(): number {
    return this.#heap[0]?.due ?? Infinity;
  }

  /** Runs the next event; false if there is none. */
  step(): boolean {
    for (;;) {
      const next = this.#pop();
      if (!next) return false;
      if (!next.run) continue;
      this.now = Math.max(this.now, next.due);
      this.steps += 1;
      next.run();
      return true;
    }
  }

  /** Lets time pass without events: everything that was due is late. */
  jump(ms: number): void {
    this.now += ms;
  }

  #up(at: number): void {
    const heap = this.#heap;
    const moved = heap[at]!;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (heap[above]!.due <= moved.due) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = moved;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.due < heap[below]!.due) below += 1;
      if (heap[below]!.due >= last.due) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

const resolved = Promise.resolve();

/**
 * Repeats a step until it returns false. Before each step, everything that does not wait for the timeline goes on. It
 * costs no turn of the event loop.
 */
export const settling = (step: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const soon = (): void => {
      process.nextTick(next);
    };
    const next = (): void => {
      try {
        // Goes through a microtask: a tick set by another tick would run before the microtasks of that one.
        if (step()) void resolved.then(soon);
        else resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    soon();
  });

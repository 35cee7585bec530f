/** Something that will happen, unless it is called off. */
export interface Happening {
  readonly due: number;
  run: (() => void) | undefined;
}

/** Virtual time: what is to happen, in the order of its time. Nothing else moves the clock. */
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

  /** When the next thing will happen. */
  get due(): number {
    return this.#heap[0]?.due ?? Infinity;
  }

  /** Lets the next thing happen; false when nothing will. */
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

  /** Time passes in which nothing happens: everything that was due is late. */
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
 * Does something again and again until it says that it was the last time, and before each time lets everything go on
 * that does not wait for the timeline. Costs no turn of the event loop.
 */
export const settling = (step: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const soon = (): void => {
      process.nextTick(next);
    };
    const next = (): void => {
      try {
        // By way of a microtask: a tick that was set by another would come before the microtasks of that one.
        if (step()) void resolved.then(soon);
        else resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    soon();
  });

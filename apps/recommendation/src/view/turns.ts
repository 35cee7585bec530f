import { setTimeout as pause } from 'node:timers/promises';

/** Of a thread that others want, this much is left to them for each millisecond of ours: ours is a tenth. */
const timesOurs = 9;
/** Nor are they let go first for longer, so that those who read are never sent away for courtesy alone. */
const mostMs = 5_000;
/** How long is looked before it is said whether others want the thread, and how much of that they must take. */
const lookMs = 10;
const isWanted = 0.9;

/**
 * Lets those who share the thread go first. Writing the read model costs as much as deciding does: while more comes than
 * both can take, what is said about an image is not held up by its being written down for readers, who are behind then anyway.
 * It is done no later for that, since the thread has the same work, and at once where the thread has time.
 */
export class Turns {
  #theirsUntil = 0;
  #isOver = false;

  /** Ours took this long (ms). */
  took(ms: number): void {
    this.#theirsUntil = performance.now() + Math.min(mostMs, ms * timesOurs);
  }

  /** Resolves when it is our turn again. */
  async ours(): Promise<void> {
    while (!this.#isOver && performance.now() < this.#theirsUntil) {
      const before = performance.eventLoopUtilization();
      await pause(lookMs);
      if (performance.eventLoopUtilization(before).utilization < isWanted) return;
    }
  }

  /** From here on nobody is let go first. */
  end(): void {
    this.#isOver = true;
  }
}

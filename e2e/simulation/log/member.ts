import type { PartitionOwner } from '@assay/messaging';
import type { Process } from '../world/process.ts';
import { Loop } from './loop.ts';
import type { SimulatedRecords } from './records.ts';

/**
 * One member of a group, with the partition numbers that it works on. These are its own, and those that it has not yet
 * been asked to release.
 */
export class Member {
  readonly #loops = new Map<number, Loop>();
  readonly #ending = new Map<number, Promise<void>>();

  constructor(
    readonly process: Process,
    private readonly topics: readonly string[],
    private readonly owner: PartitionOwner,
    private readonly records: SimulatedRecords,
  ) {}

  owned(): readonly number[] {
    return [...this.#loops.keys()].toSorted((a, b) => a - b);
  }

  reopen(partition: number): void {
    this.#loops.get(partition)?.reopen();
  }

  /**
   * Assigns the number to the member. If the member still releases it, the member takes it after that, unless another
   * member has it by then.
   */
  async begin(partition: number, isItsTurn: () => boolean): Promise<void> {
    await this.#ending.get(partition);
    if (isItsTurn() && this.process.alive && !this.#loops.has(partition))
      this.#loops.set(partition, new Loop(partition, this.topics, this.owner, this.records, this.process));
  }

  /** Releases a number. */
  end(partition: number): Promise<void> {
    const loop = this.#loops.get(partition);
    if (!loop) return this.#ending.get(partition) ?? Promise.resolve();
    this.#loops.delete(partition);
    const ending = loop.stop().then(() => {
      if (this.#ending.get(partition) === ending) this.#ending.delete(partition);
    });
    this.#ending.set(partition, ending);
    return ending;
  }
}

const mebibyte = 2 ** 20;
/** What caches that are bounded may still take after the first turns. */
const mayGrow = 64 * mebibyte;
/** Before that, code is compiled and caches fill. */
const firstTurns = 3;

/** What Node itself holds, once `collect` has taken the garbage away. */
export const heldAfter = (collect: () => void): number => {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** What is held after all garbage is gone, turn by turn. */
export class Memory {
  readonly #held: number[] = [];

  /** @param held how many bytes are held now */
  constructor(private readonly held: () => number) {}

  look(): void {
    this.#held.push(this.held());
  }

  get words(): string {
    return this.#held.length === 0
      ? 'nothing measured'
      : `${Math.round(this.#held[0]! / mebibyte)} MiB after the first turn, ${Math.round(this.#held.at(-1)! / mebibyte)} MiB after the last, ${Math.round(Math.max(...this.#held) / mebibyte)} MiB at most`;
  }

  /**
   * Whether what is held at the end is more than what was held at the beginning, in whole turns and not for a moment.
   */
  get grew(): boolean {
    const turns = this.#held.slice(firstTurns);
    if (turns.length < 4) return false;
    const part = Math.ceil(turns.length / 4);
    return Math.min(...turns.slice(-part)) > Math.max(...turns.slice(0, part)) + mayGrow;
  }
}

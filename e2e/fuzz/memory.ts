const mebibyte = 2 ** 20;
/** Bounded caches may still grow by this much after the first turns. */
const mayGrow = 64 * mebibyte;
/** Before that, code is compiled and caches fill. */
const firstTurns = 3;

/** Bytes that Node holds once `collect` has freed the garbage. */
export const heldAfter = (collect: () => void): number => {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Records the memory in use after each turn, with all garbage freed. */
export class Memory {
  readonly #held: number[] = [];

  /** @param held returns the bytes in use now */
  constructor(private readonly held: () => number) {}

  look(): void {
    this.#held.push(this.held());
  }

  get summary(): string {
    return this.#held.length === 0
      ? 'nothing measured'
      : `${Math.round(this.#held[0]! / mebibyte)} MiB after the first turn, ` +
          `${Math.round(this.#held.at(-1)! / mebibyte)} MiB after the last, ` +
          `${Math.round(Math.max(...this.#held) / mebibyte)} MiB at most`;
  }

  /** True if more is held at the end than at the beginning, over whole turns and not for a moment. */
  get grew(): boolean {
    const turns = this.#held.slice(firstTurns);
    if (turns.length < 4) return false;
    const part = Math.ceil(turns.length / 4);
    return Math.min(...turns.slice(-part)) > Math.max(...turns.slice(0, part)) + mayGrow;
  }
}

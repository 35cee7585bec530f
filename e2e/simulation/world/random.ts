/** Random numbers from a seed: the same seed gives the same draws (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number) {
    [this.#a, this.#b, this.#c] = [mixed(seed | 0), mixed(Math.floor(seed / 2 ** 32) ^ 0x9e3779b9), 0x85ebca6b];
    for (let n = 0; n < 12; n += 1) this.next();
  }

  /** From 0 up to but not including 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(Math.floor(this.next() * left.length), 1)[0]!);
  }
}

const mixed = (from: number): number => {
  let x = Math.imul(from ^ (from >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
};

/** The seed of the nth schedule of a run. The first is the run's own, so that any schedule can be run alone. */
export const seedOf = (seed: number, n: number): number => {
  if (n === 0) return seed;
  const random = new Random(seed + n * 2 ** 20);
  return Math.floor(random.next() * 2 ** 21) * 2 ** 31 + Math.floor(random.next() * 2 ** 31);
};

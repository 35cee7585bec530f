import { createHash, type Hash } from 'node:crypto';

/** Formats JSON with sorted keys: equal values give equal texts. */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
};

/** Count and checksum over all values in order. */
export interface Summed {
  readonly count: number;
  readonly sha256: string;
}

export class Sum {
  readonly #hash: Hash = createHash('sha256');
  #count = 0;

  add(line: string): void {
    this.#hash.update(line).update('\n');
    this.#count += 1;
  }

  get total(): Summed {
    return { count: this.#count, sha256: this.#hash.copy().digest('hex') };
  }
}

export const summed = (values: readonly unknown[]): Summed => {
  const sum = new Sum();
  for (const value of values) sum.add(canonical(value));
  return sum.total;
};

import { hash } from 'node:crypto';

/** Numbers of one entry: two of the key, two of the value, one of the tag. */
const width = 5;
const firstCapacity = 1024;

/** How a value and its tag compare with those that are kept. */
export interface Compared {
  readonly isSame: boolean;
  readonly hasTag: boolean;
}

/**
 * A map from texts to texts, each with a tag. It keeps the hashes of key and value, and half of that of the tag: some
 * 10 MiB for 250,000 entries. It only answers whether a key is known, and whether its value and its tag are the same.
 * Open addressing with linear probing; nothing is removed.
 */
export class HashMap {
  #table = new Uint32Array(firstCapacity * width);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Keeps the value of a key. The last one stays. */
  set(key: Hash, value: Hash, [tag]: Hash): void {
    if (this.#size * 2 >= this.#table.length / width) this.#grow();
    this.#put(key, value, tag);
  }

  /** Compares the value of a key with the one that is kept. Undefined if there is none. */
  compare(key: Hash, [high, low]: Hash, [tag]: Hash): Compared | undefined {
    const at = this.#find(key);
    if (this.#isFree(at)) return undefined;
    return {
      isSame: this.#table[at + 2] === high && this.#table[at + 3] === low,
      hasTag: this.#table[at + 4] === tag,
    };
  }

  #put(key: Hash, [high, low]: Hash, tag: number): void {
    const at = this.#find(key);
    if (this.#isFree(at)) {
      this.#table.set(key, at);
      this.#size += 1;
    }
    this.#table[at + 2] = high;
    this.#table[at + 3] = low;
    this.#table[at + 4] = tag;
  }

  #isFree(at: number): boolean {
    return this.#table[at] === 0 && this.#table[at + 1] === 0;
  }

  /** The place of a key, or the free one where it belongs. */
  #find([high, low]: Hash): number {
    const { length } = this.#table;
    let at = (low * width) % length;
    while (!this.#isFree(at) && !(this.#table[at] === high && this.#table[at + 1] === low)) at = (at + width) % length;
    return at;
  }

  #grow(): void {
    const before = this.#table;
    this.#table = new Uint32Array(before.length * 2);
    this.#size = 0;
    for (let at = 0; at < before.length; at += width) {
      const [keyHigh = 0, keyLow = 0, high = 0, low = 0, tag = 0] = before.subarray(at, at + width);
      if (keyHigh !== 0 || keyLow !== 0) this.#put([keyHigh, keyLow], [high, low], tag);
    }
  }
}

/** The first 8 bytes of the SHA-256 of a text, as two numbers. */
export type Hash = readonly [high: number, low: number];

/** Never all zeros, which stand for a free place. */
export const hashOf = (text: string): Hash => {
  const bytes = hash('sha256', text, 'buffer');
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4) || 1];
};

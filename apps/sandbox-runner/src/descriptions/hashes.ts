import { hash } from 'node:crypto';

/** Numbers of one entry: two of the key, two of the value. */
const width = 4;
const firstCapacity = 1024;

/**
 * A map from texts to texts that keeps 8 bytes of SHA-256 of each: some 8 MiB for 250,000 entries. It only answers
 * whether a key is known, and whether its value is the same. Open addressing with linear probing; nothing is removed.
 */
export class HashMap {
  #table = new Uint32Array(firstCapacity * width);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Keeps the value of a key. The last one stays. */
  set(key: string, value: string): void {
    if (this.#size * 2 >= this.#table.length / width) this.#grow();
    this.#put(hashOf(key), hashOf(value));
  }

  /** Compares the value of a key with the one that is kept, if there is one. */
  compare(key: string, value: string): 'unknown' | 'same' | 'other' {
    const at = this.#find(hashOf(key));
    if (this.#isFree(at)) return 'unknown';
    const [high, low] = hashOf(value);
    return this.#table[at + 2] === high && this.#table[at + 3] === low ? 'same' : 'other';
  }

  #put(key: Hash, [high, low]: Hash): void {
    const at = this.#find(key);
    if (this.#isFree(at)) {
      this.#table.set(key, at);
      this.#size += 1;
    }
    this.#table[at + 2] = high;
    this.#table[at + 3] = low;
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
      const [keyHigh = 0, keyLow = 0, high = 0, low = 0] = before.subarray(at, at + width);
      if (keyHigh !== 0 || keyLow !== 0) this.#put([keyHigh, keyLow], [high, low]);
    }
  }
}

type Hash = readonly [high: number, low: number];

/** Never all zeros, which stand for a free place. */
const hashOf = (text: string): Hash => {
  const bytes = hash('sha256', text, 'buffer');
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4) || 1];
};

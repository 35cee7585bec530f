/** Bits for each text: one in a hundred texts that were not put in seems to be there. */
const bitsPerText = 10;
const leastBytes = 4;

/** The mixing at the end of MurmurHash3. Returns 32 bits. */
const mixed = (hash: number): number => {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
};

/** The part of a text that decides on its bits: two numbers of 32 bits. */
export interface TextHash {
  readonly first: number;
  /** Odd, so that the bits of a text differ. */
  readonly step: number;
}

/** Two FNV-1a hashes over UTF-16 code units, made in one pass. */
export const hashOf = (text: string): TextHash => {
  let [first, second] = [0x811c9dc5, 0x811c9dc5 ^ 0x9747b28c];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x01000193);
  }
  return { first: mixed(first), step: (mixed(second) | 1) >>> 0 };
};

/**
 * True if the function holds for every bit of a text in a filter.
 *
 * @param size of the filter in bits
 */
const everyBit = ({ first, step }: TextHash, count: number, size: number, holds: (bit: number) => boolean): boolean => {
  let value = first;
  for (let left = count; left > 0; left -= 1) {
    if (!holds(value % size)) return false;
    value = (value + step) >>> 0;
  }
  return true;
};

/**
 * A Bloom filter of texts: it finds every text that was put in, and few others. The more texts, the larger it is, up to
 * a limit; beyond it, it finds more that were not put in.
 *
 * @param texts each once: repeats make it larger
 * @param most limit in bytes
 * @returns at most 4 characters for each 3 bytes of the limit, and 4 more
 */
export const filterOf = (texts: readonly TextHash[], most: number): string => {
  const bytes = Math.min(most, Math.max(leastBytes, Math.ceil((texts.length * bitsPerText) / 8)));
  const count = Math.max(1, Math.min(7, Math.round(((bytes * 8) / Math.max(1, texts.length)) * Math.LN2)));
  const filter = Buffer.alloc(1 + bytes);
  filter[0] = count;
  const put = (bit: number): boolean => {
    const byte = 1 + (bit >> 3);
    filter[byte] = (filter[byte] ?? 0) | (1 << (bit & 7));
    return true;
  };
  for (const text of texts) everyBit(text, count, bytes * 8, put);
  return filter.toString('base64');
};

/** Opens a filter: a function that is true for every text that was put in, and for few others. */
export const openFilter = (filter: string): ((text: string) => boolean) => {
  const bytes = Buffer.from(filter, 'base64');
  const [count = 0] = bytes;
  const size = (bytes.length - 1) * 8;
  const has = (bit: number): boolean => ((bytes[1 + (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0;
  return (text) => everyBit(hashOf(text), count, size, has);
};

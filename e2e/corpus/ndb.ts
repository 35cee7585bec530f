import { DatabaseSync } from 'node:sqlite';

const [pageBytes, blockBytes, headBytes, tailBytes, firstSlot] = [4096, 16, 16, 12, 32];

const adler32 = (bytes: Buffer): number => {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
};

const wordsOf = (...values: readonly (string | number)[]): Buffer =>
  Buffer.concat(
    values.map((value) => {
      const word = Buffer.alloc(4);
      if (typeof value === 'string') word.write(value, 'latin1');
      else word.writeUInt32LE(value);
      return word;
    }),
  );

/**
 * The headers that rpm wrote to a database of SQLite, as a database of ndb, which Debian's rpm does not write: rpm,
 * lib/backend/ndb/rpmpkg.c.
 */
export const ndbOf = (sqlite: string): Buffer => {
  const database = new DatabaseSync(sqlite, { readOnly: true });
  const headers = database.prepare('select blob from Packages order by hnum').all() as { blob: Uint8Array }[];
  database.close();
  const page = Buffer.alloc(pageBytes);
  for (let at = firstSlot; at < pageBytes; at += blockBytes) page.write('Slot', at, 'latin1');
  wordsOf('RpmP', 0, 1, 1, headers.length + 1).copy(page);
  const blobs: Buffer[] = [];
  let block = pageBytes / blockBytes;
  for (const [at, { blob }] of headers.entries()) {
    const index = at + 1;
    const blocks = Math.ceil((headBytes + blob.length + tailBytes) / blockBytes);
    const body = Buffer.alloc(blocks * blockBytes - tailBytes);
    wordsOf('BlbS', index, 1, blob.length).copy(body);
    body.set(blob, headBytes);
    blobs.push(body, wordsOf(adler32(body), blob.length, 'BlbE'));
    wordsOf('Slot', index, block, blocks).copy(page, firstSlot + at * blockBytes);
    block += blocks;
  }
  return Buffer.concat([page, ...blobs]);
};

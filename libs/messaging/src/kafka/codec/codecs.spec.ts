import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import { decompressed, maxBatchBytes } from './codecs.ts';

const [gzip, snappy, lz4, zstd] = [1, 2, 3, 4];

const sized = (bytes: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};
/** Framing of Java's library: a header, then each block after its size. */
const xerial = (...blocks: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('\x82SNAPPY\0', 'latin1'),
    Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]),
    ...blocks.map((block) => sized(compressSync(block))),
  ]);
/** A frame of another program, to be skipped. */
const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);

const pieces = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: 300_000 }).map((length) => new Uint8Array(length).fill(7)),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => all.map((piece) => Buffer.from(piece)));

describe('a batch compressed by other programs', () => {
  it.each<[string, number, (all: readonly Buffer[]) => Buffer]>([
    ['gzip', gzip, (all) => gzipSync(Buffer.concat(all))],
    ['gzip in several members', gzip, (all) => Buffer.concat(all.map((piece) => gzipSync(piece)))],
    ['snappy', snappy, (all) => compressSync(Buffer.concat(all))],
    ['snappy as Java frames it', snappy, (all) => xerial(...all)],
    ['lz4', lz4, (all) => compressFrameSync(Buffer.concat(all))],
    [
      'lz4 with checksums',
      lz4,
      (all) => compressFrameSync(Buffer.concat(all), { contentChecksum: true, blockChecksums: true }),
    ],
    ['zstd', zstd, (all) => zstdCompressSync(Buffer.concat(all))],
    [
      'zstd in several frames',
      zstd,
      (all) => Buffer.concat([skippable, ...all.flatMap((piece) => [zstdCompressSync(piece), skippable])]),
    ],
  ])('is decompressed: %s', (_, kind, compress) =>
    fc.assert(
      fc.asyncProperty(pieces, async (all) => {
        expect((await decompressed(compress(all), kind)).equals(Buffer.concat(all))).toBe(true);
      }),
      { numRuns: 40 },
    ),
  );

  // lz4's library accepts a truncated frame; the reader of the records notices that some are missing.
  it.each([
    ['gzip', gzip, gzipSync('a'.repeat(2000))],
    ['snappy', snappy, xerial(Buffer.from('a'.repeat(2000)))],
    ['zstd', zstd, zstdCompressSync('a'.repeat(2000))],
  ])('is refused where its end is missing: %s', async (_, kind, bytes) => {
    for (const length of [1, 5, bytes.length - 5, bytes.length - 1])
      await expect((async () => decompressed(bytes.subarray(0, length), kind))()).rejects.toThrow();
  });

  it.each<[string, number, (bytes: Buffer) => Buffer]>([
    ['gzip', gzip, (bytes) => gzipSync(bytes)],
    [
      'gzip in several members',
      gzip,
      (bytes) => Buffer.concat([gzipSync(bytes.subarray(0, 9)), gzipSync(bytes.subarray(9))]),
    ],
    ['snappy', snappy, (bytes) => compressSync(bytes)],
    ['snappy as Java frames it', snappy, (bytes) => xerial(bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000))],
    ['lz4', lz4, (bytes) => compressFrameSync(bytes)],
    ['zstd', zstd, (bytes) => zstdCompressSync(bytes)],
    [
      'zstd in several frames',
      zstd,
      (bytes) =>
        Buffer.concat([skippable, ...[0, 1_000_000].map((at) => zstdCompressSync(bytes.subarray(at, at + 1_000_000)))]),
    ],
  ])('may have a certain size, decompressed, and no more: %s', async (_, kind, compress) => {
    expect(await decompressed(compress(Buffer.alloc(maxBatchBytes)), kind)).toHaveLength(maxBatchBytes);
    await expect(decompressed(compress(Buffer.alloc(maxBatchBytes + 1)), kind)).rejects.toThrow(
      `its batch has more than ${maxBatchBytes} bytes, decompressed`,
    );
  });

  it('is unchanged where it was not compressed', async () =>
    expect(await decompressed(Buffer.from('as it is'), 0x10)).toEqual(Buffer.from('as it is')));
});

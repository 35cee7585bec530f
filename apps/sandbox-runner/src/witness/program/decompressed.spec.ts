import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decompressed, unzstd } from './decompressed.ts';

/** A frame with notes of a tool, which readers skip. */
const skipped = (notes: string): Buffer => {
  const head = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(notes.length, 4);
  return Buffer.concat([head, Buffer.from(notes)]);
};
const pieces = async function* (bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
};
const all = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const found: Buffer[] = [];
  for await (const piece of stream) found.push(piece);
  return Buffer.concat(found);
};
const contentOf = async (...stored: readonly Uint8Array[]): Promise<Buffer> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-decompressed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'layer');
  writeFileSync(path, Buffer.concat(stored));
  return all(decompressed(path));
};
const textOf = async (...stored: readonly Uint8Array[]): Promise<string> => (await contentOf(...stored)).toString();
const text = (...bytes: number[]): Buffer => Buffer.from(bytes);

describe('a zstd stream', () => {
  it('is read to its end, for any frames and any boundaries of its pieces', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            {
              weight: 3,
              arbitrary: fc.record({
                bytes: fc
                  .constantFrom(0, 1, 1000, 300_000)
                  .chain((length) => fc.constantFrom(Buffer.alloc(length, 'a'), randomBytes(length))),
              }),
            },
            { weight: 1, arbitrary: fc.record({ notes: fc.constantFrom('', 'a note') }) },
          ),
          { minLength: 1, maxLength: 6 },
        ),
        fc.constantFrom(1, 2, 3, 100),
        async (frames, cuts) => {
          const whole = Buffer.concat(
            frames.map((frame) => ('bytes' in frame ? zstdCompressSync(frame.bytes) : skipped(frame.notes))),
          );
          const expected = Buffer.concat(frames.flatMap((frame) => ('bytes' in frame ? [frame.bytes] : [])));
          expect((await all(unzstd(pieces(whole, Math.ceil(whole.length / cuts))))).equals(expected)).toBe(true);
        },
      ),
      { numRuns: 40 },
    ));

  it.each<[string, Buffer]>([
    ['that is cut off', Buffer.concat([zstdCompressSync('one'), zstdCompressSync(randomBytes(1000)).subarray(0, 500)])],
    ['with something else behind it', Buffer.concat([zstdCompressSync('one'), Buffer.from('garbage')])],
    ['with zeros behind it', Buffer.concat([zstdCompressSync('one'), Buffer.alloc(512)])],
  ])('%s fails', async (_, bytes) => {
    await expect(all(unzstd(pieces(bytes, bytes.length)))).rejects.toThrow();
    await expect(all(unzstd(pieces(bytes, 5)))).rejects.toThrow();
    await expect(contentOf(bytes)).rejects.toThrow();
  });
});

describe('a layer of zstd', () => {
  const frames = [zstdCompressSync('one'), zstdCompressSync('two'), skipped('of a tool')];

  it('has the content of all its frames, also as `zstd:chunked` writes them', async () => {
    expect(await textOf(...frames)).toBe('onetwo');
    expect(await textOf(skipped('first'), ...frames, skipped('manifest'), skipped('footer'))).toBe('onetwo');
    const files = Array.from({ length: 200 }, (_, nth) => `file ${nth}\n`);
    expect(await textOf(...files.map((file) => zstdCompressSync(file)), skipped('toc'))).toBe(files.join(''));
  });
});

/** A member that fills the first read of a file, or one byte more or less, so that the next begins there. */
const ofReads = (beyond: number): { filler: Buffer; member: Buffer } => {
  const size = 256 * 1024 + beyond;
  const overhead = gzipSync(Buffer.alloc(size - 100), { level: 0 }).length - (size - 100);
  const filler = randomBytes(size - overhead);
  const member = gzipSync(filler, { level: 0 });
  expect(member).toHaveLength(size);
  return { filler, member };
};

describe('a layer of gzip', () => {
  it('has the content of all its members, at any boundary of a read', async () => {
    expect(await textOf(gzipSync('one'), gzipSync(''), gzipSync('two'))).toBe('onetwo');
    const large = randomBytes(300_000);
    for (const beyond of [-1, 0, 1]) {
      const { filler, member } = ofReads(beyond);
      const whole = await contentOf(member, gzipSync(large, { level: 0 }));
      expect(whole.equals(Buffer.concat([filler, large]))).toBe(true);
    }
  });

  it.each<[string, Buffer]>([
    ['zeros', Buffer.alloc(512)],
    ['one zero', Buffer.alloc(1)],
    ['bytes that begin with a zero', Buffer.concat([Buffer.alloc(1), gzipSync('hidden')])],
    ['other bytes', Buffer.from('garbage')],
    ['a member that is cut off', gzipSync('two').subarray(0, -1)],
    ['the beginning of a member', text(0x1f)],
    ['a frame of zstd', zstdCompressSync('two')],
  ])('with %s behind its members fails', async (_, behind) => {
    await expect(contentOf(gzipSync('one'), behind)).rejects.toThrow();
    await expect(contentOf(ofReads(0).member, behind)).rejects.toThrow();
  });

  it.each([1, 5, 11, -9, -1])('that is cut off at %i fails', async (end) => {
    const whole = gzipSync('the content of a layer');
    await expect(contentOf(whole.subarray(0, 2), whole.subarray(2).subarray(0, end))).rejects.toThrow();
  });
});

it.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['one byte', text(0x1f)],
  ['three bytes', text(0x28, 0xb5, 0x2f)],
  ['three zeros', Buffer.alloc(3)],
  ['a magic number in another order', text(0x8b, 0x1f, 0, 0)],
  ['ordinary bytes', randomBytes(600_000).fill(1, 0, 4)],
])('a layer of %s is its own content', async (_, stored) => {
  expect((await contentOf(stored)).equals(stored)).toBe(true);
});

it('a layer that cannot be read is an error of the system', async () => {
  await expect(all(decompressed('/nowhere/layer'))).rejects.toMatchObject({ syscall: 'open' });
  await expect(all(decompressed(tmpdir()))).rejects.toMatchObject({ syscall: 'read' });
});

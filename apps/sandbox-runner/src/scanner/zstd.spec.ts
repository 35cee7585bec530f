import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { zstdCompressSync } from 'node:zlib';
import { DiffIdCheck } from './diff-ids.ts';
import { unzstd } from './zstd.ts';

const skipped = (notes: string): Buffer => {
  const head = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(notes.length, 4);
  return Buffer.concat([head, Buffer.from(notes)]);
};
const pieces = async function* (bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
};
const unpacked = async (bytes: Buffer, size = bytes.length): Promise<Buffer> => {
  const found: Buffer[] = [];
  for await (const piece of unzstd(pieces(bytes, size))) found.push(piece);
  return Buffer.concat(found);
};

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
          expect((await unpacked(whole, Math.ceil(whole.length / cuts))).equals(expected)).toBe(true);
        },
      ),
      { numRuns: 60 },
    ));

  it.each<[string, Buffer]>([
    ['that is cut off', Buffer.concat([zstdCompressSync('one'), zstdCompressSync(randomBytes(1000)).subarray(0, 500)])],
    ['with something else behind it', Buffer.concat([zstdCompressSync('one'), Buffer.from('garbage')])],
  ])('%s fails', async (_, bytes) => {
    await expect(unpacked(bytes)).rejects.toThrow();
    await expect(unpacked(bytes, 5)).rejects.toThrow();
  });
});

describe('the diff id of a zstd layer', () => {
  const holds = async (frames: readonly Buffer[], content: string): Promise<boolean> => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-zstd-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'layer');
    writeFileSync(path, Buffer.concat(frames));
    const layer = {
      path,
      digest: 'sha256:other',
      diffId: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    };
    return (await new DiffIdCheck().lie([layer], AbortSignal.timeout(60_000))) === undefined;
  };
  const frames = [zstdCompressSync('one'), zstdCompressSync('two'), skipped('of a tool')];

  it('is that of all its frames', async () => {
    expect(await holds(frames, 'onetwo')).toBe(true);
    expect(await holds([skipped('first'), ...frames], 'onetwo')).toBe(true);
  });

  it('is not that of its first frame', async () => {
    expect(await holds(frames, 'one')).toBe(false);
  });
});

import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';

/** The magic number of a frame, or of a skippable one, in which tools keep notes of their own. */
export const isZstd = (magic: number): boolean => magic === 0x28b52ffd || (magic & 0xf0ffffff) >>> 0 === 0x502a4d18;

/**
 * Decompresses all frames of a stream, one after the other. Every reader of zstd does so but Node's, which ends
 * silently after the first frame. Many tools write many frames: `zstd:chunked` one for each file, others one for each
 * thread.
 *
 * @throws Error of zlib if a frame is invalid, or cut off
 */
export async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  let rest = await next(pieces);
  while (rest) {
    const frame = createZstdDecompress();
    const feeding = fed(frame, rest, pieces);
    // It fails with the frame, whose error has the reason.
    feeding.catch(() => undefined);
    yield* frame as AsyncIterable<Buffer>;
    rest = await feeding;
  }
}

const next = async (pieces: AsyncIterator<Buffer>): Promise<Buffer | undefined> => {
  const { value, done } = await pieces.next();
  return done ? undefined : value;
};

/** Feeds a frame its own bytes, and returns the bytes behind it. */
const fed = async (
  frame: ZstdDecompress,
  first: Buffer,
  pieces: AsyncIterator<Buffer>,
): Promise<Buffer | undefined> => {
  for (let piece: Buffer | undefined = first; piece; piece = await next(pieces)) {
    const before = frame.bytesWritten;
    await new Promise<void>((resolve, reject) => {
      frame.write(piece, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    const taken = frame.bytesWritten - before;
    if (taken < piece.length) return piece.subarray(taken);
  }
  frame.end();
  return undefined;
};

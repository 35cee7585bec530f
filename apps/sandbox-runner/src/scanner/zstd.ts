import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';

/** Of a frame, or of one that is skipped, which tools put first or last to keep notes of their own in. */
export const isZstd = (magic: number): boolean => magic === 0x28b52ffd || (magic & 0xf0ffffff) >>> 0 === 0x502a4d18;

/**
 * Decompresses all frames of a stream, one after the other, as every reader of zstd does but Node's, which ends without
 * a word after the first one. Many tools make many: `zstd:chunked` one for each file, others one for each thread.
 *
 * @throws Error of zlib where a frame is none, or is cut off
 */
export async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = source[Symbol.asyncIterator]();
  let rest = await next(pieces);
  while (rest) {
    const frame = createZstdDecompress();
    const feeding = fed(frame, rest, pieces);
    // It fails with the frame, which says why.
    feeding.catch(() => undefined);
    yield* frame as AsyncIterable<Buffer>;
    rest = await feeding;
  }
}

const next = async (pieces: AsyncIterator<Buffer>): Promise<Buffer | undefined> => {
  const { value, done } = await pieces.next();
  return done ? undefined : value;
};

/** Gives a frame what is its own, and returns what came behind it. */
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

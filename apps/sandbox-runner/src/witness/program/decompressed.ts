import { open } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { createGunzip, createZstdDecompress, type ZstdDecompress } from 'node:zlib';

const chunkBytes = 256 * 1024;
const gzipMagic = 0x1f8b;

/** The magic number of a zstd frame, or of a skippable one, in which tools keep notes of their own. */
const isZstd = (magic: number): boolean => magic === 0x28b52ffd || (magic & 0xf0ffffff) >>> 0 === 0x502a4d18;

const magicOf = async (path: string): Promise<number> => {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.readUInt32BE(0);
  } finally {
    await file.close();
  }
};

/**
 * Streams the content of a layer without its compression: all members of gzip and all frames of zstd, as runtimes read
 * them. Chooses by the first bytes, as scanners and runtimes do; media types are often wrong.
 *
 * @throws Error of zlib if the compression is invalid or cut off
 */
export async function* decompressed(path: string): AsyncGenerator<Buffer> {
  const magic = await magicOf(path);
  const source = createReadStream(path, { highWaterMark: chunkBytes });
  if (magic >>> 16 === gzipMagic) {
    const gunzip = createGunzip({ chunkSize: chunkBytes });
    source.on('error', (error) => gunzip.destroy(error));
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
    // Node leaves out what begins with a zero behind a member; Go refuses it, and pigz leaves it out with a warning.
    if (gunzip.bytesWritten !== source.bytesRead) throw new Error('bytes that are no member of gzip');
  } else if (isZstd(magic)) yield* unzstd(source as AsyncIterable<Buffer>);
  else yield* source as AsyncIterable<Buffer>;
}

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
    const frame = createZstdDecompress({ chunkSize: chunkBytes });
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

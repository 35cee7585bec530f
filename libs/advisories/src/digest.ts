import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const pieceBytes = 2 ** 20;

/**
 * Returns the digest of a file, read through one buffer: a stream takes a new buffer for each piece, and a scanner has
 * hundreds of pieces.
 */
export const digestOfFile = async (path: string): Promise<string> => {
  const [hash, piece, file] = [createHash('sha256'), Buffer.allocUnsafe(pieceBytes), await open(path)];
  try {
    for (let read = -1; read !== 0;) {
      read = (await file.read(piece, 0, pieceBytes, null)).bytesRead;
      hash.update(piece.subarray(0, read));
    }
  } finally {
    await file.close();
  }
  return `sha256:${hash.digest('hex')}`;
};

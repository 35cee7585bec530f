import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { counted, type LeastSpeed } from './bodies.ts';
import type { Descriptor } from './descriptor.ts';
import { RegistryError } from './error.ts';
import type { Answer } from './transport.ts';

/** Readable by everybody: the sandbox runs as another user, and a scanner that cannot read says nothing at all. */
export const fileMode = 0o644;
export const directoryMode = 0o755;

/** Refuses early what announces itself as longer or shorter than declared. */
const checkAnnounced = ({ headers }: Answer, declared: number): void => {
  const announced = headers['content-length'];
  if (announced === undefined || Number(announced) === declared) return;
  throw Number(announced) > declared
    ? new RegistryError('too-large', `a blob longer than its declared ${declared} bytes`)
    : new RegistryError('digest-mismatch', `a blob shorter than its declared ${declared} bytes`);
};

/**
 * Writes a blob into a new file as it comes, never decompressed, every byte counted and hashed.
 *
 * @returns the digest of what was written
 */
export const writeBlob = async (answer: Answer, { size, digest }: Descriptor, path: string, least: LeastSpeed, onBytes: (bytes: number) => void): Promise<string> => {
  checkAnnounced(answer, size);
  const hash = createHash('sha256');
  // Exclusive: whatever lies there already, a link even, is never written through.
  const file = await open(path, 'wx', fileMode);
  try {
    let written = 0;
    for await (const piece of counted(answer.body, size, least)) {
      hash.update(piece);
      await file.writeFile(piece);
      written += piece.length;
      onBytes(piece.length);
    }
    if (written < size) throw new RegistryError('digest-mismatch', `a blob shorter than its declared ${size} bytes`);
    await file.chmod(fileMode);
  } finally {
    await file.close();
  }
  const computed = `sha256:${hash.digest('hex')}`;
  if (computed !== digest) throw new RegistryError('digest-mismatch', 'a blob is not what its digest says');
  return computed;
};

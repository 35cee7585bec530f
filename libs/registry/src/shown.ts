import { createHash, randomInt } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { BlobSource } from './cache.ts';
import { RegistryError } from './error.ts';
import { hexOf } from './names.ts';

/** So many are remembered of one blob; then it begins anew, and whose was forgotten is asked again. */
const most = 4096;
/** Of a name, and the end of its line. */
const lineBytes = 33;

const lineOf = (whom: string): string =>
  `${createHash('sha256')
    .update(whom)
    .digest('hex')
    .slice(0, lineBytes - 1)}\n`;

/**
 * Which registries, and which owners of registries, have shown that they have which blobs: a file for each blob with a
 * line for each of them. Several processes can share the folder; a line that one of them does not see is asked for
 * again.
 */
export class Shown {
  constructor(readonly folder: string) {}

  /** @param whom a place or an owner */
  at(whom: string, digest: string): boolean {
    const line = lineOf(whom);
    const lines = this.#read(digest);
    for (let from = 0; from < lines.length; from += lineBytes) if (lines.startsWith(line, from)) return true;
    return false;
  }

  add({ place, owner }: Pick<BlobSource, 'place' | 'owner'>, digest: string): void {
    const lines = [...new Set([place, owner])]
      .filter((whom) => !this.at(whom, digest))
      .map(lineOf)
      .join('');
    const isFull = this.#read(digest).length >= most * lineBytes;
    writeFileSync(this.#path(digest), lines, { flag: isFull ? 'w' : 'a', mode: 0o600 });
  }

  forget(digest: string): void {
    rmSync(this.#path(digest), { force: true });
  }

  #read(digest: string): string {
    try {
      return readFileSync(this.#path(digest), 'latin1');
    } catch {
      return '';
    }
  }

  #path(digest: string): string {
    return join(this.folder, hexOf(digest));
  }
}

/** A blob that is no larger comes whole: that is one request, and no part of it is left to guess. */
const wholeBytes = 256 * 1024;
const partBytes = 32 * 1024;
const parts = 3;
const draws = 16;

/** Parts of which everybody can guess the bytes, such as zeros, prove nothing. */
const isPlain = (bytes: Buffer): boolean => deflateRawSync(bytes, { level: 1 }).length < bytes.length / 8;

/**
 * Whether a registry has shown by some parts, drawn at random, that it has a kept blob; false where that cannot be told
 * by parts, and the whole must come from it.
 *
 * @throws RegistryError `digest-mismatch` where it has other bytes
 */
export const compared = async (path: string, size: number, source: Pick<BlobSource, 'part'>): Promise<boolean> => {
  if (size <= wholeBytes) return false;
  // It may have been evicted by another process; then there is nothing to compare.
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    let alike = 0;
    for (let drawn = 0; drawn < draws && alike < parts; drawn += 1) {
      const from = randomInt(size - partBytes + 1);
      const { buffer: kept } = await file.read(Buffer.alloc(partBytes), 0, partBytes, from);
      if (isPlain(kept)) continue;
      const answered = await source.part(from, partBytes);
      if (answered === undefined) return false;
      if (!kept.equals(answered))
        throw new RegistryError('digest-mismatch', 'the registry has other bytes of a blob that is known');
      alike += 1;
    }
    return alike === parts;
  } finally {
    await file.close();
  }
};

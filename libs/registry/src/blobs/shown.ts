import { createHash, randomInt } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { BlobSource } from './blob-source.ts';
import { RegistryError } from '../error.ts';
import { hexOf } from '../names.ts';

/** Entries per blob. At the limit the file starts over; forgotten entries must prove their blob again. */
const most = 4096;
/** Length of a line: a hashed name and the line end. */
const lineBytes = 33;

const lineOf = (holder: string): string =>
  `${createHash('sha256')
    .update(holder)
    .digest('hex')
    .slice(0, lineBytes - 1)}\n`;

/**
 * Records which registries and owners have proved that they have a blob: one file per blob, one line per registry or
 * owner. Several processes can share the folder. If a process misses a line of another process, the proof is repeated.
 */
export class Shown {
  constructor(readonly folder: string) {}

  /** @param holder a place (login server and repository) or an owner */
  at(holder: string, digest: string): boolean {
    const line = lineOf(holder);
    const lines = this.#read(digest);
    for (let from = 0; from < lines.length; from += lineBytes) if (lines.startsWith(line, from)) return true;
    return false;
  }

  add({ place, owner }: Pick<BlobSource, 'place' | 'owner'>, digest: string): void {
    const lines = [...new Set([place, owner])]
      .filter((holder) => !this.at(holder, digest))
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

/** A blob up to this size is downloaded completely: one request, and no part is left to guess. */
const wholeBytes = 256 * 1024;
const partBytes = 32 * 1024;
const parts = 3;
const draws = 16;

/** Parts with predictable bytes, such as zeros, prove nothing. */
const isPlain = (bytes: Buffer): boolean => deflateRawSync(bytes, { level: 1 }).length < bytes.length / 8;

/**
 * Compares random parts of a kept blob with the registry's. True if all parts match; false if parts cannot prove
 * possession, and the whole blob must be downloaded.
 *
 * @throws RegistryError `digest-mismatch` if the registry has other bytes
 */
export const compared = async (path: string, size: number, source: Pick<BlobSource, 'part'>): Promise<boolean> => {
  if (size <= wholeBytes) return false;
  // Another process may have evicted the blob; then there is nothing to compare.
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

import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, linkSync, renameSync, statSync, utimesSync, type Stats } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BlobSource } from './blob-source.ts';
import { RegistryError } from '../error.ts';
import { hexOf, isDigest } from '../names.ts';
import { compared, Shown } from './shown.ts';

interface Blob {
  readonly digest: string;
  readonly size: number;
}
interface Kept {
  readonly path: string;
  readonly size: number;
  readonly usedAt: number;
}

/** An arriving file of this age belongs to a process that died. */
const abandonedAfterMs = 60 * 60 * 1000;

/**
 * Verified blobs, kept for later images that share them. The folder is its own index: the modification time of a file
 * is its last use. Several processes can share the folder: files are added by rename and removed by unlink, and every
 * hard link to a removed file stays valid. No sandbox may ever write here.
 *
 * A digest is no secret, so knowing a digest is not enough to get the bytes: the registry must prove that it has them.
 * If the registry's owner has proved it before, a HEAD request is enough. For another owner random parts are compared,
 * or the whole blob is downloaded.
 */
export class BlobCache {
  readonly #blobs: string;
  readonly #arriving: string;
  readonly #maxBytes: number;
  readonly #downloads = new Map<string, Promise<unknown>>();
  /**
   * Digests that this process has verified. After a crash a file may hold zeros, so an older file is hashed once more.
   */
  readonly #seen = new Set<string>();
  readonly #shown: Shown;
  #ready: Promise<void> | undefined;
  #bytes = 0;
  /** Bytes added since the folder was last read. Bytes added by other processes are seen only by reading it. */
  #newBytes = 0;

  constructor(dir: string, { maxBytes }: { maxBytes: number }) {
    this.#blobs = join(dir, 'sha256');
    this.#arriving = join(dir, 'arriving');
    this.#shown = new Shown(join(dir, 'shown'));
    this.#maxBytes = maxBytes;
  }

  /**
   * Puts a blob at `target`: from the cache if the registry has proved that it has the blob too, else from the
   * registry. Concurrent callers for the same blob share one download.
   *
   * @returns true if the blob was downloaded
   * @throws RegistryError `digest-mismatch` if the registry has other bytes under the digest, or its error
   */
  async provide(blob: Blob, target: string, source: BlobSource, signal?: AbortSignal): Promise<boolean> {
    if (!isDigest(blob.digest)) throw new RegistryError('bad-descriptor', 'not a sha256 digest');
    await this.#prepared();
    for (;;) {
      if (await this.#handOut(blob, target, source)) return false;
      const running = this.#downloads.get(blob.digest);
      if (!running) break;
      // If that download fails, this caller downloads; if it is slow, this caller stops at its own deadline.
      await Promise.race([running.catch(() => undefined), aborted(signal)]);
      signal?.throwIfAborted();
    }
    const arriving = this.#takeIn(blob, target, source).finally(() => this.#downloads.delete(blob.digest));
    this.#downloads.set(blob.digest, arriving);
    await arriving;
    await this.#shrink();
    return true;
  }

  #prepared(): Promise<void> {
    return (this.#ready ??= (async () => {
      for (const path of [this.#blobs, this.#arriving, this.#shown.folder])
        await mkdir(path, { recursive: true, mode: 0o700 });
      for (const name of await readdir(this.#arriving)) {
        const path = join(this.#arriving, name);
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
        if (mtimeMs < Date.now() - abandonedAfterMs) await rm(path, { force: true });
      }
      await this.#shrink(true);
    })().catch((error: unknown) => {
      // A full disk may have room the next time.
      this.#ready = undefined;
      throw error;
    }));
  }

  async #handOut({ digest, size }: Blob, target: string, source: BlobSource): Promise<boolean> {
    const path = this.#path(digest);
    const found = lookAt(path);
    if (!found) return false;
    if (!this.#seen.has(digest) && (await digestOf(path)) !== digest) {
      await rm(path, { force: true });
      return false;
    }
    this.#seen.add(digest);
    // With another declared size the download refuses the blob, as it would without a cache.
    if (found.size !== size || !(await this.#mayHave({ digest, size }, source))) return false;
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      /* Without the new time the blob is evicted earlier. */
    }
    // Another process may have evicted the blob in between: then it is a cache miss.
    return linkOrCopy(path, target).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
  }

  async #mayHave({ digest, size }: Blob, source: BlobSource): Promise<boolean> {
    if (this.#shown.at(source.place, digest)) return true;
    const shows =
      (this.#shown.at(source.owner, digest) && (await source.confirms())) ||
      (await compared(this.#path(digest), size, source));
    if (shows) this.#shown.add(source, digest);
    return shows;
  }

  async #takeIn({ digest, size }: Blob, target: string, source: BlobSource): Promise<void> {
    const path = join(this.#arriving, randomUUID());
    try {
      if ((await source.download(path)) !== digest)
        throw new RegistryError('digest-mismatch', 'a blob is not what its digest says');
      await linkOrCopy(path, target);
      renameSync(path, this.#path(digest));
      this.#seen.add(digest);
      this.#shown.add(source, digest);
      this.#bytes += size;
      this.#newBytes += size;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /**
   * Evicts the least recently used blobs. Reads the folder only if the byte count is above the limit or out of date.
   */
  async #shrink(anyway = false): Promise<void> {
    if (!anyway && this.#bytes <= this.#maxBytes && this.#newBytes < this.#maxBytes / 16) return;
    this.#newBytes = 0;
    const kept = (await this.#listed()).sort((one, other) => one.usedAt - other.usedAt);
    this.#bytes = kept.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of kept) {
      if (this.#bytes <= this.#maxBytes) return;
      await rm(path, { force: true });
      const digest = `sha256:${basename(path)}`;
      this.#seen.delete(digest);
      this.#shown.forget(digest);
      this.#bytes -= size;
    }
  }

  async #listed(): Promise<Kept[]> {
    const kept: Kept[] = [];
    for (const name of await readdir(this.#blobs)) {
      const path = join(this.#blobs, name);
      const found = await stat(path).catch(() => undefined);
      if (found) kept.push({ path, size: found.size, usedAt: found.mtimeMs });
    }
    return kept;
  }

  #path(digest: string): string {
    return join(this.#blobs, hexOf(digest));
  }
}

/** An entry whose metadata cannot be read counts as missing: the blob is downloaded again. */
const lookAt = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    // An aborted signal fires no further event.
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });

const digestOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch(() => undefined);
  return `sha256:${hash.digest('hex')}`;
};

/** Links a file. Copies the bytes across file systems, or if a file has too many links. */
const linkOrCopy = async (from: string, to: string): Promise<void> => {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!['EXDEV', 'EMLINK', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
};

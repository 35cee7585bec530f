import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, linkSync, renameSync, statSync, utimesSync, type Stats } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RegistryError } from './error.ts';
import { hexOf, isDigest } from './names.ts';

interface Blob { readonly digest: string; readonly size: number }
interface Kept { readonly path: string; readonly size: number; readonly usedAt: number }

/** An arriving file this old belongs to a process that died. */
const abandonedAfterMs = 60 * 60 * 1000;

/**
 * Blobs that were pulled and verified, kept for the next image that has them. The folder is its own index (a file's
 * modification time is its last use), so several processes can share it: files come in by rename, leave by unlink,
 * and whoever hard-linked one keeps it. No sandbox may ever write here.
 */
export class BlobCache {
  readonly #blobs: string;
  readonly #arriving: string;
  readonly #maxBytes: number;
  readonly #downloads = new Map<string, Promise<unknown>>();
  /** Digests whose bytes this process has seen. After a crash a file may hold zeros, so older ones are read once more. */
  readonly #seen = new Set<string>();
  #ready: Promise<void> | undefined;
  #bytes = 0;
  /** Taken in since the folder was last read; what other processes took in is only seen by reading it. */
  #newBytes = 0;

  constructor(dir: string, { maxBytes }: { maxBytes: number }) {
    this.#blobs = join(dir, 'sha256');
    this.#arriving = join(dir, 'arriving');
    this.#maxBytes = maxBytes;
  }

  /**
   * Puts a blob at `target`, from here if it is kept, else from `download`, which writes the file it is given and
   * returns the digest of what it wrote. Two that want the same blob at once download it once.
   *
   * @returns whether it had to be downloaded
   */
  async provide(blob: Blob, target: string, download: (path: string) => Promise<string>, signal?: AbortSignal): Promise<boolean> {
    if (!isDigest(blob.digest)) throw new RegistryError('bad-descriptor', 'not a sha256 digest');
    await this.#prepared();
    for (;;) {
      if (await this.#handOut(blob, target)) return false;
      const running = this.#downloads.get(blob.digest);
      if (!running) break;
      // Should it fail, it is tried here; should it last, nobody is held beyond their own time.
      await Promise.race([running.catch(() => undefined), aborted(signal)]);
      signal?.throwIfAborted();
    }
    const arriving = this.#takeIn(blob, target, download).finally(() => this.#downloads.delete(blob.digest));
    this.#downloads.set(blob.digest, arriving);
    await arriving;
    await this.#shrink();
    return true;
  }

  #prepared(): Promise<void> {
    return this.#ready ??= (async () => {
      for (const path of [this.#blobs, this.#arriving]) await mkdir(path, { recursive: true, mode: 0o700 });
      for (const name of await readdir(this.#arriving)) {
        const path = join(this.#arriving, name);
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
        if (mtimeMs < Date.now() - abandonedAfterMs) await rm(path, { force: true });
      }
      await this.#shrink(true);
    })();
  }

  async #handOut({ digest, size }: Blob, target: string): Promise<boolean> {
    const path = this.#path(digest);
    const found = lookAt(path);
    if (!found) return false;
    if (!this.#seen.has(digest) && await digestOf(path) !== digest) {
      await rm(path, { force: true });
      return false;
    }
    this.#seen.add(digest);
    // Whoever declares another size is refused by the download, as it would be without a cache.
    if (found.size !== size) return false;
    const now = new Date();
    try { utimesSync(path, now, now); } catch { /* Then it is evicted the sooner. */ }
    // It may have been evicted in between; then it is simply not here.
    return linkOrCopy(path, target).then(() => true, (error: NodeJS.ErrnoException) => { if (error.code === 'ENOENT') return false; throw error; });
  }

  async #takeIn({ digest, size }: Blob, target: string, download: (path: string) => Promise<string>): Promise<void> {
    const path = join(this.#arriving, randomUUID());
    try {
      if (await download(path) !== digest) throw new RegistryError('digest-mismatch', 'a blob is not what its digest says');
      await linkOrCopy(path, target);
      renameSync(path, this.#path(digest));
      this.#seen.add(digest);
      this.#bytes += size;
      this.#newBytes += size;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Takes out what was used longest ago. The folder is not read for every blob: only when the sum seems too large, or is old. */
  async #shrink(anyway = false): Promise<void> {
    if (!anyway && this.#bytes <= this.#maxBytes && this.#newBytes < this.#maxBytes / 16) return;
    this.#newBytes = 0;
    const kept = (await this.#listed()).sort((one, other) => one.usedAt - other.usedAt);
    this.#bytes = kept.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of kept) {
      if (this.#bytes <= this.#maxBytes) return;
      await rm(path, { force: true });
      this.#seen.delete(`sha256:${basename(path)}`);
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

/** What cannot be looked at is not there: it is downloaded anew. */
const lookAt = (path: string): Stats | undefined => {
  try { return statSync(path); } catch { return undefined; }
};

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    // One that is aborted already tells nobody any more.
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });

const digestOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch(() => undefined);
  return `sha256:${hash.digest('hex')}`;
};

/** Another file system, or too many links to one file: then the bytes are copied. */
const linkOrCopy = async (from: string, to: string): Promise<void> => {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!['EXDEV', 'EMLINK', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
};

import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, linkSync, renameSync, statSync, utimesSync, type Stats } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RegistryError } from './error.ts';
import { hexOf, isDigest } from './names.ts';
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

/** A registry that a blob is wanted of, as far as the cache asks it. */
export interface BlobSource {
  /** Login server and repository. */
  readonly place: string;
  /** Whose registry it is. */
  readonly owner: string;
  /** Writes the file it is given and returns the digest of what it wrote. */
  download(path: string): Promise<string>;
  /** Whether the registry says that it has the blob; false where it cannot be asked so.
   * @throws RegistryError where it has not */
  says(): Promise<boolean>;
  /** Some of the blob's bytes, as the registry has them; nothing where it gives no parts.
   * @throws RegistryError where it has not even the blob */
  part(from: number, bytes: number): Promise<Buffer | undefined>;
}

/** An arriving file this old belongs to a process that died. */
const abandonedAfterMs = 60 * 60 * 1000;

/**
 * Blobs that were pulled and verified, kept for the next image that has them. The folder is its own index (a file's
 * modification time is its last use), so several processes can share it: files come in by rename, leave by unlink,
 * and whoever hard-linked one keeps it. No sandbox may ever write here.
 *
 * A digest is no secret, so nobody gets bytes for knowing one: a registry must have shown that it has them. Where its
 * owner has them already its word is enough; for another owner random parts are compared, or the whole comes from it.
 */
export class BlobCache {
  readonly #blobs: string;
  readonly #arriving: string;
  readonly #maxBytes: number;
  readonly #downloads = new Map<string, Promise<unknown>>();
  /**
   * Digests whose bytes this process has seen. After a crash a file may hold zeros, so older ones are read once more.
   */
  readonly #seen = new Set<string>();
  readonly #shown: Shown;
  #ready: Promise<void> | undefined;
  #bytes = 0;
  /** Taken in since the folder was last read; what other processes took in is only seen by reading it. */
  #newBytes = 0;

  constructor(dir: string, { maxBytes }: { maxBytes: number }) {
    this.#blobs = join(dir, 'sha256');
    this.#arriving = join(dir, 'arriving');
    this.#shown = new Shown(join(dir, 'shown'));
    this.#maxBytes = maxBytes;
  }

  /**
   * Puts a blob at `target`, from here if it is kept and the registry has shown that it has it too, else from the
   * registry. Two that want the same blob at once download it once.
   *
   * @returns whether it had to be downloaded
   * @throws RegistryError `digest-mismatch` where the registry has other bytes under the digest, or what it answered
   */
  async provide(blob: Blob, target: string, source: BlobSource, signal?: AbortSignal): Promise<boolean> {
    if (!isDigest(blob.digest)) throw new RegistryError('bad-descriptor', 'not a sha256 digest');
    await this.#prepared();
    for (;;) {
      if (await this.#handOut(blob, target, source)) return false;
      const running = this.#downloads.get(blob.digest);
      if (!running) break;
      // Should it fail, it is tried here; should it last, nobody is held beyond their own time.
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
      // A disk that was full may have room the next time.
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
    // Whoever declares another size is refused by the download, as it would be without a cache.
    if (found.size !== size || !(await this.#mayHave({ digest, size }, source))) return false;
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      /* Then it is evicted the sooner. */
    }
    // It may have been evicted in between; then it is simply not here.
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
      (this.#shown.at(source.owner, digest) && (await source.says())) ||
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
   * Takes out what was used longest ago. The folder is not read for every blob: only when the sum seems too large, or
   * is old.
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

/** What cannot be looked at is not there: it is downloaded anew. */
const lookAt = (path: string): Stats | undefined => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
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

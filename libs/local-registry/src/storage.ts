import { statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lineOrNothing, namesIn, readOrNothing, writeWhole } from './disk.ts';
import { hexOf, isDigest } from './names.ts';

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/**
 * Content-addressed blobs and manifests on disk. A repository is a folder of marker files: `_layers/<hex>`,
 * `_manifests/<hex>` (content: the media type) and `_tags/<tag>` (content: the digest). No repository name can start
 * with `_`. A deletion removes only the marker file; the bytes stay until the whole folder is deleted.
 */
export class Storage {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get uploads(): string {
    return join(this.#directory, 'uploads');
  }

  blobPath(digest: string): string {
    return join(this.#directory, 'blobs', 'sha256', hexOf(digest));
  }

  async blobSize(repository: string, digest: string): Promise<number | undefined> {
    const has =
      lineOrNothing(this.#of(repository, '_layers', hexOf(digest))) ??
      lineOrNothing(this.#of(repository, '_manifests', hexOf(digest)));
    return has === undefined ? undefined : statSync(this.blobPath(digest)).size;
  }

  /** Moves an uploaded, verified file to the path of its digest. */
  async keepBlob(repository: string, digest: string, uploaded: string): Promise<void> {
    await mkdir(dirname(this.blobPath(digest)), { recursive: true });
    await rename(uploaded, this.blobPath(digest));
    await this.linkBlob(repository, digest);
  }

  async linkBlob(repository: string, digest: string): Promise<void> {
    await writeWhole(this.#of(repository, '_layers', hexOf(digest)), '');
  }

  async removeBlob(repository: string, digest: string): Promise<void> {
    await rm(this.#of(repository, '_layers', hexOf(digest)), { force: true });
  }

  async manifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    const digest = isDigest(reference) ? reference : (lineOrNothing(this.#of(repository, '_tags', reference)) ?? '');
    if (!isDigest(digest)) return undefined;
    const mediaType = lineOrNothing(this.#of(repository, '_manifests', hexOf(digest)));
    if (mediaType === undefined) return undefined;
    const bytes = await readOrNothing(this.blobPath(digest));
    return bytes && { digest, mediaType, bytes };
  }

  /** Stores the exact bytes, because the digest covers the bytes and not the parsed document. */
  async keepManifest(
    repository: string,
    { digest, mediaType, bytes }: StoredManifest,
    tag: string | undefined,
  ): Promise<void> {
    await writeWhole(this.blobPath(digest), bytes);
    await writeWhole(this.#of(repository, '_manifests', hexOf(digest)), mediaType);
    if (tag !== undefined) await writeWhole(this.#of(repository, '_tags', tag), digest);
  }

  async removeManifest(repository: string, digest: string): Promise<void> {
    for (const tag of await this.tags(repository)) {
      if ((await this.manifest(repository, tag))?.digest === digest) await this.removeTag(repository, tag);
    }
    await rm(this.#of(repository, '_manifests', hexOf(digest)), { force: true });
  }

  async removeTag(repository: string, tag: string): Promise<void> {
    await rm(this.#of(repository, '_tags', tag), { force: true });
  }

  tags(repository: string): Promise<string[]> {
    return namesIn(this.#of(repository, '_tags'));
  }

  async has(repository: string): Promise<boolean> {
    return (await namesIn(this.#of(repository))).some((name) => name.startsWith('_'));
  }

  /** Repositories that have a manifest, sorted by name. */
  async repositories(below = ''): Promise<string[]> {
    const found: string[] = [];
    for (const name of await namesIn(this.#of(below))) {
      if (name === '_manifests' && (await namesIn(this.#of(below, name))).length > 0) found.push(below);
      if (!name.startsWith('_')) found.push(...(await this.repositories(below === '' ? name : `${below}/${name}`)));
    }
    return found.sort();
  }

  #of(repository: string, ...rest: string[]): string {
    return join(this.#directory, 'repositories', repository, ...rest);
  }
}

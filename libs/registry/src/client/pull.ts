import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { gathered, type LeastSpeed } from '../access/bodies.ts';
import type { BlobSource } from '../blobs/blob-source.ts';
import type { BlobCache } from '../blobs/cache.ts';
import { configOf } from './config.ts';
import { uniqueBlobs, type Descriptor } from '../blobs/descriptor.ts';
import { blobQuestion, downloadBlob, type Ask } from '../blobs/download.ts';
import { RegistryError } from '../error.ts';
import { blobPath, writeLayout } from './layout.ts';
import { isDigest } from '../names.ts';
import { limits } from '../limits.ts';
import type { ImageDocument, Manifest } from './manifest.ts';
import { imageConfigTypes, isForeign } from './media-types.ts';

export interface PullProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface Pulled {
  readonly manifest: Manifest;
  /** Size of config and layers, each counted once. */
  readonly bytes: number;
  /** Bytes that were downloaded rather than taken from the cache. */
  readonly downloadedBytes: number;
}

export interface PullOptions {
  cache?: BlobCache;
  /**
   * Owner of the registry, as a subscription. A cached blob of another owner is used only once the registry has proved
   * that it has the bytes.
   */
  owner?: string;
  signal?: AbortSignal;
  onProgress?: (progress: PullProgress) => void;
  /** Called with the bytes of config and layers before they are requested. The pull goes on once it resolves. */
  admit?: (bytes: number, signal: AbortSignal) => Promise<void>;
  /** Time left, ms. A layer that cannot arrive in it at the speed of the pull so far is refused. */
  leftMs?: () => number;
}

/** Concurrent blob downloads per image. */
const atOnce = 3;

/** The registry and repository of a pull. */
export interface Origin {
  readonly loginServer: string;
  readonly repository: string;
}

/** Validates the declared content before the first blob is requested. */
const imageToPull = ({ document }: Manifest): ImageDocument => {
  if (document.kind === 'index') throw new RegistryError('index-too-deep', 'an index where an image was expected');
  if (document.kind !== 'image') throw new RegistryError('unsupported-media-type', 'a schema 1 manifest');
  const { config, layers } = document;
  if (!imageConfigTypes.includes(config.mediaType))
    throw new RegistryError('not-an-image', 'its config is not that of an image');
  if (layers.length > limits.layers) throw new RegistryError('too-large', `more than ${limits.layers} layers`);
  if (config.size > limits.configBytes)
    throw new RegistryError('too-large', `a config of more than ${limits.configBytes} bytes`);
  if (layers.some(isForeign)) throw new RegistryError('foreign-layer', 'a layer that the registry does not have');
  if (layers.some(({ mediaType }) => mediaType.endsWith('+encrypted')))
    throw new RegistryError('encrypted', 'an encrypted layer');
  if (totalOf([config, ...layers]) > limits.totalBytes)
    throw new RegistryError('too-large', `more than ${limits.totalBytes} bytes`);
  return document;
};

const isPlain = ({ digest }: Descriptor): boolean => isDigest(digest);

const totalOf = (blobs: readonly Descriptor[]): number => blobs.reduce((sum, { size }) => sum + size, 0);

export class Pull {
  readonly #ask: Ask;
  readonly #origin: Origin;
  readonly #layout: string;
  readonly #options: PullOptions;
  readonly #least: LeastSpeed;
  #doneBytes = 0;
  #downloadedBytes = 0;
  /** The sha256 digests of blobs with a digest by SHA-512. */
  readonly #renamed = new Map<string, string>();
  #begun: number | undefined;

  constructor(ask: Ask, origin: Origin, layout: string, options: PullOptions, least: LeastSpeed) {
    this.#ask = ask;
    this.#origin = origin;
    this.#layout = layout;
    this.#options = options;
    this.#least = least;
  }

  async into(manifest: Manifest, signal: AbortSignal): Promise<Pulled> {
    const { config, layers } = imageToPull(manifest);
    const blobs = uniqueBlobs([config, ...layers]);
    const bytes = totalOf(blobs);
    await this.#options.admit?.(bytes, signal);
    await writeLayout(this.#layout, manifest, async () => {
      // Those with another name last: the same bytes may lie there by then.
      await this.#fetchAll(blobs.filter(isPlain), bytes, signal);
      await this.#fetchAll(
        blobs.filter((blob) => !isPlain(blob)),
        bytes,
        signal,
      );
      // With one diff id too many or too few a scanner attributes packages to the wrong layer, or stops.
      const { diffIds } = configOf(
        readFileSync(blobPath(this.#layout, this.#renamed.get(config.digest) ?? config.digest)),
      );
      if (diffIds.length !== layers.length) throw new RegistryError('bad-config', 'not one diff id for each layer');
      return this.#renamed;
    });
    return { manifest, bytes, downloadedBytes: this.#downloadedBytes };
  }

  /**
   * The first failure aborts the other downloads. The failure is passed on only after all have stopped, so that nothing
   * writes into a removed layout.
   */
  async #fetchAll(blobs: readonly Descriptor[], totalBytes: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const waiting = blobs.values();
    const work = async () => {
      for (const blob of waiting) {
        await this.#fetch(blob, either);
        this.#doneBytes += blob.size;
        this.#options.onProgress?.({ doneBytes: this.#doneBytes, totalBytes });
      }
    };
    const failures: unknown[] = [];
    await Promise.all(
      Array.from({ length: atOnce }, () =>
        work().catch((error: unknown) => {
          failures.push(error);
          stop.abort(error);
        }),
      ),
    );
    if (failures.length > 0) throw failures[0];
  }

  async #fetch(blob: Descriptor, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!isPlain(blob)) return this.#fetchRenamed(blob, signal);
    const target = blobPath(this.#layout, blob.digest);
    const source = this.#source(blob, signal);
    await (this.#options.cache ? this.#options.cache.provide(blob, target, source, signal) : source.download(target));
  }

  /** Such blobs are rare, so each pull downloads them. */
  async #fetchRenamed(blob: Descriptor, signal: AbortSignal): Promise<void> {
    const arriving = join(this.#layout, 'blobs', blob.digest.replace(':', '-'));
    const digest = await this.#source(blob, signal).download(arriving);
    renameSync(arriving, blobPath(this.#layout, digest));
    this.#renamed.set(blob.digest, digest);
  }

  /** Also limits the remaining time of a layer, by the speed since the first download began. */
  #leastNow(): LeastSpeed {
    const { leftMs } = this.#options;
    const begun = (this.#begun ??= performance.now());
    return leftMs ? { ...this.#least, late: (remaining) => this.#late(remaining, begun, leftMs()) } : this.#least;
  }

  #late(remaining: number, begun: number, leftMs: number): RegistryError | undefined {
    const bytesPerMs = this.#downloadedBytes / (performance.now() - begun);
    if (remaining <= bytesPerMs * leftMs) return undefined;
    const [seconds, speed] = [Math.max(0, Math.round(leftMs / 1000)), Math.round(bytesPerMs * 1000)];
    return new RegistryError(
      'timeout',
      `a layer lacks ${remaining} bytes, which do not arrive in the ${seconds} s left at ${speed} bytes a second: ` +
        'give the registry a faster connection, or raise ASSAY_SCAN_SECONDS',
    );
  }

  #source(blob: Descriptor, signal: AbortSignal): BlobSource {
    const { loginServer, repository } = this.#origin;
    const question = blobQuestion(repository, blob);
    return {
      place: `${loginServer.toLowerCase()}/${repository}`,
      owner: (this.#options.owner ?? loginServer).toLowerCase(),
      download: (path) =>
        downloadBlob({
          ask: this.#ask,
          repository,
          blob,
          path,
          least: this.#leastNow(),
          signal,
          onBytes: (bytes) => {
            this.#downloadedBytes += bytes;
          },
        }),
      confirms: () =>
        this.#ask({ ...question, method: 'HEAD' }, signal, async () => true).catch((error: unknown) => {
          if (error instanceof RegistryError && error.code === 'unsupported') return false;
          throw error;
        }),
      part: (from, bytes) =>
        this.#ask(
          { ...question, headers: { range: `bytes=${from}-${from + bytes - 1}` } },
          signal,
          async ({ status, body }) => (status === 206 ? gathered(body, bytes, this.#least) : undefined),
        ),
    };
  }
}

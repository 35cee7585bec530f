import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isSystemError } from '@assay/event-sourcing';
import type { LayoutImage } from './layout.ts';
import { isZstd, unzstd } from './zstd.ts';

type Layer = LayoutImage['layers'][number];

const rememberedLayers = 10_000;

/** Chooses the decompressor by the first bytes, as scanners and runtimes do; media types are often wrong. */
const decompressor = async (path: string): Promise<Transform | typeof unzstd> => {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.readUInt16BE(0) === 0x1f8b) return createGunzip();
    return isZstd(buffer.readUInt32BE(0)) ? unzstd : new PassThrough();
  } finally {
    await file.close();
  }
};

const contentDigest = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  // Before the stream is opened: an error of the stream without a listener would end the process.
  const unpack = await decompressor(path);
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), unpack, hash, { signal });
  return `sha256:${hash.digest('hex')}`;
};

/**
 * Compares each layer's content with the diff id in the config.
 *
 * No scanner does this. Trivy uses the diff id as the layer's name, and takes two layers of one name for one. So a
 * second layer with a false diff id is never looked at. Runtimes compare, and refuse such an image. The bytes are only
 * hashed: no archive is opened and nothing is written, at any size. The caller's signal ends it with the scan. Each
 * layer is compared once.
 */
export class DiffIdCheck {
  readonly #known = new Set<string>();

  /**
   * Returns the first layer that differs from the config; `undefined` if none does.
   * @throws AbortError when the signal ended it, SystemError if a layer could not be read
   */
  async lie(layers: readonly Layer[], signal: AbortSignal): Promise<Layer | undefined> {
    for (const layer of layers) {
      if (!(await this.#holds(layer, signal))) return layer;
    }
    return undefined;
  }

  async #holds({ digest, diffId, path }: Layer, signal: AbortSignal): Promise<boolean> {
    const key = `${digest} ${diffId}`;
    if (digest === diffId || this.#known.has(key)) return true;
    if (
      (await contentDigest(path, signal).catch((error: Error) => {
        signal.throwIfAborted();
        if (isSystemError(error)) throw error;
        return error.message;
      })) !== diffId
    )
      return false;
    if (this.#known.size >= rememberedLayers) this.#known.clear();
    this.#known.add(key);
    return true;
  }
}

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

/** What the first bytes say, as scanners and runtimes judge it; media types are often wrong. */
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
  // Before the stream, whose error nobody would hear meanwhile: it would end the process.
  const unpack = await decompressor(path);
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), unpack, hash, { signal });
  return `sha256:${hash.digest('hex')}`;
};

/**
 * Compares each layer's content with the diff id that the config gives it.
 *
 * No scanner does it: Trivy takes the diff id as the layer's name, and two layers of one name are one layer
 * to it, so a second layer that lies about its own is never looked at. Runtimes do, and refuse such an image.
 * The bytes are only counted through a hash; no archive is opened and nothing is written, whatever they
 * expand to, and the caller's signal ends it with the scan. A layer that was compared once is not again.
 */
export class DiffIdCheck {
  readonly #known = new Set<string>();

  /** The first layer that is not what the config says; `undefined` when all are.
   * @throws AbortError when the signal ended it, SystemError where a layer could not be read */
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

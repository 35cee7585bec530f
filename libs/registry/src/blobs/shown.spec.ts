import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlobCache } from '@assay/registry';
import { imageOf, type FakeRegistry, type FakeImage } from '../../test/fake-registry.ts';
import { clientOf, emptyFolder, otherRegistry } from '../../test/setting.ts';

const mebibyte = 2 ** 20;
const repository = 'team/app';

/** A cache with an image from a registry of the owner `one`, and another registry. */
const setting = async (...layers: (string | Buffer)[]) => {
  const [theirs, other, folder] = [await otherRegistry(), await otherRegistry(), await emptyFolder()];
  const image = imageOf(...layers);
  const cache = (): BlobCache => new BlobCache(join(folder, 'cache'), { maxBytes: 64 * mebibyte });
  let pulls = 0;
  const pull = async (registry: FakeRegistry, owner: string, from = repository, kept = cache()) => {
    pulls += 1;
    const into = join(folder, String(pulls));
    const { downloadedBytes } = await clientOf(registry.access(), { retry: { attempts: 1 } }).pull(
      from,
      image.manifest.digest,
      into,
      { cache: kept, owner },
    );
    return { downloadedBytes, layer: await readFile(join(into, 'blobs', 'sha256', image.layers[0]!.digest.slice(7))) };
  };
  theirs.hold(image);
  await pull(theirs, 'one');
  const layerRequests = (registry: FakeRegistry): string[] =>
    registry.requests
      .filter(({ line }) => line.endsWith(image.layers[0]!.digest))
      .map(({ line, range }) => `${line.split(' ')[0]}${range ? ' a part' : ''}`);
  return { theirs, other, image, pull, layerRequests };
};

/** Gives a registry all of an image but the layers. */
const holdWithoutLayers = (registry: FakeRegistry, { config, manifest }: FakeImage): void => {
  registry.holdBlob(config);
  registry.holdManifest(manifest);
};

describe('a layer that is kept', () => {
  it.each([
    ['small', 1000],
    ['large', mebibyte],
  ])('(%s) is not given to a registry of another owner that does not have it', async (_, size) => {
    const { other, image, pull, layerRequests } = await setting(randomBytes(size));
    holdWithoutLayers(other, image);
    await expect(pull(other, 'two')).rejects.toMatchObject({ code: 'gone' });
    expect(layerRequests(other)).toHaveLength(1);
  });

  it.each([
    ['small', 1000],
    ['large', mebibyte],
  ])('(%s) is not given to a registry that has other bytes under its digest', async (_, size) => {
    const { other, image, pull } = await setting(randomBytes(size));
    holdWithoutLayers(other, image);
    other.holdBlob({ ...image.layers[0]!, bytes: randomBytes(size) });
    await expect(pull(other, 'two')).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  it('is given to a registry that proves it by parts, once per repository, also after a restart', async () => {
    const { other, image, pull, layerRequests } = await setting(randomBytes(mebibyte));
    other.hold(image);
    const { downloadedBytes, layer } = await pull(other, 'two');
    expect([downloadedBytes, layer.equals(image.layers[0]!.bytes)]).toEqual([image.config.size, true]);
    expect(layerRequests(other)).toEqual(['GET a part', 'GET a part', 'GET a part']);
    await pull(other, 'two');
    expect(layerRequests(other)).toHaveLength(3);
    // The owner has proved it now: for another repository a HEAD request is enough.
    await pull(other, 'two', 'team/copy');
    expect(layerRequests(other).slice(3)).toEqual(['HEAD']);
  });

  it('is compared at other offsets each time', async () => {
    const { other, image, pull } = await setting(randomBytes(mebibyte));
    other.hold(image);
    await pull(other, 'two');
    await pull(other, 'three', 'team/copy');
    const ranges = other.requests.flatMap(({ range }) => (range ? [range] : []));
    expect(new Set(ranges).size).toBe(6);
  });

  it('is downloaded completely if there are no ranges, or if parts prove nothing', async () => {
    const { other, image, pull } = await setting(randomBytes(mebibyte));
    other.hold(image);
    other.givesParts = false;
    expect((await pull(other, 'two')).downloadedBytes).toBe(image.config.size + mebibyte);
    const zeros = await setting(Buffer.alloc(mebibyte));
    zeros.other.hold(zeros.image);
    expect((await zeros.pull(zeros.other, 'two')).downloadedBytes).toBe(zeros.image.config.size + mebibyte);
  });

  it('is given to another registry of the same owner only after a HEAD request', async () => {
    const { other, image, pull, layerRequests } = await setting(randomBytes(mebibyte));
    holdWithoutLayers(other, image);
    await expect(pull(other, 'one')).rejects.toMatchObject({ code: 'gone' });
    other.hold(image);
    expect((await pull(other, 'one')).downloadedBytes).toBe(0);
    expect(layerRequests(other)).toEqual(['HEAD', 'HEAD']);
  });

  it('is compared if its registry does not support HEAD', async () => {
    const { other, image, pull, layerRequests } = await setting(randomBytes(mebibyte));
    other.hold(image);
    other.answer(`/v2/${repository}/blobs/${image.layers[0]!.digest}`, (request, response) => {
      if (request.method === 'HEAD') response.writeHead(405).end();
      else other.serve(request, response);
    });
    await pull(other, 'one');
    expect(layerRequests(other)).toEqual(['HEAD', 'GET a part', 'GET a part', 'GET a part']);
  });

  it('belongs only to its registry if no owner is named', async () => {
    const { other, image, pull, layerRequests } = await setting(randomBytes(mebibyte));
    other.hold(image);
    await pull(other, undefined as never);
    expect(layerRequests(other)).toEqual(['GET a part', 'GET a part', 'GET a part']);
  });
});

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobOf, descriptorOf, manifestOf, ociConfig, type FakeBlob } from '../../test/fake-registry.ts';
import { otherRegistry, quick, setting, type Setting } from '../../test/setting.ts';

const form = {
  artifactType: 'application/vnd.maker.config.v1+json',
  layerType: 'application/vnd.maker.layer.v1.tar+gzip',
  maxBytes: 1000,
};
const emptyConfig = blobOf('application/vnd.oci.empty.v1+json', '{}');
const layer = blobOf(form.layerType, 'the content of the layer');
const artifactOf = (layers: readonly object[], more: object = { artifactType: form.artifactType }): FakeBlob =>
  manifestOf(emptyConfig, layers, more);
const blobPath = `/v2/maker/db/blobs/${layer.digest}`;

const held = async (manifest = artifactOf([descriptorOf(layer)]), options = {}): Promise<Setting> => {
  const set = await setting({}, { retry: { ...quick, attempts: 2 }, ...options });
  set.registry.holdBlob(layer);
  set.registry.holdManifest(manifest, '2');
  return set;
};
const downloaded = ({ client, folder }: Setting, more = {}) =>
  client.artifact('maker/db', '2', form, join(folder, 'layer'), more);

/** Expects a refusal that leaves no file behind. */
const refused = async (set: Setting, error: object, more = {}): Promise<void> => {
  await expect(downloaded(set, more)).rejects.toMatchObject({ name: 'RegistryError', ...error });
  expect(await readdir(set.folder)).toEqual([]);
};

describe('an artifact', () => {
  it('is its only layer, downloaded by digest into a new file', async () => {
    const manifest = artifactOf([descriptorOf(layer)]);
    const set = await held(manifest);
    const seen: number[] = [];
    const artifact = await downloaded(set, {
      onProgress: ({ doneBytes }: { doneBytes: number }) => seen.push(doneBytes),
    });
    expect(artifact).toMatchObject({ digest: manifest.digest, layer: { digest: layer.digest, size: layer.size } });
    expect(await readFile(join(set.folder, 'layer'))).toEqual(layer.bytes);
    expect(seen.at(-1)).toBe(layer.size);
  });

  it('is not downloaded if its layer is the known one', async () => {
    const set = await held();
    expect(await downloaded(set, { known: layer.digest })).toMatchObject({ isKnown: true });
    expect(set.registry.times(blobPath)).toBe(0);
    expect(await readdir(set.folder)).toEqual([]);
  });

  it('may name its type by its config, as older tools write it', async () => {
    const config = blobOf(form.artifactType, '{}');
    const set = await held(manifestOf(config, [descriptorOf(layer)]));
    expect(await downloaded(set)).toMatchObject({ layer: { digest: layer.digest } });
  });

  it('may have a deadline of its own, longer than that of the client', async () => {
    const set = await held(undefined, { timeoutMs: 1 });
    expect(await downloaded(set)).toMatchObject({ layer: { digest: layer.digest } });
  });

  it.each([
    { form: 'no layer', manifest: artifactOf([]), code: 'bad-manifest' },
    { form: 'two layers', manifest: artifactOf([descriptorOf(layer), descriptorOf(layer)]), code: 'bad-manifest' },
    {
      form: 'another type',
      manifest: artifactOf([descriptorOf(layer)], { artifactType: 'application/vnd.other.config.v1+json' }),
      code: 'unsupported-media-type',
    },
    { form: 'no type', manifest: artifactOf([descriptorOf(layer)], {}), code: 'unsupported-media-type' },
    {
      form: 'the form of an image',
      manifest: manifestOf(blobOf(ociConfig, '{}'), [descriptorOf(layer)]),
      code: 'unsupported-media-type',
    },
    {
      form: 'another type of layer',
      manifest: artifactOf([{ ...descriptorOf(layer), mediaType: 'application/vnd.maker.layer.v1.tar' }]),
      code: 'unsupported-media-type',
    },
    {
      form: 'a layer at another address',
      manifest: artifactOf([{ ...descriptorOf(layer), urls: ['https://elsewhere.example/layer'] }]),
      code: 'foreign-layer',
    },
    {
      form: 'a layer that is too large',
      manifest: artifactOf([{ ...descriptorOf(layer), size: form.maxBytes + 1 }]),
      code: 'too-large',
    },
  ])('with $form is refused before its layer is requested', async ({ manifest, code }) => {
    const set = await held(manifest);
    await refused(set, { code });
    expect(set.registry.times(blobPath)).toBe(0);
  });

  it('is refused if its layer has other bytes, more, or fewer', async () => {
    for (const [bytes, code] of [
      [Buffer.from('the c0ntent of the layer'), 'digest-mismatch'],
      [Buffer.from('the content of the layer and more'), 'too-large'],
      [Buffer.from('the content'), 'digest-mismatch'],
    ] as const) {
      const set = await held();
      set.registry.answer(blobPath, (_, response) => response.writeHead(200).end(bytes));
      await refused(set, { code });
    }
  });

  it('is refused if its connection is cut again and again', async () => {
    const set = await held();
    set.registry.answer(blobPath, (_, response) => {
      response.writeHead(200, { 'content-length': layer.size });
      response.write(layer.bytes.subarray(0, 4), () => response.destroy());
    });
    await refused(set, { code: 'unreachable' });
    expect(set.registry.times(blobPath)).toBeGreaterThan(1);
  });

  it('is refused if it comes more slowly than is required of it', async () => {
    const set = await held();
    set.registry.answer(blobPath, (_, response) => {
      response.writeHead(200, { 'content-length': layer.size });
      response.write(layer.bytes.subarray(0, 1));
    });
    await refused(set, { code: 'timeout' }, { leastSpeed: { bytesPerSecond: 1000, overMs: 20 } });
  });

  it.each([
    { status: 429, headers: { 'retry-after': '3600' }, code: 'rate-limited', retriable: true },
    { status: 503, headers: {}, code: 'unreachable', retriable: true },
    { status: 404, headers: {}, code: 'gone', retriable: false },
  ])('whose layer is answered with $status is not there', async ({ status, headers, code, retriable }) => {
    const set = await held();
    set.registry.answer(blobPath, (_, response) =>
      response.writeHead(status, headers).end('{"errors":[{"code":"BLOB_UNKNOWN"}]}'),
    );
    await refused(set, { code, retriable });
  });

  it('is not taken from a host that is not configured', async () => {
    const set = await held();
    const other = await otherRegistry();
    set.registry.answer(blobPath, (_, response) =>
      response.writeHead(307, { location: `http://${other.host}${blobPath}` }).end(),
    );
    await refused(set, { code: 'forbidden-redirect' });
    expect(other.requests).toEqual([]);
  });
});

import { readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  blobOf,
  descriptorOf,
  imageOf,
  manifestOf,
  ociConfig,
  ociIndex,
  ociLayer,
  ociManifest,
} from '../test/fake-registry.ts';
import { clientOf, otherRegistry, setting, type Setting } from '../test/setting.ts';

const image = imageOf('layer one', 'layer two');
const blobPath = (digest: string) => `/v2/team/app/blobs/${digest}`;
const manifestPath = (reference: string) => `/v2/team/app/manifests/${reference}`;
const layer = image.layers[0]!;

/** Pulls, and expects a refusal that leaves no file behind. */
const refused = async ({ client, folder }: Setting, digest: string, code: string): Promise<void> => {
  await expect(client.pull('team/app', digest, join(folder, 'layout'))).rejects.toMatchObject({
    name: 'RegistryError',
    code,
  });
  expect(await readdir(folder)).toEqual([]);
};

/** Writes without end, and counts the bytes taken until the client closed the connection. */
const endless =
  (piece: Buffer, taken: { bytes: number; closed: boolean }) => async (_: unknown, response: ServerResponse) => {
    const pieces = function* () {
      for (;;) {
        taken.bytes += piece.length;
        yield piece;
      }
    };
    response.writeHead(200, { 'content-type': ociManifest });
    await pipeline(pieces, response).catch(() => {
      taken.closed = true;
    });
  };

describe('a registry that lies about bytes', () => {
  it('R1: is refused another manifest under a digest', async () => {
    const set = await setting();
    const other = imageOf('something else');
    set.registry.hold(other);
    set.registry.hold(image);
    set.registry.answer(manifestPath(image.manifest.digest), (_, response) =>
      response.writeHead(200, { 'content-type': ociManifest }).end(other.manifest.bytes),
    );
    await refused(set, image.manifest.digest, 'digest-mismatch');
  });

  it('R1: is refused a tag whose manifest has another digest than named', async () => {
    const { client, registry } = await setting();
    registry.answer(manifestPath('v1'), (_, response) =>
      response
        .writeHead(200, { 'content-type': ociManifest, 'docker-content-digest': layer.digest })
        .end(image.manifest.bytes),
    );
    await expect(client.manifest('team/app', 'v1')).rejects.toMatchObject({
      code: 'digest-mismatch',
      retriable: false,
    });
  });

  it.each([
    { lie: 'a changed byte', bytes: Buffer.from('layer 0ne'), code: 'digest-mismatch' },
    { lie: 'a short body', bytes: Buffer.from('layer'), code: 'digest-mismatch' },
    { lie: 'a long body', bytes: Buffer.from('layer one and more'), code: 'too-large' },
  ])('is refused $lie in a layer, announced or not', async ({ bytes, code }) => {
    for (const headers of [{ 'content-length': bytes.length }, {}]) {
      const set = await setting();
      set.registry.hold(image);
      set.registry.answer(blobPath(layer.digest), (_, response) => {
        response.writeHead(200, headers);
        response.write(bytes.subarray(0, 3));
        response.end(bytes.subarray(3));
      });
      await refused(set, image.manifest.digest, code);
    }
  });

  it('R3: is cut off at the first byte beyond what was declared', async () => {
    const set = await setting();
    set.registry.hold(image);
    const taken = { bytes: 0, closed: false };
    set.registry.answer(blobPath(layer.digest), endless(Buffer.alloc(64 * 1024), taken));
    const before = process.memoryUsage().arrayBuffers;
    await refused(set, image.manifest.digest, 'too-large');
    await expect.poll(() => taken.closed).toBe(true);
    // Bytes in socket buffers were sent, but the client never gathered them.
    expect(taken.bytes).toBeLessThan(16 * 1024 ** 2);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 ** 2);
  });

  it('R3: is not read if its Content-Length differs from the declared size', async () => {
    const set = await setting();
    set.registry.hold(image);
    for (const [announced, code] of [
      [layer.size + 1, 'too-large'],
      [layer.size - 1, 'digest-mismatch'],
    ] as const) {
      set.registry.answer(blobPath(layer.digest), (_, response) =>
        response.writeHead(200, { 'content-length': announced }).flushHeaders(),
      );
      await refused(set, image.manifest.digest, code);
    }
  });

  it('R5: is cut off after 4 MiB of manifest, or earlier if it announces more', async () => {
    const set = await setting();
    const taken = { bytes: 0, closed: false };
    set.registry.answer(manifestPath(image.manifest.digest), endless(Buffer.alloc(64 * 1024, ' '), taken));
    await refused(set, image.manifest.digest, 'too-large');
    await expect.poll(() => taken.closed).toBe(true);
    expect(taken.bytes).toBeGreaterThan(4 * 1024 ** 2);
    expect(taken.bytes).toBeLessThan(32 * 1024 ** 2);
    set.registry.answer(manifestPath('announced'), (_, response) =>
      response.writeHead(200, { 'content-type': ociManifest, 'content-length': 100_000_000 }).flushHeaders(),
    );
    await expect(set.client.manifest('team/app', 'announced')).rejects.toMatchObject({ code: 'too-large' });
  });

  it('is refused an encoding that was not requested', async () => {
    const set = await setting();
    set.registry.hold(image);
    set.registry.answer(blobPath(layer.digest), (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(layer.bytes)),
    );
    await refused(set, image.manifest.digest, 'content-encoding');
    expect(new Set(set.registry.requests.map(({ acceptEncoding }) => acceptEncoding))).toEqual(new Set(['identity']));
  });

  it.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['another protocol', '220 mail.example ESMTP\r\n'],
    ['a header of a megabyte', `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(1_000_000)}\r\n\r\n`],
  ])('that answers a layer with %s is not retried as if it were away', async (_, answer) => {
    const { registry, client, folder } = await setting();
    registry.hold(image);
    registry.answer(blobPath(layer.digest), ({ socket }) => void socket.end(answer));
    await expect(client.pull('team/app', image.manifest.digest, join(folder, 'layout'))).rejects.toMatchObject({
      code: 'unreachable',
      patience: 'later',
    });
  });

  it('R17: loses its slot when it drips', async () => {
    const drip = (_: unknown, response: ServerResponse) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const large = imageOf(Buffer.alloc(100_000));
    for (const options of [
      { leastSpeed: { bytesPerSecond: 1024, overMs: 100 }, timeoutMs: 25_000 },
      { timeoutMs: 2000 },
    ]) {
      const set = await setting({}, options);
      set.registry.hold(large);
      set.registry.answer(blobPath(large.layers[0]!.digest), drip);
      await refused(set, large.manifest.digest, 'timeout');
      set.registry.answer(blobPath(large.layers[0]!.digest), (request, response) =>
        set.registry.serve(request, response),
      );
      await set.client.pull('team/app', large.manifest.digest, join(set.folder, 'layout'));
    }
  });
});

describe('a registry that lies about documents', () => {
  const index = (...manifests: object[]) => blobOf(ociIndex, { schemaVersion: 2, mediaType: ociIndex, manifests });

  it('R7: is refused an index within an index, even if it is declared as a manifest', async () => {
    const set = await setting();
    const inner = index(descriptorOf(image.manifest));
    const honest = index(descriptorOf(inner));
    set.registry.holdManifest(inner);
    set.registry.holdManifest(honest);
    await expect(set.client.manifest('team/app', honest.digest)).rejects.toMatchObject({ code: 'index-too-deep' });
    await refused(set, inner.digest, 'index-too-deep');
  });

  it('R9: has the urls of its layers ignored', async () => {
    const set = await setting();
    const canary = await otherRegistry();
    const foreign = manifestOf(
      image.config,
      image.layers.map((blob) => ({ ...descriptorOf(blob), urls: [`http://${canary.host}${blobPath(blob.digest)}`] })),
    );
    set.registry.holdBlob(image.config);
    set.registry.holdManifest(foreign);
    await refused(set, foreign.digest, 'foreign-layer');
    expect(canary.requests).toEqual([]);
    expect(set.registry.requests.map(({ line }) => line)).toEqual([`GET ${manifestPath(foreign.digest)}`]);
  });

  it.each([
    'sha256:../../x',
    `sha256:${'A'.repeat(64)}`,
    `md5:${'a'.repeat(32)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(64)}\n`,
    '',
    7,
    null,
    ['sha256:'],
  ])('R13: is refused %j as a digest', async (digest) => {
    const set = await setting();
    for (const place of ['layers', 'config']) {
      const bad =
        place === 'layers'
          ? manifestOf(image.config, [{ ...descriptorOf(layer), digest }])
          : manifestOf(image.config, [], { config: { ...descriptorOf(image.config), digest } });
      set.registry.holdManifest(bad);
      await refused(set, bad.digest, 'bad-descriptor');
    }
    expect(set.registry.requests.some(({ line }) => line.includes('/blobs/'))).toBe(false);
  });

  it.each([-1, 1.5, 2 ** 53, '10', null, undefined])('is refused %j as a size', async (size) => {
    const set = await setting();
    const bad = manifestOf(image.config, [{ ...descriptorOf(layer), size }]);
    set.registry.holdManifest(bad);
    await refused(set, bad.digest, 'bad-descriptor');
  });

  const source = image.manifest.bytes.toString();
  it.each([
    { face: 'both manifests and layers', bytes: source.replace('"layers"', '"manifests":[],"layers"') },
    { face: 'a key twice', bytes: source.replace('"layers"', '"layers":[],"layers"') },
    { face: 'a key twice, once in disguise', bytes: source.replace('"layers"', String.raw`"l\u0061yers":[],"layers"`) },
    { face: 'a key in two cases', bytes: source.replace('"layers"', '"LAYERS":[],"layers"') },
    { face: 'a key in two cases, by way of a long s', bytes: source.replace('"layers"', '"layerſ":[],"layers"') },
    { face: 'a key in another case only', bytes: source.replace('"layers"', '"Layers"') },
    { face: 'a key of a layer in two cases', bytes: source.replace('"size"', '"Size":1,"size"') },
    { face: 'another mediaType than Content-Type', bytes: source.replace(ociManifest, ociIndex) },
  ])('R15: is refused a document with $face', async ({ bytes }) => {
    const set = await setting();
    const bad = { ...blobOf(ociManifest, bytes) };
    set.registry.holdManifest(bad);
    await refused(set, bad.digest, 'ambiguous');
  });

  it.each([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['layers as an object', source.replace(/"layers":\[.*\]/, '"layers":{}')],
    ['no layers', source.replace(/,"layers":\[.*\]/, '')],
    ['schema version 3', source.replace('"schemaVersion":2', '"schemaVersion":3')],
    ['annotations that nest', source.replace('"layers"', '"annotations":{"a":{}},"layers"')],
    ['a hundred levels', source.replace('"layers"', `"x":${'['.repeat(100)}${']'.repeat(100)},"layers"`)],
  ])('is refused %s with a code, never with a TypeError', async (_, bytes) => {
    const set = await setting();
    const bad = blobOf(ociManifest, bytes);
    set.registry.holdManifest(bad);
    await expect(set.client.manifest('team/app', bad.digest)).rejects.toMatchObject({
      name: 'RegistryError',
      code: expect.stringMatching(/^bad-(manifest|descriptor)$/),
    });
  });

  it('is refused too many layers, entries or bytes', async () => {
    const set = await setting();
    const layers = (count: number, size = 1) =>
      Array.from({ length: count }, () => ({ mediaType: ociLayer, digest: layer.digest, size }));
    const many = manifestOf(image.config, layers(201));
    const huge = manifestOf(image.config, layers(2, 11 * 1024 ** 3));
    const crowd = index(...Array.from({ length: 201 }, () => descriptorOf(image.manifest)));
    const config = manifestOf({ ...image.config, size: 9 * 1024 ** 2 }, []);
    for (const manifest of [many, huge, crowd, config]) set.registry.holdManifest(manifest);
    for (const manifest of [many, huge, config]) await refused(set, manifest.digest, 'too-large');
    await expect(set.client.manifest('team/app', crowd.digest)).rejects.toMatchObject({ code: 'too-large' });
    await expect(
      set.client.config('team/app', { ...descriptorOf(image.config), size: 9 * 1024 ** 2 }),
    ).rejects.toMatchObject({ code: 'too-large' });
  });

  it('is refused a wrong number of diff ids, and one digest with two sizes', async () => {
    const set = await setting();
    const config = blobOf(ociConfig, {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [layer.digest, layer.digest] },
    });
    const lying = manifestOf(config, [descriptorOf(layer)]);
    const doubtful = manifestOf(config, [descriptorOf(layer), { ...descriptorOf(layer), size: 10 }]);
    for (const blob of [config, layer]) set.registry.holdBlob(blob);
    for (const manifest of [lying, doubtful]) set.registry.holdManifest(manifest);
    await refused(set, lying.digest, 'bad-config');
    await refused(set, doubtful.digest, 'bad-descriptor');
  });

  it('R20: is refused artifacts that are no images', async () => {
    const set = await setting();
    const chart = manifestOf(blobOf('application/vnd.cncf.helm.config.v1+json', '{}'), [descriptorOf(layer)]);
    set.registry.holdManifest(chart);
    await refused(set, chart.digest, 'not-an-image');
  });
});

describe('a registry that sends us elsewhere', () => {
  it.each([
    { to: 'the metadata service', location: () => 'http://169.254.169.254/latest/meta-data' },
    { to: 'another port of this machine', location: (canary: string) => `http://${canary}/inside` },
    { to: 'another protocol', location: () => 'file:///etc/passwd' },
    { to: 'nowhere', location: () => undefined },
    { to: 'an allowed host with a password', location: (canary: string, own: string) => `http://user:secret@${own}/` },
  ])('R10: is not followed to $to', async ({ location }) => {
    const canary = await otherRegistry();
    const set = await setting({ credentials: { username: 'user', password: 'secret' } });
    set.registry.hold(image);
    const target = location(canary.host, set.registry.host);
    set.registry.answer(blobPath(layer.digest), (_, response) =>
      response.writeHead(307, target === undefined ? {} : { location: target }).end(),
    );
    await refused(set, image.manifest.digest, 'forbidden-redirect');
    expect(canary.requests).toEqual([]);
  });

  it('R10: is not followed to an allowed host that lies at a forbidden address', async () => {
    const set = await setting({ allowAddresses: ['127.0.0.1/32'], allowHosts: ['127.0.0.2:1', '[::1]:1'] });
    set.registry.hold(image);
    for (const location of ['http://127.0.0.2:1/', 'http://[::1]:1/']) {
      set.registry.answer(blobPath(layer.digest), (_, response) => response.writeHead(307, { location }).end());
      await refused(set, image.manifest.digest, 'forbidden-address');
    }
  });

  it('is not connected to if its own address is internal and not allowed', async () => {
    const { registry } = await setting();
    const [, port] = registry.host.split(':');
    for (const loginServer of [registry.host, `localhost:${port}`, `[::ffff:127.0.0.1]:${port}`]) {
      const client = clientOf({ loginServer, plainHttp: true, allowAddresses: [] });
      await expect(client.manifest('team/app', 'v1')).rejects.toMatchObject({
        code: 'forbidden-address',
        retriable: false,
      });
    }
    expect(registry.requests).toEqual([]);
  });

  it('is followed to its own blob store, without what authorises us', async () => {
    const store = await otherRegistry();
    const set = await setting({ credentials: { username: 'user', password: 'secret' }, allowHosts: [store.host] });
    set.registry.hold(image);
    set.registry.answer('*', (request, response) =>
      request.headers.authorization === undefined
        ? response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        : set.registry.serve(request, response),
    );
    for (const blob of [image.config, ...image.layers]) {
      set.registry.answer(blobPath(blob.digest), (_, response) =>
        response.writeHead(307, { location: `http://${store.host}/blobs/${blob.digest}` }).end(),
      );
      store.holdBlob(blob);
    }
    await set.client.pull('team/app', image.manifest.digest, join(set.folder, 'layout'));
    expect(store.requests.map(({ authorization }) => authorization)).toEqual([undefined, undefined, undefined]);
    expect(set.registry.requests.at(-1)!.authorization).toMatch(/^Basic /);
  });

  it('is followed three times and no more', async () => {
    const set = await setting();
    set.registry.hold(image, 'v1');
    const step = (to: string) => (_: unknown, response: ServerResponse) =>
      response.writeHead(302, { location: to }).end();
    set.registry.answer('/1', step('/2'));
    set.registry.answer('/2', step(manifestPath('v1')));
    set.registry.answer(manifestPath('three'), step('/1'));
    set.registry.answer(manifestPath('four'), step(manifestPath('three')));
    await expect(set.client.manifest('team/app', 'three')).resolves.toMatchObject({ digest: image.manifest.digest });
    await expect(set.client.manifest('team/app', 'four')).rejects.toMatchObject({ code: 'forbidden-redirect' });
  });
});

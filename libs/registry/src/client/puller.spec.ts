import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlobCache, registryTime } from '@assay/registry';
import {
  blobOf,
  descriptorOf,
  digestOf,
  imageOf,
  manifestOf,
  ociIndex,
  ociManifest,
  type FakeBlob,
  type FakeImage,
  type FakeRegistry,
} from '../../test/fake-registry.ts';
import { exists, otherRegistry, setting } from '../../test/setting.ts';

const image = imageOf('layer one', 'layer two', 'layer one');
const manifestPath = (reference: string, repository = 'team/app') => `/v2/${repository}/manifests/${reference}`;
const layer = image.layers[0]!;
const blobPath = `/v2/team/app/blobs/${layer.digest}`;
const sha512 = (bytes: Buffer): string => `sha512:${createHash('sha512').update(bytes).digest('hex')}`;
/** The same image, whose layers and config are named by SHA-512, but for the last layer. */
const bySha512 = ({ config, layers }: FakeImage): FakeImage => {
  const renamed = (blob: FakeBlob): FakeBlob => ({ ...blob, digest: sha512(blob.bytes) });
  const named = layers.map((each, nth) => (nth === layers.length - 1 ? each : renamed(each)));
  return { config: renamed(config), layers: named, manifest: manifestOf(renamed(config), named.map(descriptorOf)) };
};
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: unknown, response: ServerResponse) =>
    response.writeHead(code, headers).end('nothing to see');

describe('a pull', () => {
  it('writes a world-readable layout of one image', async () => {
    const { client, registry, folder } = await setting();
    registry.hold(image, 'v1');
    const { digest } = await client.manifest('team/app', 'v1');
    const layout = join(folder, 'layout');
    const progress: number[] = [];
    const pulled = await client.pull('team/app', digest, layout, {
      onProgress: ({ doneBytes }) => progress.push(doneBytes),
    });
    const bytes = image.config.size + 18;
    expect(pulled).toMatchObject({ manifest: { digest, mediaType: ociManifest }, bytes, downloadedBytes: bytes });
    expect(progress.at(-1)).toBe(bytes);
    expect(JSON.parse(await readFile(join(layout, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))).toMatchObject({
      manifests: [descriptorOf(image.manifest)],
    });
    const blobs = await readdir(join(layout, 'blobs', 'sha256'));
    expect(blobs.length).toBe(4);
    for (const name of blobs)
      expect(digestOf(await readFile(join(layout, 'blobs', 'sha256', name)))).toBe(`sha256:${name}`);
    const mode = async (...path: string[]) => ((await stat(join(layout, ...path))).mode & 0o777).toString(8);
    expect(await Promise.all([mode(), mode('blobs'), mode('blobs', 'sha256')])).toEqual(['755', '755', '755']);
    expect(
      await Promise.all([
        mode('index.json'),
        mode('oci-layout'),
        ...blobs.map((name) => mode('blobs', 'sha256', name)),
      ]),
    ).toEqual(Array(6).fill('644'));
  });

  it('names layers and configs with a sha512 digest by the sha256 digest of the same bytes', async () => {
    const { client, registry, folder } = await setting();
    const { layers, config, manifest } = bySha512(image);
    registry.hold({ layers: [...layers, image.layers[0]!], config, manifest });
    const cache = new BlobCache(join(folder, 'cache'), { maxBytes: 2 ** 20 });
    const layout = join(folder, 'layout');
    const pulled = await client.pull('team/app', manifest.digest, layout, { cache });
    expect(pulled).toMatchObject({
      manifest: { digest: manifest.digest, document: { config: { digest: config.digest } } },
    });
    const blobs = join(layout, 'blobs', 'sha256');
    const nameOf = (digest: string): string => digest.slice('sha256:'.length);
    const [listed] = (
      JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as {
        manifests: { digest: string; size: number }[];
      }
    ).manifests;
    const bytes = await readFile(join(blobs, nameOf(listed!.digest)));
    expect([digestOf(bytes), bytes.length]).toEqual([listed!.digest, listed!.size]);
    expect(JSON.parse(bytes.toString('utf8'))).toEqual(JSON.parse(image.manifest.bytes.toString('utf8')));
    expect((await readdir(blobs)).toSorted()).toEqual(
      [image.config, image.layers[0]!, image.layers[1]!, manifest, listed!]
        .map(({ digest }) => nameOf(digest))
        .toSorted(),
    );
    for (const name of await readdir(blobs)) expect(digestOf(await readFile(join(blobs, name)))).toBe(`sha256:${name}`);
    expect(await readdir(join(layout, 'blobs'))).toEqual(['sha256']);
    expect(await client.config('team/app', config)).toMatchObject({ os: 'linux' });
  });

  it('takes no other bytes under a sha512 digest', async () => {
    const { client, registry, folder } = await setting();
    const { layers, config, manifest } = bySha512(image);
    const [first] = layers;
    registry.hold({ layers: [{ ...first!, bytes: Buffer.from('LAYER ONE') }, ...layers.slice(1)], config, manifest });
    const refused = { code: 'digest-mismatch' };
    await expect(client.pull('team/app', manifest.digest, join(folder, 'layout'))).rejects.toMatchObject(refused);
    expect(await exists(join(folder, 'layout'))).toBe(false);
    registry.holdBlob({ ...config, bytes: Buffer.from(config.bytes.toString('utf8').replace('amd64', 'arm64')) });
    await expect(client.config('team/app', config)).rejects.toMatchObject(refused);
  });

  it('refuses a manifest that is named by a sha512 digest, with the remedy', async () => {
    const { client, registry } = await setting();
    const digest = sha512(image.manifest.bytes);
    const index = blobOf(ociIndex, {
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [{ ...descriptorOf(image.manifest), digest }],
    });
    registry.holdManifest(index, 'index');
    registry.holdManifest({ ...image.manifest, digest }, 'v1');
    const remedy = expect.stringMatching(/: push it by a sha256 digest$/) as string;
    for (const refused of [
      client.manifest('team/app', digest),
      client.manifest('team/app', 'index'),
      client.manifest('team/app', 'v1'),
      client.head('team/app', 'v1'),
    ])
      await expect(refused).rejects.toMatchObject({ message: remedy, patience: 'never' });
  });

  it('never touches an existing folder', async () => {
    const { client, registry, folder } = await setting();
    registry.hold(image);
    await expect(client.pull('team/app', image.manifest.digest, folder)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await exists(folder)).toBe(true);
  });

  it('downloads no blob twice if there is a cache', async () => {
    const { client, registry, folder } = await setting();
    const cache = new BlobCache(join(folder, 'cache'), { maxBytes: 1e6 });
    const sharing = imageOf('layer one', 'layer three');
    registry.hold(image);
    registry.hold(sharing);
    await client.pull('team/app', image.manifest.digest, join(folder, '1'), { cache });
    const again = await client.pull('team/app', image.manifest.digest, join(folder, '2'), { cache });
    expect(again.downloadedBytes).toBe(0);
    const shared = await client.pull('team/app', sharing.manifest.digest, join(folder, '3'), { cache });
    expect(shared.downloadedBytes).toBe(sharing.config.size + 'layer three'.length);
    expect(registry.times(blobPath)).toBe(1);
    const inode = async (layout: string) =>
      (await stat(join(folder, layout, 'blobs', 'sha256', layer.digest.slice(7)))).ino;
    expect(new Set([await inode('1'), await inode('2'), await inode('3')]).size).toBe(1);
  });

  it('downloads a blob once for two concurrent pulls', async () => {
    const { client, registry, folder } = await setting();
    const cache = new BlobCache(join(folder, 'cache'), { maxBytes: 1e6 });
    registry.hold(image);
    await Promise.all(
      [1, 2, 3].map((n) => client.pull('team/app', image.manifest.digest, join(folder, String(n)), { cache })),
    );
    expect(registry.times(blobPath)).toBe(1);
  });

  it.each(['hello', 'team/hello', 'a/b/c/d', 'a__b/c-d.e'])(
    'reads repository %s by tag and by digest',
    async (repository) => {
      const { client, registry } = await setting();
      registry.hold(image, 'v1.0_x');
      for (const reference of ['v1.0_x', image.manifest.digest]) {
        expect((await client.manifest(repository, reference)).bytes).toEqual(image.manifest.bytes);
        expect(await client.head(repository, reference)).toBe(image.manifest.digest);
        expect(registry.times(manifestPath(reference, repository))).toBe(2);
      }
    },
  );

  it.each([
    ['../x', 'v1'],
    ['Team/app', 'v1'],
    ['a//b', 'v1'],
    ['team/app', '../v1'],
    ['team/app', 'v1?x'],
    ['team/app', ''],
    ['a'.repeat(256), 'v1'],
  ])('sends no request for repository %j and reference %j', async (repository, reference) => {
    const { client, registry } = await setting();
    await expect(client.manifest(repository, reference)).rejects.toMatchObject({ code: 'bad-reference' });
    await expect(client.head(repository, reference)).rejects.toMatchObject({ code: 'bad-reference' });
    expect(registry.requests).toEqual([]);
  });

  it('reads an index with its attestation, a docker image, and the config of an image', async () => {
    const { client, registry } = await setting();
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const unknown = { os: 'unknown', architecture: 'unknown' };
    const index = blobOf(ociIndex, {
      schemaVersion: 2,
      manifests: [
        { ...descriptorOf(image.manifest), platform },
        { ...descriptorOf(layer), platform: unknown },
      ],
    });
    const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';
    const docker = {
      ...manifestOf(image.config, [], { mediaType: dockerType }),
      mediaType: `${dockerType}; charset=utf-8`,
    };
    registry.hold(image);
    registry.holdManifest(index);
    registry.holdManifest(docker);
    expect((await client.manifest('team/app', index.digest)).document).toMatchObject({
      kind: 'index',
      manifests: [{ platform }, { platform: unknown }],
    });
    expect((await client.manifest('team/app', docker.digest)).document).toMatchObject({
      kind: 'image',
      mediaType: dockerType,
    });
    expect(await client.config('team/app', descriptorOf(image.config))).toMatchObject({
      os: 'linux',
      architecture: 'amd64',
    });
  });

  it('reads a schema 1 manifest as such, by the digest of its signed payload', async () => {
    const { client, registry } = await setting();
    const payload = '{"schemaVersion":1,"fsLayers":[{},{}]\n}';
    const head = Buffer.from(
      JSON.stringify({ formatLength: payload.length - 2, formatTail: Buffer.from('\n}').toString('base64url') }),
    ).toString('base64url');
    const signed = `${payload.slice(0, -2)},"signatures":[{"protected":"${head}"}]\n}`;
    registry.answer(manifestPath(digestOf(payload)), (_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' })
        .end(signed),
    );
    expect((await client.manifest('team/app', digestOf(payload))).document).toMatchObject({
      kind: 'schema1',
      fsLayers: 2,
    });
  });
});

describe('authentication', () => {
  const credentials = { username: 'reader', password: 'p:ä' };
  const basic = `Basic ${Buffer.from('reader:p:ä').toString('base64')}`;

  /** Requires a token for each repository, from a separate service. Each token is valid for `uses` requests. */
  const guarded = (registry: FakeRegistry, realm: string, uses = Infinity) => {
    const used = new Map<string, number>();
    registry.answer('*', (request: IncomingMessage, response: ServerResponse) => {
      const { authorization = '' } = request.headers;
      used.set(authorization, (used.get(authorization) ?? 0) + 1);
      const challenge = `Bearer realm="${realm}",service="reg",scope="repository:team/app:pull,push"`;
      if (!authorization.startsWith('Bearer ') || used.get(authorization)! > uses)
        return response.writeHead(401, { 'www-authenticate': challenge }).end();
      return registry.serve(request, response);
    });
  };
  const tokenPath = `/token?service=reg&scope=${encodeURIComponent('repository:team/app:pull')}`;
  let issued = 0;
  const issues = (_: unknown, response: ServerResponse) =>
    response.end(JSON.stringify({ token: `token-${(issued += 1)}`, expires_in: 300 }));

  it('asks a token service only for pull on this one repository, and keeps the token', async () => {
    const service = await otherRegistry();
    const { client, registry, folder } = await setting({ credentials, allowHosts: [service.host] });
    registry.hold(image, 'v1');
    guarded(registry, `http://${service.host}/token`);
    service.answer('*', issues);
    await client.pull('team/app', await client.head('team/app', 'v1'), join(folder, 'layout'));
    expect(service.requests).toEqual([expect.objectContaining({ line: `GET ${tokenPath}`, authorization: basic })]);
    expect(registry.requests.filter(({ authorization }) => authorization === undefined).length).toBe(1);
    expect(registry.requests.some(({ authorization }) => authorization === basic)).toBe(false);
  });

  it('works anonymously, with a token service on the registry itself', async () => {
    const { client, registry } = await setting();
    registry.hold(image, 'v1');
    guarded(registry, `http://${registry.host}/token`);
    registry.answer(tokenPath, issues);
    await client.manifest('team/app', 'v1');
    expect(registry.requests.find(({ line }) => line.includes('/token'))).toMatchObject({ authorization: undefined });
  });

  it('sends a refresh token as a form', async () => {
    const { client, registry } = await setting({
      credentials: { username: '00000000-0000-0000-0000-000000000000', password: 'refresh' },
    });
    registry.hold(image, 'v1');
    guarded(registry, `http://${registry.host}/oauth2/token`);
    let form = '';
    registry.answer('/oauth2/token', async (request, response) => {
      for await (const piece of request) form += String(piece);
      response.end(JSON.stringify({ access_token: 'from-refresh' }));
    });
    await client.manifest('team/app', 'v1');
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({
      service: 'reg',
      scope: 'repository:team/app:pull',
      grant_type: 'refresh_token',
      refresh_token: 'refresh',
    });
  });

  it('renews an expired token once, and accepts a second refusal', async () => {
    const { client, registry } = await setting();
    registry.hold(image, 'v1');
    guarded(registry, `http://${registry.host}/token`, 1);
    registry.answer(tokenPath, issues);
    await client.manifest('team/app', 'v1');
    await client.manifest('team/app', 'v1');
    expect(registry.times(tokenPath)).toBe(2);
    guarded(registry, `http://${registry.host}/token`, 0);
    await expect(client.manifest('team/app', 'v1')).rejects.toMatchObject({ code: 'unauthorized', retriable: false });
    expect(registry.times(tokenPath)).toBe(3);
  });

  it('requests a token once for concurrent requests', async () => {
    const { client, registry } = await setting();
    registry.hold(image, 'v1');
    guarded(registry, `http://${registry.host}/token`);
    registry.answer(tokenPath, (request, response) => setTimeout(() => issues(request, response), 50));
    await Promise.all([1, 2, 3].map(() => client.manifest('team/app', 'v1')));
    expect(registry.times(tokenPath)).toBe(1);
  });

  it('uses a token that another request fetched in the meantime', async () => {
    const { client, registry } = await setting();
    registry.hold(image, 'v1');
    registry.hold(image, 'late');
    guarded(registry, `http://${registry.host}/token`);
    registry.answer(tokenPath, issues);
    registry.answer(
      manifestPath('late'),
      (_, response) =>
        setTimeout(
          () =>
            status(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token",service="reg"` })(
              _,
              response,
            ),
          100,
        ),
      (request, response) => registry.serve(request, response),
    );
    await Promise.all([client.manifest('team/app', 'late'), client.manifest('team/app', 'v1')]);
    expect(registry.times(tokenPath)).toBe(1);
  });

  it('sends no request to a token service that is not configured', async () => {
    const service = await otherRegistry();
    const { client, registry } = await setting({ credentials });
    guarded(registry, `http://${service.host}/token`);
    await expect(client.manifest('team/app', 'v1')).rejects.toMatchObject({ code: 'forbidden-realm' });
    expect(service.requests).toEqual([]);
  });

  it('recovers from one odd challenge, and from a token service that has moved', async () => {
    const { client, registry } = await setting();
    registry.hold(image, 'v1');
    guarded(registry, 'http://elsewhere.test/token');
    await expect(client.manifest('team/app', 'v1')).rejects.toMatchObject({ code: 'forbidden-realm' });
    registry.answer(tokenPath, (_, response) => response.end(JSON.stringify({ token: 'short', expires_in: 0.001 })));
    registry.answer('*', (request, response) =>
      request.headers.authorization === 'Bearer short'
        ? registry.serve(request, response)
        : response
            .writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token",service="reg"` })
            .end(),
    );
    await client.manifest('team/app', 'v1');
    // Wait until the token has expired.
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    registry.answer(tokenPath, status(410));
    registry.answer(tokenPath.replace('/token', '/moved'), (_, response) =>
      response.end(JSON.stringify({ token: 'moved' })),
    );
    registry.answer('*', (request, response) =>
      request.headers.authorization === 'Bearer moved'
        ? registry.serve(request, response)
        : response
            .writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/moved",service="reg"` })
            .end(),
    );
    await client.manifest('team/app', 'v1');
  });

  it('answers Basic with a password, if there is one', async () => {
    const challenge = (request: IncomingMessage, response: ServerResponse, registry: FakeRegistry) =>
      request.headers.authorization === basic
        ? registry.serve(request, response)
        : response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
    for (const known of [credentials, undefined]) {
      const { client, registry } = await setting(known ? { credentials: known } : {});
      registry.hold(image, 'v1');
      registry.answer('*', (request, response) => challenge(request, response, registry));
      const read = client.manifest('team/app', 'v1');
      await (known
        ? expect(read).resolves.toBeDefined()
        : expect(read).rejects.toMatchObject({ code: 'unauthorized' }));
    }
  });
});

describe('failures', () => {
  it.each([
    { name: 'an image that was deleted', answer: status(404), code: 'gone', retriable: false, requests: 1 },
    { name: 'a refusal', answer: status(403), code: 'unauthorized', retriable: false, requests: 1 },
    {
      name: 'a 404 about Accept',
      answer: (_: unknown, response: ServerResponse) =>
        response
          .writeHead(404)
          .end(
            '{"errors":[{"code":"MANIFEST_UNKNOWN",' +
              '"message":"OCI manifest found, but accept header does not support OCI manifests"}]}',
          ),
      code: 'unsupported-media-type',
      retriable: false,
      requests: 1,
    },
    { name: 'a broken registry', answer: status(503), code: 'unreachable', retriable: true, requests: 3 },
    { name: 'too many requests', answer: status(429), code: 'rate-limited', retriable: true, requests: 3 },
    {
      name: 'a longer pause than we make',
      answer: status(429, { 'retry-after': '3600' }),
      code: 'rate-limited',
      retriable: true,
      requests: 1,
    },
    {
      name: 'a connection that breaks',
      answer: (_: unknown, response: ServerResponse) => response.destroy(),
      code: 'unreachable',
      retriable: true,
      requests: 3,
    },
    {
      name: 'a page of something else',
      answer: status(200, { 'content-type': 'text/html' }),
      code: 'bad-manifest',
      retriable: false,
      requests: 1,
    },
  ])('$name is $code after $requests requests', async ({ answer, code, retriable, requests }) => {
    const { client, registry } = await setting();
    registry.answer('*', answer);
    await expect(client.manifest('team/app', 'v1')).rejects.toMatchObject({ code, retriable });
    expect(registry.requests.length).toBe(requests);
  });

  it('pass when the registry recovers, in the middle of a blob too', async () => {
    const { client, registry, folder } = await setting();
    registry.hold(image);
    const good = (request: IncomingMessage, response: ServerResponse) => registry.serve(request, response);
    registry.answer(manifestPath(image.manifest.digest), status(500), status(429, { 'retry-after': '0' }), good);
    registry.answer(
      blobPath,
      (_, response) => {
        response.writeHead(200, { 'content-length': layer.size });
        response.write('lay', () => response.destroy());
      },
      good,
    );
    await client.pull('team/app', image.manifest.digest, join(folder, 'layout'));
    expect(registry.times(manifestPath(image.manifest.digest))).toBe(3);
    expect(registry.times(blobPath)).toBe(2);
  });

  it('stop when the caller does', async () => {
    const { client, registry, folder } = await setting();
    registry.hold(image);
    const stop = new AbortController();
    registry.answer(blobPath, () => stop.abort(new Error('enough')));
    await expect(
      client.pull('team/app', image.manifest.digest, join(folder, 'layout'), { signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'aborted' });
    await expect(client.manifest('team/app', 'v1', stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('never put raw bytes of the registry into a message', async () => {
    const { client, registry } = await setting();
    registry.answer('*', (_, response) =>
      response
        .writeHead(200, { 'content-type': 'text/caf\u00e9"' })
        .end('{"schemaVersion":2,"mediaType":"text/caf\u00e9\\""}'),
    );
    await expect(client.manifest('team/app', 'v1')).rejects.toMatchObject({
      code: 'unsupported-media-type',
      message: String.raw`a manifest of type "text/caf?\""`,
    });
  });
});

describe('listings and heads', () => {
  const collect = async (names: AsyncIterable<string>) => {
    const all: string[] = [];
    for await (const name of names) all.push(name);
    return all;
  };
  const page = (body: object, next?: string) => (_: unknown, response: ServerResponse) =>
    response.writeHead(200, next === undefined ? {} : { link: `<${next}>; rel="next"` }).end(JSON.stringify(body));

  it('go on page by page, and leave out invalid names', async () => {
    const { client, registry } = await setting();
    registry.answer(
      '/v2/_catalog?n=100',
      page({ repositories: ['a', '../b', 'c/d'] }, '/v2/_catalog?n=100&last=c%2Fd'),
    );
    registry.answer('/v2/_catalog?n=100&last=c%2Fd', page({ repositories: ['e'] }));
    registry.answer('/v2/team/app/tags/list?n=100', page({ name: 'team/app', tags: null }));
    expect(await collect(client.repositories())).toEqual(['a', 'c/d', 'e']);
    expect(await collect(client.tags('team/app'))).toEqual([]);
  });

  it('do not follow a loop, nor a link to another path', async () => {
    const { client, registry } = await setting();
    const canary = await otherRegistry();
    registry.answer('/v2/_catalog?n=100', page({ repositories: ['a'] }, '/v2/_catalog?n=100'));
    await expect(collect(client.repositories())).rejects.toMatchObject({ code: 'bad-answer' });
    registry.answer('/v2/team/app/tags/list?n=100', page({ tags: ['a'] }, `http://${canary.host}/v2/other/tags/list`));
    await expect(collect(client.tags('team/app'))).rejects.toMatchObject({ code: 'bad-answer' });
    expect(canary.requests).toEqual([]);
  });

  it('do not accept a digest other than the requested one', async () => {
    const { client, registry } = await setting();
    registry.answer(manifestPath(layer.digest), (_, response) =>
      response.writeHead(200, { 'docker-content-digest': image.manifest.digest }).end(),
    );
    registry.answer(manifestPath('v1'), (_, response) =>
      response.writeHead(200, { 'docker-content-digest': 'sha256:x' }).end(),
    );
    await expect(client.head('team/app', layer.digest)).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(client.head('team/app', 'v1')).rejects.toMatchObject({ code: 'bad-descriptor' });
  });

  it('hash the manifest if no header names the digest', async () => {
    const { client, registry } = await setting();
    registry.answer(manifestPath('v1'), (request, response) =>
      response
        .writeHead(200, { 'content-type': ociManifest })
        .end(request.method === 'HEAD' ? undefined : image.manifest.bytes),
    );
    expect(await client.head('team/app', 'v1')).toBe(image.manifest.digest);
  });
});

it('an answer of a registry shows its time, until the next one', async () => {
  const { client, registry } = await setting();
  registry.hold(image, 'v1');
  const aheadMs = () =>
    Math.round(((registryTime(registry.access().loginServer) ?? Number.NaN) - Date.now()) / 10_000) * 10_000;
  const tenDays = 864_000_000;
  registry.answer(
    manifestPath('v1'),
    (_, response) => response.writeHead(404, { date: new Date(Date.now() + tenDays).toUTCString() }).end(),
    (request, response) => {
      response.setHeader('date', new Date(Date.now() + tenDays).toUTCString());
      registry.serve(request, response);
    },
    (request, response) => registry.serve(request, response),
  );
  await expect(client.head('team/app', 'v1')).rejects.toThrow();
  expect(aheadMs()).toBeNaN();
  await client.head('team/app', 'v1');
  expect(aheadMs()).toBe(tenDays);
  await client.head('team/app', 'v1');
  expect(Math.abs(aheadMs())).toBe(0);
});

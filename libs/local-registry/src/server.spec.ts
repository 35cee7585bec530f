import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLocalRegistry } from './server.ts';

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const content = '0123456789';
const digest = digestOf(content);

const started = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'assay-local-registry-'));
  const registry = await startLocalRegistry({ directory, host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });
  const ask = (method: string, path: string, options: { body?: string; headers?: Record<string, string> } = {}) =>
    fetch(new URL(path, registry.url), { method, ...options });
  const upload = async (repository: string, text: string) =>
    ask('POST', `/v2/${repository}/blobs/uploads/?digest=${digestOf(text)}`, { body: text });
  const begin = async (repository: string) =>
    (await ask('POST', `/v2/${repository}/blobs/uploads/`)).headers.get('location')!;
  return { registry, directory, ask, upload, begin };
};
const codeOf = async (answer: Response) => [
  answer.status,
  ((await answer.json()) as { errors: [{ code: string }] }).errors[0].code,
];

describe('a blob', () => {
  it('is uploaded at once, by POST and PUT, and in chunks', async () => {
    const { ask, upload, begin, directory } = await started();
    const one = await upload('a', content);
    expect([one.status, one.headers.get('location'), one.headers.get('docker-content-digest')]).toEqual([
      201,
      `/v2/a/blobs/${digest}`,
      digest,
    ]);
    const put = await ask('PUT', `${await begin('b')}?digest=${digest}`, { body: content });
    expect(put.status).toBe(201);
    const location = await begin('c');
    const piece = await ask('PATCH', location, {
      body: content.slice(0, 4),
      headers: { 'content-range': '0-3', 'content-type': 'application/octet-stream' },
    });
    expect([piece.status, piece.headers.get('range')]).toEqual([202, '0-3']);
    expect((await ask('GET', location)).status).toBe(204);
    expect((await ask('PATCH', location, { body: content.slice(4), headers: { 'content-range': '4-9' } })).status).toBe(
      202,
    );
    expect((await ask('PUT', `${location}?digest=${digest}`)).status).toBe(201);
    for (const repository of ['a', 'b', 'c'])
      expect(await (await ask('GET', `/v2/${repository}/blobs/${digest}`)).text()).toBe(content);
    expect(await readdir(join(directory, 'uploads'))).toEqual([]);
    expect(await readdir(join(directory, 'blobs', 'sha256'))).toEqual([digest.slice(7)]);
  });

  it('is refused with another digest, out of order, or without an upload', async () => {
    const { ask, begin, directory } = await started();
    expect(await codeOf(await ask('PUT', `${await begin('a')}?digest=${digest}`, { body: 'other' }))).toEqual([
      400,
      'DIGEST_INVALID',
    ]);
    expect(await codeOf(await ask('PUT', `${await begin('a')}?digest=md5:1`, { body: 'other' }))).toEqual([
      400,
      'DIGEST_INVALID',
    ]);
    expect(
      await codeOf(await ask('PATCH', await begin('a'), { body: 'x', headers: { 'content-range': '4-4' } })),
    ).toEqual([416, 'BLOB_UPLOAD_INVALID']);
    expect(await codeOf(await ask('PATCH', '/v2/a/blobs/uploads/none', { body: 'x' }))).toEqual([
      404,
      'BLOB_UPLOAD_UNKNOWN',
    ]);
    expect(await codeOf(await ask('PATCH', (await begin('a')).replace('/a/', '/b/'), { body: 'x' }))).toEqual([
      404,
      'BLOB_UPLOAD_UNKNOWN',
    ]);
    const cancelled = await begin('a');
    expect((await ask('DELETE', cancelled)).status).toBe(204);
    expect((await ask('GET', cancelled)).status).toBe(404);
    await expect(readdir(join(directory, 'blobs'))).rejects.toThrow('ENOENT');
  });

  it('is visible only in repositories that have it, and can be mounted into another', async () => {
    const { ask, upload } = await started();
    await upload('a', content);
    expect(await codeOf(await ask('GET', `/v2/b/blobs/${digest}`))).toEqual([404, 'BLOB_UNKNOWN']);
    expect((await ask('POST', `/v2/b/blobs/uploads/?mount=${digest}&from=nobody`)).status).toBe(202);
    expect((await ask('POST', `/v2/b/blobs/uploads/?mount=${digest}&from=a`)).status).toBe(201);
    expect((await ask('HEAD', `/v2/b/blobs/${digest}`)).headers.get('content-length')).toBe('10');
    expect((await ask('DELETE', `/v2/b/blobs/${digest}`)).status).toBe(202);
    expect([
      (await ask('HEAD', `/v2/b/blobs/${digest}`)).status,
      (await ask('HEAD', `/v2/a/blobs/${digest}`)).status,
    ]).toEqual([404, 200]);
  });

  it('is served in part', async () => {
    const { ask, upload } = await started();
    await upload('a', content);
    await upload('a', '');
    const part = async (range: string) => {
      const answer = await ask('GET', `/v2/a/blobs/${digest}`, { headers: { range } });
      return [answer.status, answer.headers.get('content-range'), await answer.text()];
    };
    expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await part('bytes=8-99')).toEqual([206, 'bytes 8-9/10', '89']);
    expect((await part('bytes=10-11'))[0]).toBe(416);
    expect(await (await ask('GET', `/v2/a/blobs/${digestOf('')}`)).text()).toBe('');
    const large = content.repeat(20_000);
    await upload('a', large);
    const middle = await ask('GET', `/v2/a/blobs/${digestOf(large)}`, { headers: { range: 'bytes=100002-100005' } });
    expect([middle.status, middle.headers.get('content-range'), await middle.text()]).toEqual([
      206,
      'bytes 100002-100005/200000',
      '2345',
    ]);
    expect(digestOf(await (await ask('GET', `/v2/a/blobs/${digestOf(large)}`)).text())).toBe(digestOf(large));
  });
});

describe('a manifest', () => {
  const manifest = (more = '') =>
    `{ "schemaVersion": 2, "mediaType": "${manifestType}", ` +
    `"config": { "mediaType": "x", "digest": "${digest}", "size": 10 }, "layers": [] ${more}}`;
  const put = (ask: Awaited<ReturnType<typeof started>>['ask'], reference: string, body: string, type = manifestType) =>
    ask('PUT', `/v2/team/app/manifests/${reference}`, { body, headers: { 'content-type': type } });

  it('is stored byte for byte, under its digest and its tag', async () => {
    const { ask, upload } = await started();
    await upload('team/app', content);
    const pushed = await put(ask, 'v1', manifest());
    expect([pushed.status, pushed.headers.get('docker-content-digest')]).toEqual([201, digestOf(manifest())]);
    for (const reference of ['v1', digestOf(manifest())]) {
      const got = await ask('GET', `/v2/team/app/manifests/${reference}`);
      expect([await got.text(), got.headers.get('content-type'), got.headers.get('docker-content-digest')]).toEqual([
        manifest(),
        manifestType,
        digestOf(manifest()),
      ]);
      expect((await ask('HEAD', `/v2/team/app/manifests/${reference}`)).headers.get('content-length')).toBe(
        String(manifest().length),
      );
    }
  });

  it('is refused without its blobs, under another digest, and if it is invalid', async () => {
    const { ask, upload } = await started();
    expect(await codeOf(await put(ask, 'v1', manifest()))).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
    await upload('team/app', content);
    expect(await codeOf(await put(ask, digest, manifest()))).toEqual([400, 'DIGEST_INVALID']);
    expect(await codeOf(await put(ask, 'v1', '{'))).toEqual([400, 'MANIFEST_INVALID']);
    expect(await codeOf(await put(ask, 'v1', 'null'))).toEqual([400, 'MANIFEST_INVALID']);
    expect(await codeOf(await put(ask, 'v1', manifest(), 'text/plain'))).toEqual([400, 'MANIFEST_INVALID']);
    expect(await codeOf(await put(ask, '-v1', manifest()))).toEqual([400, 'TAG_INVALID']);
    expect(await codeOf(await ask('GET', '/v2/team/app/manifests/v1'))).toEqual([404, 'MANIFEST_UNKNOWN']);
    const large = `"${'x'.repeat(4 * 1024 ** 2)}"`;
    expect(await codeOf(await put(ask, 'v1', large))).toEqual([413, 'SIZE_INVALID']);
  });

  it('is deleted with all its tags; a tag is deleted alone', async () => {
    const { ask, upload } = await started();
    await upload('team/app', content);
    for (const tag of ['v1', 'v2', 'v3']) await put(ask, tag, manifest());
    await put(ask, 'other', manifest(', "annotations": {}'));
    const tags = async () => ((await (await ask('GET', '/v2/team/app/tags/list')).json()) as { tags: string[] }).tags;
    expect((await ask('DELETE', '/v2/team/app/manifests/v3')).status).toBe(202);
    expect(await tags()).toEqual(['other', 'v1', 'v2']);
    expect((await ask('DELETE', `/v2/team/app/manifests/${digestOf(manifest())}`)).status).toBe(202);
    expect(await tags()).toEqual(['other']);
    expect(await codeOf(await ask('DELETE', '/v2/team/app/manifests/v1'))).toEqual([404, 'MANIFEST_UNKNOWN']);
  });

  it('is listed page by page', async () => {
    const { ask, upload } = await started();
    await upload('team/app', content);
    for (const tag of ['a', 'b', 'c']) await put(ask, tag, manifest());
    const first = await ask('GET', '/v2/team/app/tags/list?n=2');
    expect(await first.json()).toEqual({ name: 'team/app', tags: ['a', 'b'] });
    const next = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '')![1]!;
    const second = await ask('GET', next);
    expect([await second.json(), second.headers.get('link')]).toEqual([{ name: 'team/app', tags: ['c'] }, null]);
    expect(await (await ask('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['team/app'] });
    expect(await codeOf(await ask('GET', '/v2/nobody/tags/list'))).toEqual([404, 'NAME_UNKNOWN']);
  });
});

describe('the API', () => {
  it('reports its version, and refuses paths outside it', async () => {
    const { ask } = await started();
    const base = await ask('GET', '/v2/');
    expect([base.status, base.headers.get('docker-distribution-api-version')]).toEqual([200, 'registry/2.0']);
    const other = await ask('GET', '/v2/team/app/other/thing/x');
    expect([other.status, other.headers.get('content-type'), await other.text()]).toEqual([
      404,
      'text/plain',
      '404 page not found\n',
    ]);
    expect(await codeOf(await ask('POST', '/v2/_catalog'))).toEqual([405, 'UNSUPPORTED']);
    expect(await codeOf(await ask('GET', '/v2/Team/manifests/v1'))).toEqual([400, 'NAME_INVALID']);
    expect(await codeOf(await ask('GET', '/v2/%2e%2e%2f%2e%2e%2fx/manifests/v1'))).toEqual([400, 'NAME_INVALID']);
    expect(await codeOf(await ask('GET', '/v2/a/blobs/sha256:..'))).toEqual([400, 'DIGEST_INVALID']);
    expect((await ask('GET', '/v2/a/blobs/sha256:..%2f..%2fx')).status).toBe(404);
  });

  it('refuses a web page that resolves its own name to our address', async () => {
    const { registry } = await started();
    const statusFor = (host: string) =>
      new Promise<number>((resolve) => {
        request(registry.url + '/v2/', { headers: { host } }, (answer) =>
          resolve(answer.resume().statusCode ?? 0),
        ).end();
      });
    expect(await statusFor('attacker.test')).toBe(403);
    expect(await statusFor(`localhost:${registry.port}`)).toBe(200);
  });

  it('listens on loopback only', async () => {
    await expect(startLocalRegistry({ directory: '/nowhere', host: '0.0.0.0', port: 0 })).rejects.toThrow(
      'loopback only',
    );
  });
});

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { RegistryClient } from '@assay/registry';
import { inspect } from './inspect.ts';

interface Layout {
  readonly digest: string;
  readonly mediaType: string;
}

/** Serves one demonstration image from its layout, and records the requests. */
const serving = async (name: string): Promise<Layout & { client: RegistryClient; sent: string[] }> => {
  const folder = new URL(`../../../../e2e/images/${name}/`, import.meta.url);
  const {
    manifests: [{ digest, mediaType }],
  } = JSON.parse(await readFile(new URL('index.json', folder), 'utf8')) as { manifests: [Layout] };
  const sent: string[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const [, kind = '', hex = ''] = /\/(manifests|blobs)\/sha256:([a-f0-9]{64})$/.exec(request.url ?? '') ?? [];
    sent.push(kind);
    const bytes = await readFile(new URL(`blobs/sha256/${hex}`, folder)).catch(() => undefined);
    const { mediaType: own = '' } =
      kind === 'manifests' && bytes ? (JSON.parse(bytes.toString()) as { mediaType?: string }) : {};
    response.writeHead(bytes ? 200 : 404, { 'content-type': own }).end(bytes);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const client = new RegistryClient({
    loginServer: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    plainHttp: true,
    allowAddresses: ['127.0.0.0/8'],
  });
  onTestFinished(async () => {
    await client.close();
    server.close();
  });
  return { digest, mediaType, client, sent };
};

it.each([
  [
    'debian-13.0',
    { kind: 'image', os: 'linux', architecture: 'amd64', layers: 1, createdAt: '2025-08-09T12:00:00.000Z' },
    ['manifests', 'blobs'],
  ],
  ['nginx-1.23.3', { kind: 'image', layers: 2 }, ['manifests', 'blobs']],
  ['busybox-1.37.0-glibc', { kind: 'image', os: 'linux', compressedBytes: 2211507 }, ['manifests', 'blobs']],
  ['windows', { kind: 'image', os: 'windows', osVersion: '10.0.26100.1742' }, ['manifests', 'blobs']],
  ['helm-chart', { kind: 'helm-chart' }, ['manifests']],
  ['cosign-signature', { kind: 'signature' }, ['manifests']],
  [
    'alpine-index',
    { kind: 'index', children: [{ kind: 'image', os: 'linux', architecture: 'amd64' }, { kind: 'attestation' }] },
    ['manifests'],
  ],
])('R20: %s is read in as few requests as possible', async (name, facts, requests) => {
  const { client, digest, mediaType, sent } = await serving(name);
  expect(await inspect(client, 'team/app', digest)).toMatchObject({ mediaType, facts });
  expect(sent).toEqual(requests);
});

it('R20: an attestation that an index lists is also recognised when it is read by itself', async () => {
  const { client, digest } = await serving('alpine-index');
  const {
    facts: { children },
  } = await inspect(client, 'team/app', digest);
  expect((await inspect(client, 'team/app', children![1]!.digest)).facts).toMatchObject({
    kind: 'attestation',
    cannotRun: 'layer-types',
  });
});

it('R7: an index that an index lists as a manifest is refused', async () => {
  const { client, digest } = await serving('alpine-index');
  await expect(inspect(client, 'team/app', digest, undefined, undefined, true)).rejects.toMatchObject({
    code: 'index-too-deep',
  });
});

it('a deleted manifest is reported as gone', async () => {
  const { client } = await serving('windows');
  await expect(inspect(client, 'team/app', `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
    code: 'gone',
    retriable: false,
  });
});

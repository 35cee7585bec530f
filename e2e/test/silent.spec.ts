import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { TestSuite } from './suite.ts';

it('lets one registry that never answers hold up nobody else', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const loginServer = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const configured = {
    registryId:
      '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.ContainerRegistry/registries/silent',
    loginServer,
    plainHttp: true,
    allowAddresses: ['127.0.0.0/8'],
    secret: 'of-the-silent-one',
  };
  const suite = await TestSuite.start({ env: { ASSAY_REGISTRIES: JSON.stringify([configured]) } });
  const told = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      fetch(`${suite.suite.endpoint.url}/ingest/acr`, {
        method: 'POST',
        headers: { authorization: `Bearer ${configured.secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          id: `push-${n}`,
          timestamp: new Date().toISOString(),
          action: 'push',
          request: { host: loginServer },
          target: {
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            repository: 'app',
            tag: `v${n}`,
            digest: `sha256:${n.toString(16).padStart(64, '0')}`,
          },
        }),
      }),
    ),
  );
  expect(new Set(told.map(({ status }) => status))).toEqual(new Set([202]));
  await expect.poll(() => sockets.size).toBeGreaterThan(0);
  expect((await suite.settled(await suite.push('windows', 'windows', 'v1'), 'windows')).reason).toBe('windows-image');
});

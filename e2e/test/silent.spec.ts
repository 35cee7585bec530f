import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, TestSuite, type AnsweredPlacement } from './suite.ts';

const configuredAt = (loginServer: string) => ({
  registryId:
    '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers' +
    '/Microsoft.ContainerRegistry/registries/silent',
  loginServer,
  plainHttp: true,
  allowAddresses: ['127.0.0.0/8'],
  secret: 'of-the-silent-one',
});

/** The webhook's answer to a push of the nth image. */
const notify = async ({ suite }: TestSuite, { loginServer, secret }: ReturnType<typeof configuredAt>, n: number) => {
  const { status } = await fetch(`${suite.endpoint.url}/ingest/acr`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      id: `push-${n}`,
      timestamp: new Date().toISOString(),
      action: 'push',
      request: { host: loginServer },
      target: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        repository: 'app',
        tag: `v${n}`,
        digest: digestOf(n),
      },
    }),
  });
  return status;
};
const digestOf = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;

it('does not let a registry that never answers delay others', async () => {
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
  const configured = configuredAt(loginServer);
  const suite = await TestSuite.start({ env: { ASSAY_REGISTRIES: JSON.stringify([configured]) } });
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => notify(suite, configured, n)));
  expect(new Set(answers)).toEqual(new Set([202]));
  await expect.poll(() => sockets.size).toBeGreaterThan(0);
  expect((await suite.settled(await suite.push('windows', 'windows', 'v1'), 'windows')).reason).toBe('windows-image');
});

it('shows a push as queued while its registry is away', async () => {
  const configured = configuredAt(`127.0.0.1:${await freePort()}`);
  const suite = await TestSuite.start({ env: { ASSAY_REGISTRIES: JSON.stringify([configured]) } });
  expect(await notify(suite, configured, 1)).toBe(202);
  const shown = () =>
    suite
      .get<{ placements: AnsweredPlacement[] }>(`/assay/images/${encodeURIComponent(digestOf(1))}`)
      .catch(() => undefined);
  await expect.poll(async () => (await shown())?.placements).toMatchObject([{ repository: 'app', status: 'queued' }]);
});

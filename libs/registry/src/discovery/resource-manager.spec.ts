import { expect, it, onTestFinished, vi } from 'vitest';
import { Discoveries, limits, ResourceManager } from '@assay/registry';
import { trustedCertificate } from '../../test/authority.ts';
import { FakeArm } from '../../test/fake-arm.ts';
import { clientId, FakeEntra, tenantId } from '../../test/fake-entra.ts';

it('the identity asks nothing of another host, by an id that an event made up', async () => {
  const auth = { kind: 'managed-identity' };
  const [discovery] = new Discoveries(JSON.stringify([{ name: 'prod', subscriptions: 'all', auth }])).current;
  const manager = new ResourceManager(discovery!, { retry: { attempts: 1 } });
  await expect(manager.isGone('//evil.test/x', AbortSignal.timeout(1))).rejects.toMatchObject({ code: 'bad-answer' });
  await manager.close();
});

it('a listing of ever new pages ends at the bound', async () => {
  const { pages } = limits;
  Object.assign(limits, { pages: 3 });
  vi.stubEnv('ASSAY_TEST_SECRET', 's3cret');
  const tls = await trustedCertificate();
  const arm = await FakeArm.start(tls);
  const entra = await FakeEntra.start(tls, (token) => arm.knows.add(token));
  const { authorityHost } = entra;
  onTestFinished(() => {
    Object.assign(limits, { pages });
    vi.unstubAllEnvs();
    entra.close();
  });
  arm.pageSize = 1;
  for (const id of ['a', 'b', 'c', 'd']) arm.subscriptions[id] = { displayName: id, state: 'Enabled', registries: [] };
  const origin = `https://${arm.host}`;
  const [discovery] = new Discoveries(
    JSON.stringify([
      {
        name: 'prod',
        subscriptions: 'all',
        auth: {
          kind: 'service-principal',
          tenantId,
          clientId,
          clientSecret: { env: 'ASSAY_TEST_SECRET' },
          authorityHost,
        },
        cloud: { name: 'Own', resourceManager: origin, audience: origin, suffix: '.cloud.test', blobs: '.blobs.test' },
        allowAddresses: ['127.0.0.0/8'],
      },
    ]),
  ).current;
  const manager = new ResourceManager(discovery!);
  onTestFinished(() => manager.close());
  const seen: string[] = [];
  const listing = async () => {
    for await (const { displayName } of manager.subscriptions(AbortSignal.timeout(60_000))) seen.push(displayName);
  };
  await expect(listing()).rejects.toMatchObject({ code: 'bad-answer', message: 'a listing without end' });
  expect([seen, arm.requests.length]).toEqual([['a', 'b', 'c'], 3]);
});

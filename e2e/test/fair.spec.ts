import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { FakeRegistry, imageOf, ociManifest } from '../../libs/registry/test/fake-registry.ts';
import { terminal, TestSuite, type AnsweredPlacement } from './suite.ts';

const [secret, subscriptionId] = ['of-the-slow-registry', '00000000-0000-0000-0000-0000000000fe'];
/** Declared for each slow layer. It comes at 40 kB a second: fast enough that no limit ends it. */
const layerBytes = 16_000_000;

it('a push is answered beside eight slow layers of another subscription, which hold all slots for pulls', async () => {
  const registry = await FakeRegistry.start();
  onTestFinished(() => registry.close());
  const suite = await TestSuite.start({
    env: {
      ASSAY_PULLS: '4',
      ASSAY_SANDBOX_SLOTS: '2',
      ASSAY_SCAN_SECONDS: '3600',
      ASSAY_REGISTRIES: JSON.stringify([
        {
          registryId:
            `/subscriptions/${subscriptionId}/resourceGroups/r/` +
            'providers/Microsoft.ContainerRegistry/registries/slow',
          ...registry.access(),
          secret,
        },
      ]),
    },
  });
  const plan = await fetch(
    `${suite.suite.endpoint.url}/subscriptions/${subscriptionId}/providers/Microsoft.Security/pricings/Containers` +
      '?api-version=2022-03-01',
    {
      method: 'PUT',
      headers: { authorization: `Bearer ${suite.suite.endpoint.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { pricingTier: 'Standard' } }),
    },
  );
  expect(plan.status).toBe(200);
  const begun = new Set<string>();
  const slow = Array.from({ length: 8 }, (_, nth) => imageOf(Buffer.alloc(layerBytes, nth)));
  for (const image of slow) {
    registry.hold(image, 'latest');
    registry.answer(`/v2/slow/app/blobs/${image.layers[0]!.digest}`, (_request, response) => {
      begun.add(image.manifest.digest);
      response.writeHead(200);
      const drip = setInterval(() => response.write(Buffer.alloc(4096)), 100);
      response.on('close', () => clearInterval(drip));
    });
    const { status } = await fetch(`${suite.suite.endpoint.url}/ingest/acr`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        id: randomUUID(),
        timestamp: new Date().toISOString(),
        action: 'push',
        target: { mediaType: ociManifest, digest: image.manifest.digest, repository: 'slow/app', tag: 'latest' },
        request: { host: registry.host },
      }),
    });
    expect(status).toBe(202);
  }
  await expect.poll(() => begun.size).toBe(4);
  const digest = await suite.push('debian-13.8', 'beside', 'v1');
  expect((await suite.settled(digest, 'beside')).status).toBe('healthy');
  const statuses = await Promise.all(
    slow.map(async ({ manifest }) => {
      const { placements } = await suite.get<{ placements: AnsweredPlacement[] }>(`/assay/images/${manifest.digest}`);
      return placements.map(({ status }) => terminal(status));
    }),
  );
  expect(statuses).toEqual(Array(8).fill([false]));
});

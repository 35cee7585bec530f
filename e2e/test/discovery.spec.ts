import { readdirSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { blobOf, ociManifest } from '../../libs/registry/test/fake-registry.ts';
import { heldRegistry } from '../../libs/registry/test/fake-arm.ts';
import { production, staging, startedCloud } from '../../apps/ingestion/test/cloud.ts';
import { respond, type FakeAcr } from '../../libs/registry/test/fake-acr.ts';
import { images, recordsOf, scannerIsHere, TestSuite, type AnsweredPlacement } from './suite.ts';

beforeAll(scannerIsHere);

/** Puts a real image into every registry of the cloud. */
const held = (acr: FakeAcr, layout: string, repository: string): string => {
  const folder = join(images, layout);
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    manifests: [{ digest: string }];
  };
  const [{ digest }] = manifests;
  for (const name of readdirSync(join(folder, 'blobs/sha256'))) {
    const bytes = readFileSync(join(folder, 'blobs/sha256', name));
    if (digest.endsWith(name)) acr.holdManifest(blobOf(ociManifest, bytes));
    else acr.holdBlob(blobOf('application/octet-stream', bytes));
  }
  acr.repositories[repository] = [{ digest, tags: ['v1'] }];
  return digest;
};

it('subscriptions are enough: the images of public registries are assessed and charged once, others not', async () => {
  const { arm, acr, env, subscription, proxy } = await startedCloud(['one', 'two', 'three', 'four']);
  delete acr.repositories['team/hello'];
  const digest = held(acr, 'alpine-3.20.3', 'team/alpine');
  subscription(production, 'Production', 'one', 'two');
  subscription(staging, 'Staging', 'three').registries.push(
    heldRegistry(staging, 'four', { publicNetworkAccess: 'Disabled' }),
  );
  const suite = await TestSuite.start({ env });
  const { url, token } = suite.suite.endpoint;
  for (const id of [production, staging])
    await fetch(`${url}/subscriptions/${id}/providers/Microsoft.Security/pricings/Containers?api-version=2022-03-01`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { pricingTier: 'Standard' } }),
    });
  const placements = async () =>
    (
      await suite
        .get<{ placements: (AnsweredPlacement & { loginServer: string })[] }>(`/assay/images/${digest}`)
        .catch(() => ({ placements: [] }))
    ).placements
      .map(({ loginServer, status, reason }) => [loginServer.split('.')[0], reason ?? status])
      .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const assessed = expect.stringMatching(/^(un)?healthy$/) as string;
  await expect.poll(placements).toEqual([
    ['one', assessed],
    ['three', assessed],
    ['two', assessed],
  ]);
  const charges = async () =>
    (await recordsOf(suite.suite, 'usage.charged')).map(({ data }) => String(data.subscriptionId)).toSorted();
  await expect.poll(charges).toEqual([production, staging]);

  arm.subscriptions[production]!.registries[1]!.properties.publicNetworkAccess = 'Disabled';
  arm.subscriptions[staging]!.registries[1]!.properties.publicNetworkAccess = 'Enabled';
  await expect.poll(placements).toEqual([
    ['four', assessed],
    ['one', assessed],
    ['three', assessed],
    ['two', 'registry-not-public'],
  ]);
  expect(await charges()).toEqual([production, staging]);
  const { value: registries } = await suite.get<{ value: { loginServer: string; discovery?: string }[] }>(
    '/assay/registries',
  );
  expect(registries.filter(({ discovery }) => discovery === 'prod')).toHaveLength(4);
  expect(arm.strangers).toEqual([]);
  expect(new Set(proxy.asked)).toEqual(
    new Set(['arm', 'one', 'two', 'three', 'four'].map((name) => `${name}.cloud.test:443`)),
  );
});

it('another Assay is a cloud, too: its registries are shown as it serves them', async () => {
  const { acr, entra, env, discovery, written } = await startedCloud(['one', 'two']);
  const declared = (name: string, suffix: string, more: object = {}) => ({
    registryId: heldRegistry(production, name).id,
    loginServer: `${name}${suffix}`,
    subscriptionName: 'Production',
    location: 'northeurope',
    sku: 'Basic',
    tags: { team: name },
    ...more,
  });
  const served = await TestSuite.start({
    https: true,
    registries: [],
    env: {
      ASSAY_REGISTRIES: JSON.stringify([
        declared('one', '.cloud.test'),
        declared('two', '.cloud.test', { networkAccess: 'restricted' }),
        declared('three', '.azurecr.io'),
      ]),
    },
  });
  const { url, token, ca } = served.suite.endpoint;
  await appendFile(env.ASSAY_REGISTRY_CA, readFileSync(ca!));
  const audience = 'https://assay.cloud.test';
  entra.answer = ({ scope = '' }, response) => {
    const given = scope.startsWith(audience) ? token : 'for-registries';
    if (given !== token) acr.knows.add(given);
    respond(response, 200, { token_type: 'Bearer', expires_in: 3600, access_token: given });
  };
  await written({
    ...discovery,
    cloud: { ...(discovery.cloud as object), resourceManager: url, audience },
    allowAddresses: ['127.0.0.0/8'],
  });
  const suite = await TestSuite.start({ env, registries: [] });
  const shown = async () => (await suite.get<{ value: Record<string, unknown>[] }>('/assay/registries')).value;
  await expect.poll(async () => (await shown()).length).toBe(2);
  expect(await shown()).toMatchObject(
    [declared('one', '.cloud.test'), declared('two', '.cloud.test', { networkAccess: 'restricted' })].map((one) => ({
      ...one,
      discovery: 'prod',
      cloud: 'AzureCloud',
    })),
  );
  const listings = async () => (await suite.get<{ value: object[] }>('/assay/discovery')).value;
  await expect.poll(listings).toContainEqual(
    expect.objectContaining({
      subscriptionId: production,
      state: 'listed',
      registries: 2,
      restricted: 1,
      leftOut: [
        {
          registryId: declared('three', '').registryId,
          loginServer: 'three.azurecr.io',
          why: 'its login server is no bare name below .cloud.test',
        },
      ],
    }),
  );
  await expect.poll(() => acr.posted.length).toBeGreaterThan(0);
  expect(acr.strangers).toEqual([]);
});

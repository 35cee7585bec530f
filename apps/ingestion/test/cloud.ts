import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { certificateFor } from '../../../libs/registry/test/authority.ts';
import { FakeAcr } from '../../../libs/registry/test/fake-acr.ts';
import { armAudience, FakeArm, heldRegistry, type HeldSubscription } from '../../../libs/registry/test/fake-arm.ts';
import { clientId, FakeEntra, tenantId } from '../../../libs/registry/test/fake-entra.ts';
import { FakeProxy } from '../../../libs/registry/test/fake-proxy.ts';
import { imageOf } from '../../../libs/registry/test/fake-registry.ts';

export const [production, staging] = ['1', '2'].map((hex) => `0000000${hex}-0000-0000-0000-00000000000${hex}`) as [
  string,
  string,
];

const secretName = 'ASSAY_TEST_DISCOVERY_SECRET';

/**
 * A cloud of its own: Azure Resource Manager, Entra, and registries with names below a suffix, which only the proxy
 * knows. Entra's tokens are known to the one whose audience they have.
 */
export const startedCloud = async (names: readonly string[] = ['one', 'two', 'three']) => {
  vi.stubEnv(secretName, 's3cret');
  const folder = await mkdtemp(join(tmpdir(), 'assay-cloud-'));
  const hosts = [...['arm', 'evil', ...names].map((name) => `${name}.cloud.test`), 'arm.nation.test', 'evil.test'];
  const tls = await certificateFor(...hosts);
  const [arm, nation, acr] = [await FakeArm.start(tls), await FakeArm.start(tls), await FakeAcr.start(tls)];
  const managers: Readonly<Record<string, FakeArm>> = { [armAudience]: arm, 'https://arm.nation.test': nation };
  const entra = await FakeEntra.start(tls, (token, audience) => (managers[audience] ?? acr).knows.add(token));
  const places = {
    ...Object.fromEntries(hosts.map((host) => [`${host}:443`, acr.host])),
    'arm.cloud.test:443': arm.host,
    'arm.nation.test:443': nation.host,
  };
  const proxy = await FakeProxy.start(places);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    entra.close();
    // First: the registry would wait two minutes for a handshake that was under way through the proxy.
    await proxy.close();
    await acr.close();
    await rm(folder, { recursive: true });
  });
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, tls.ca);
  const discovery = {
    name: 'prod',
    subscriptions: 'all' as unknown,
    auth: {
      kind: 'service-principal',
      tenantId,
      clientId,
      clientSecret: { env: secretName },
      authorityHost: entra.authorityHost,
    },
    cloud: {
      name: 'AzureCloud',
      resourceManager: 'https://arm.cloud.test',
      audience: armAudience,
      suffix: '.cloud.test',
      blobs: '.blobs.cloud.test',
    } as unknown,
    intervalSeconds: 1,
  };
  const national = {
    ...discovery,
    name: 'national',
    cloud: {
      name: 'NationalCloud',
      resourceManager: 'https://arm.nation.test',
      audience: 'https://arm.nation.test',
      suffix: '.nation.test',
      blobs: '.blobs.nation.test',
    },
  };
  const file = join(folder, 'discovery.json');
  const written = (...list: readonly object[]): Promise<void> => writeFile(file, JSON.stringify(list));
  await written(discovery);
  const subscription = (id: string, displayName: string, ...registries: readonly string[]): HeldSubscription =>
    (arm.subscriptions[id] = {
      displayName,
      state: 'Enabled',
      registries: registries.map((name) => heldRegistry(id, name)),
    });
  /** One image, which every registry of the cloud has. */
  const image = imageOf('one');
  acr.hold(image);
  acr.repositories['team/hello'] = [{ digest: image.manifest.digest, tags: ['v1'] }];
  return {
    arm,
    nation,
    acr,
    entra,
    proxy,
    /** Another way to the same names. */
    otherProxy: () => FakeProxy.start(places),
    image,
    discovery,
    /** A discovery in another cloud, whose registries no proxy knows. */
    national,
    written,
    subscription,
    env: {
      ASSAY_DISCOVERY: file,
      ASSAY_REGISTRY_CA: ca,
      HTTPS_PROXY: `http://${proxy.host}`,
    } satisfies Record<string, string>,
  };
};

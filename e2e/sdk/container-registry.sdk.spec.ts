import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ContainerRegistryClient, ContainerRegistryContentClient } from '@azure/container-registry';
import { AzureKeyCredential, EventGridPublisherClient } from '@azure/eventgrid';
import { ClientSecretCredential } from '@azure/identity';
import { expect, inject, it } from 'vitest';
import { clientId, tenantId } from '../../libs/registry/test/fake-entra.ts';
import { all, api, containerRegistry, endpoint, security } from './clients.ts';

const acr = inject('acr');
setDefaultCACertificates([...getCACertificates('default'), acr.ca]);

const principal = new ClientSecretCredential(tenantId, clientId, 's3cret', {
  authorityHost: acr.authorityHost,
  disableInstanceDiscovery: true,
});
const client = new ContainerRegistryClient(`https://${acr.loginServer}`, principal);
const layout = join(import.meta.dirname, '../images/alpine-3.20.3');
const repository = 'team/web';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}
interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

const blob = (digest: string): Promise<Buffer> =>
  readFile(join(layout, 'blobs/sha256', digest.slice('sha256:'.length)));
const json = async <T>(bytes: Promise<Buffer>): Promise<T> => JSON.parse((await bytes).toString()) as T;

/** Pushes the image as the client does, blobs in pieces and then the manifest. A unique author makes the digest new. */
const push = async (tag: string): Promise<string> => {
  const content = new ContainerRegistryContentClient(`https://${acr.loginServer}`, repository, principal);
  const {
    manifests: [{ digest }],
  } = await json<{ manifests: [Descriptor] }>(readFile(join(layout, 'index.json')));
  const manifest = await json<Manifest>(blob(digest));
  const config = await content.uploadBlob(
    Buffer.from(JSON.stringify({ ...(await json<object>(blob(manifest.config.digest))), author: 'a test' })),
  );
  for (const layer of manifest.layers)
    expect(await content.uploadBlob(await blob(layer.digest))).toEqual({
      digest: layer.digest,
      sizeInBytes: layer.size,
    });
  return (
    await content.setManifest(
      Buffer.from(
        JSON.stringify({
          ...manifest,
          config: { ...manifest.config, digest: config.digest, size: config.sizeInBytes },
        }),
      ),
      { tag },
    )
  ).digest;
};

const notify = (digest: string, tag: string): Promise<void> =>
  new EventGridPublisherClient(`${endpoint.url}/ingest/eventgrid`, 'EventGrid', new AzureKeyCredential(acr.secret), {
    retryOptions: { maxRetries: 0 },
  }).send([
    {
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      topic: acr.registryId,
      subject: `${repository}:${tag}`,
      dataVersion: '1.0',
      data: {
        id: randomUUID(),
        timestamp: new Date().toISOString(),
        action: 'push',
        target: {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          size: 405,
          digest,
          length: 405,
          repository,
          tag,
        },
        request: { id: randomUUID(), host: acr.loginServer, method: 'PUT', useragent: 'a test' },
      },
    },
  ]);

it('a client pushes an image, a service principal pulls it, and its findings are listed', async () => {
  const { registries } = containerRegistry(acr.subscriptionId);
  expect(await all(registries.list())).toMatchObject([{ id: acr.registryId, loginServer: acr.loginServer }]);
  await security(acr.subscriptionId).pricings.update('ContainerRegistry', { pricingTier: 'Standard' });

  const digest = await push('v1');
  expect(await all(client.listRepositoryNames())).toEqual([repository]);
  expect(await client.getRepository(repository).getProperties()).toMatchObject({
    name: repository,
    manifestCount: 1,
    tagCount: 1,
  });
  expect(await all(client.getRepository(repository).listManifestProperties())).toMatchObject([
    { digest, tags: ['v1'], architecture: 'amd64', operatingSystem: 'linux' },
  ]);
  expect(await client.getArtifact(repository, 'v1').getManifestProperties()).toMatchObject({ digest });
  expect(await client.getArtifact(repository, digest).getTagProperties('v1')).toMatchObject({ name: 'v1', digest });

  await notify(digest, 'v1');
  await expect
    .poll(
      async () => (await api.image(digest)).placements.find(({ registryId }) => registryId === acr.registryId)?.status,
    )
    .toBe('unhealthy');
  expect((await api.image(digest)).placements).toMatchObject([
    { registryId: acr.registryId, verdict: { kind: 'scan' }, pullMs: expect.any(Number), scanMs: expect.any(Number) },
  ]);
  const findings = await all(security(acr.subscriptionId).subAssessments.listAll(acr.registryId.slice(1)));
  expect(findings).toHaveLength(56);
  expect(new Set(findings.map(({ status }) => status?.code))).toEqual(new Set(['Unhealthy']));
  expect(findings[0]).toMatchObject({
    additionalData: {
      assessedResourceType: 'ContainerRegistryVulnerability',
      imageDigest: digest,
      repositoryName: repository,
    },
  });
});

it('a caller without an account in the registry gets 401 and reads nothing', async () => {
  const stranger = new ContainerRegistryClient(
    `https://${acr.loginServer}`,
    { getToken: () => Promise.resolve({ token: 'of-nobody', expiresOnTimestamp: Date.now() + 3_600_000 }) },
    { retryOptions: { maxRetries: 0 } },
  );
  await expect(all(stranger.listRepositoryNames())).rejects.toMatchObject({ name: 'RestError', statusCode: 401 });
});

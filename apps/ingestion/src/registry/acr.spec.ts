import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { eventually } from '@assay/testing';
import { trustedCertificate } from '../../../../libs/registry/test/authority.ts';
import { FakeAcr } from '../../../../libs/registry/test/fake-acr.ts';
import { clientId, FakeEntra, tenantId } from '../../../../libs/registry/test/fake-entra.ts';
import { imageOf } from '../../../../libs/registry/test/fake-registry.ts';
import { started } from '../../test/service.ts';
import { registryId } from '../../test/fixtures.ts';

const tls = await trustedCertificate();
const repository = 'team/hello';

/** The service with an Azure Container Registry, to which it authenticates as a service principal. */
const setting = async () => {
  vi.stubEnv('ASSAY_TEST_ACR_SECRET', 's3cret');
  const registry = await FakeAcr.start(tls);
  const entra = await FakeEntra.start(tls, (token) => registry.knows.add(token));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    entra.close();
    await registry.close();
  });
  const auth = {
    kind: 'service-principal',
    tenantId,
    clientId,
    clientSecret: { env: 'ASSAY_TEST_ACR_SECRET' },
    authorityHost: entra.authorityHost,
  };
  const service = await started(
    [{ registryId, loginServer: registry.host, allowAddresses: ['127.0.0.0/8'], secret: 'of-events', auth }],
    // The registry has one image, which is deleted later.
    { env: { ASSAY_SWEEP_DELETES_PERCENT: '100' } },
  );
  /** Starts a sweep by the notification that a whole repository was deleted. */
  const sweep = () =>
    service.app.inject({
      method: 'POST',
      url: '/ingest/eventgrid',
      headers: { 'aeg-sas-key': 'of-events' },
      payload: [
        {
          id: 'x',
          topic: registryId,
          subject: '',
          eventType: 'Microsoft.ContainerRegistry.ImageDeleted',
          eventTime: new Date().toISOString(),
          data: { action: 'delete', target: { repository: 'team/old' } },
        },
      ],
    });
  return { ...service, registry, entra, sweep };
};

it('a sweep of an Azure Container Registry lists manifests by the official client and inspects new ones', async () => {
  const { registry, entra, sweep, emitted } = await setting();
  const [tagged, untagged] = [imageOf('one'), imageOf('two')];
  for (const image of [tagged, untagged]) registry.hold(image);
  registry.repositories[repository] = [
    { digest: tagged.manifest.digest, tags: ['v1', 'latest'] },
    { digest: untagged.manifest.digest, tags: [] },
  ];
  expect((await sweep()).json()).toEqual({ accepted: 0, ignored: { 'repository-deleted': 1 } });
  await eventually(async () => (await emitted('image.pushed')).length === 1);
  const common = { digest: tagged.manifest.digest, repository, registryId, loginServer: registry.host };
  expect(await emitted('notification.received')).toMatchObject([
    {
      data: {
        sender: 'sweep',
        action: 'push',
        tag: 'v1',
        tags: ['v1', 'latest'],
        ...common,
        body: { createdOn: '2020-08-10T09:15:02.123Z', lastUpdatedOn: '2020-08-11T09:15:02.123Z', sizeInBytes: 5234 },
      },
    },
  ]);
  expect(await emitted('image.pushed')).toMatchObject([
    { data: { origin: 'sweep', tag: 'v1', tags: ['v1', 'latest'], ...common, facts: { kind: 'image', os: 'linux' } } },
  ]);
  // Only new images are requested from the distribution API: the list has everything else.
  expect(new Set(registry.requests.map(({ line }) => line).filter((line) => line.includes('/v2/')))).toEqual(
    new Set([
      `GET /v2/${repository}/manifests/${tagged.manifest.digest}`,
      `GET /v2/${repository}/blobs/${tagged.config.digest}`,
    ]),
  );

  registry.repositories[repository] = [{ digest: tagged.manifest.digest, tags: [] }];
  const manifests = '/acr/v1/team%2Fhello/_manifests?api-version=2021-07-01';
  const before = registry.times(manifests);
  await sweep();
  await eventually(() => registry.times(manifests) > before);
  await pause(50);
  // An image that lost its tags still exists, which the list shows without another request.
  expect([await emitted('image.deleted'), registry.requests.filter(({ line }) => line.startsWith('HEAD'))]).toEqual([
    [],
    [],
  ]);
  // An image that is not listed any more is requested by its digest, and is gone if the registry answers so.
  registry.repositories[repository] = [];
  registry.answer(`/v2/${repository}/manifests/${tagged.manifest.digest}`, (request, response) => {
    if (request.headers.authorization) response.writeHead(404).end();
    else registry.serve(request, response);
  });
  await sweep();
  await eventually(async () => (await emitted('image.deleted')).length === 1);
  expect(await emitted('image.deleted')).toMatchObject([{ data: { digest: tagged.manifest.digest, repository } }]);
  expect(
    JSON.stringify([
      ...(await emitted('notification.received')),
      ...(await emitted('image.pushed')),
      ...(await emitted('registry.observed')),
    ]),
  ).not.toContain('s3cret');
  expect(entra.requests.every(({ scope }) => scope?.startsWith('https://containerregistry.azure.net/.default'))).toBe(
    true,
  );
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller, containerRegistryApiVersions, type Grant } from '@assay/http';
import { eventOf } from '@assay/testing';
import { AssessmentSettings } from '../index.ts';
import { suite, type ServiceOptions, type ServiceUnderTest } from '../../../test/suite.ts';
import { registryId, registryObserved, subscriptionId } from '../../../../../libs/read-model/test/fixtures.ts';

const version = 'api-version=2022-12-01';
const named = '00000000-0000-0000-0000-00000000000a';
const other = '00000000-0000-0000-0000-00000000000b';
const tenantId = '00000000-0000-0000-0000-000000000000';

let assay: ServiceUnderTest;
const start = async (options: ServiceOptions = {}): Promise<void> => {
  assay = await suite({ settings: new AssessmentSettings({ subscriptions: { [named]: 'Named' } }), ...options });
  await assay.publish(
    registryObserved({ subscriptionName: 'Observed' }),
    registryObserved({
      registryId: registryId.replace(subscriptionId, other),
      subscriptionId: other,
      subscriptionName: other,
      loginServer: 'other.test',
      location: 'northeurope',
    }),
  );
};
const as = (...grants: readonly Grant[]): ServiceOptions => ({
  arm: { access: { identify: () => new Caller('ana', 'https://issuer.test', grants) } },
});
const get = async (path: string) => {
  const { status, body } = await assay.get(`${path}?${version}`);
  return status === 200 ? body : [status, body.error.code];
};
const names = async (path: string): Promise<unknown> =>
  (await get(path)).value.map(({ displayName, name }: Record<string, string>) => displayName ?? name);

beforeEach(() => start());
afterEach(() => assay.close());

it('shows the subscriptions with a registry, and those that are configured, by their names', async () => {
  expect(await names('/subscriptions')).toEqual(['Observed', 'Named', other]);
  expect(await get(`/subscriptions/${named.toUpperCase()}`)).toEqual({
    id: `/subscriptions/${named}`,
    subscriptionId: named,
    tenantId,
    displayName: 'Named',
    state: 'Enabled',
  });
  expect((await get('/tenants')).value).toEqual([{ id: `/tenants/${tenantId}`, tenantId, displayName: 'Assay' }]);
  const query = 'resourcecontainers | where type endswith "subscriptions" | project name';
  const rows = await assay.post('/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01', { query });
  expect(rows.body.data).toEqual(expect.arrayContaining([{ name: 'Named' }, { name: 'Observed' }]));
  const assessments = `/subscriptions/${named}/providers/Microsoft.Security/assessments?api-version=2020-01-01`;
  expect(await assay.get(assessments)).toMatchObject({ status: 200, body: { value: [] } });
});

it('shows the subscriptions that a discovery lists, by the names of the settings first', async () => {
  const listed = '00000000-0000-0000-0000-00000000000c';
  const lists = (subscriptionId: string, subscriptionName: string, removed = false) =>
    assay.publish(
      eventOf('subscription.observed', subscriptionId, {
        subscriptionId,
        subscriptionName,
        discovery: 'prod',
        removed,
        by: 'discovery',
      }),
    );
  await lists(listed, 'Listed');
  await lists(named, 'Other');
  expect(await names('/subscriptions')).toEqual(['Observed', 'Named', other, 'Listed']);
  const assessments = `/subscriptions/${listed}/providers/Microsoft.Security/assessments?api-version=2020-01-01`;
  expect(await assay.get(assessments)).toMatchObject({ status: 200, body: { value: [] } });
  await lists(listed, 'Listed', true);
  expect(await names('/subscriptions')).toEqual(['Observed', 'Named', other]);
  expect(await assay.get(assessments)).toMatchObject({ status: 404 });
});

it('shows the locations and the groups of registries', async () => {
  expect(await names(`/subscriptions/${other}/locations`)).toEqual(['northeurope']);
  expect(await names(`/subscriptions/${subscriptionId}/resourceGroups`)).toEqual([registryId.split('/')[4]]);
  expect(await names(`/subscriptions/${named}/locations`)).toEqual([]);
});

it('shows the parts of Azure with the versions of their requests', async () => {
  for (const above of ['', `/subscriptions/${subscriptionId}`]) {
    expect((await get(`${above}/providers`)).value).toHaveLength(4);
    const { id, namespace, resourceTypes } = await get(`${above}/providers/microsoft.containerregistry`);
    expect([id, namespace]).toEqual([`${above}/providers/Microsoft.ContainerRegistry`, 'Microsoft.ContainerRegistry']);
    expect(resourceTypes[0]).toMatchObject({
      resourceType: 'registries',
      apiVersions: containerRegistryApiVersions.toReversed(),
    });
  }
});

it.each([
  ['Microsoft.Security', '2015-06-01-preview', 'Microsoft.Security/pricings/write'],
  ['Microsoft.ResourceGraph', '2021-03-01', 'Microsoft.ResourceGraph/resources/read'],
])('lists what can be done in %s', async (namespace, since, operation) => {
  const { body } = await assay.get(`/providers/${namespace}/operations?api-version=${since}`);
  expect(body.value.map(({ name }: { name: string }) => name)).toContain(operation);
});

it.each([
  [`/subscriptions/x`, 400, 'InvalidSubscriptionId'],
  [`/subscriptions/${tenantId}`, 404, 'SubscriptionNotFound'],
  [`/subscriptions/${tenantId}/locations`, 404, 'SubscriptionNotFound'],
  [`/subscriptions/${tenantId}/providers`, 404, 'SubscriptionNotFound'],
  ['/providers/Microsoft.Compute', 404, 'InvalidResourceNamespace'],
])('refuses %s', async (path, status, code) => {
  expect(await get(path)).toEqual([status, code]);
});

describe('a caller with a role in one subscription', () => {
  beforeEach(async () => {
    await assay.close();
    await start(as({ may: ['findings/read'], scope: { kind: 'subscription', subscriptionId: other } }));
  });

  it('sees that one only', async () => {
    expect(await names('/subscriptions')).toEqual([other]);
    for (const path of ['', '/locations', '/resourceGroups', '/providers', '/providers/Microsoft.Security'])
      expect(await get(`/subscriptions/${subscriptionId}${path}`)).toEqual([404, 'SubscriptionNotFound']);
    expect(await get(`/subscriptions/${named}`)).toEqual([404, 'SubscriptionNotFound']);
  });
});

it('gives the addresses of the cloud without a token', async () => {
  await assay.close();
  const identify = (): never => {
    throw new Error('no token');
  };
  await start({ arm: { access: { identify }, publicBase: 'https://assay.example.com' } });
  const { status, body } = await assay.get('/metadata/endpoints?api-version=2022-09-01');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    name: 'Assay',
    resourceManager: 'https://assay.example.com/',
    authentication: { loginEndpoint: 'https://assay.example.com/', audiences: ['https://assay.example.com'] },
    suffixes: { acrLoginServer: 'azurecr.io' },
  });
});

import { describe, expect, inject, it } from 'vitest';
import { localSubscription, otherSubscription } from '../../apps/assay/src/suite/local.ts';
import { all, containerRegistry, endpoint } from './clients.ts';

const { registryId, loginServer } = endpoint.registries.find(({ name }) => name === 'local')!;
const { registries, operations } = containerRegistry(localSubscription);
const local = {
  id: registryId,
  name: 'local',
  type: 'Microsoft.ContainerRegistry/registries',
  location: 'local',
  sku: { name: 'Standard', tier: 'Standard' },
  loginServer,
  provisioningState: 'Succeeded',
  publicNetworkAccess: 'Enabled',
};

describe('the registries, to the client that manages them', () => {
  it('are listed by subscription and by resource group, and got one by one', async () => {
    expect(await all(registries.list())).toMatchObject([local]);
    expect(await all(registries.listByResourceGroup('local'))).toMatchObject([local]);
    expect(await registries.get('local', 'local')).toMatchObject(local);
    expect((await all(containerRegistry(otherSubscription).registries.list())).map(({ name }) => name)).toEqual([
      'other',
    ]);
  });

  it('lead to their findings', async () => {
    const [registry] = await all(registries.list());
    const ofRegistry = await fetch(
      `${endpoint.url}${registry!.id!}/providers/Microsoft.Security/subAssessments?api-version=2019-01-01-preview`,
      { headers: { authorization: `Bearer ${endpoint.token}` } },
    );
    expect(((await ofRegistry.json()) as { value: object[] }).value).toHaveLength(100);
  });

  it('are read by a listed operation', async () => {
    expect((await all(operations.list())).map(({ name }) => name)).toContain(
      'Microsoft.ContainerRegistry/registries/read',
    );
  });

  it.each<[string, number, string, () => PromiseLike<unknown>]>([
    ['an unknown registry', 404, 'ResourceNotFound', () => registries.get('local', 'nobody')],
    ['an unknown resource group', 404, 'ResourceGroupNotFound', () => all(registries.listByResourceGroup('nobody'))],
    [
      'creating one',
      405,
      'MethodNotAllowed',
      () => registries.create('local', 'local', { location: 'local', sku: { name: 'Basic' } }),
    ],
    ['changing one', 405, 'MethodNotAllowed', () => registries.update('local', 'local', { adminUserEnabled: true })],
    ['deleting one', 405, 'MethodNotAllowed', () => registries.delete('local', 'local')],
    ['its password', 404, 'ResourceNotFound', () => registries.listCredentials('local', 'local')],
    [
      'whether a name is free',
      404,
      'ResourceNotFound',
      () => registries.checkNameAvailability({ name: 'myregistry', type: 'Microsoft.ContainerRegistry/registries' }),
    ],
    [
      'another subscription, for a caller that may not read it',
      404,
      'SubscriptionNotFound',
      () => all(containerRegistry(otherSubscription, inject('readersToken')).registries.list()),
    ],
  ])('%s is refused with %i %s', async (_, statusCode, code, request) => {
    await expect(
      (async () => {
        await request();
      })(),
    ).rejects.toMatchObject({ name: 'RestError', statusCode, code });
  });
});

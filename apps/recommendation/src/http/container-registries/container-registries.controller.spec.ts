import { afterEach, beforeEach, expect, it } from 'vitest';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  registryId,
  registryObserved,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const version = 'api-version=2025-11-01';
const provider = 'providers/Microsoft.ContainerRegistry';
const subscription = `/subscriptions/${subscriptionId}`;
const inGroup = (group: string, name: string): string =>
  `${subscription}/resourceGroups/${group}/${provider}/registries/${name}`;

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite({ arm: { pageSize: 2 } });
  await assay.publish(registryObserved());
});
afterEach(() => assay.close());

it('a watched registry is shown as configured', async () => {
  const expected = {
    id: registryId,
    name: 'myreg',
    type: 'Microsoft.ContainerRegistry/registries',
    location: 'westeurope',
    tags: {},
    sku: { name: 'Standard', tier: 'Standard' },
    properties: { loginServer: 'myreg.registry.test', provisioningState: 'Succeeded', publicNetworkAccess: 'Enabled' },
  };
  expect((await assay.get(`${registryId}?${version}`)).body).toEqual(expected);
  expect((await assay.get(`${registryId.toUpperCase()}?${version}`)).body).toEqual(expected);
  expect((await assay.get(`${subscription}/${provider}/registries?${version}`)).body).toEqual({ value: [expected] });
  await assay.publish(registryObserved({ networkAccess: 'restricted', tags: { team: 'web' } }));
  expect((await assay.get(`${registryId}?${version}`)).body).toMatchObject({
    tags: { team: 'web' },
    properties: { publicNetworkAccess: 'Disabled' },
  });
});

it('registries are listed page by page, in the subscription or in one of its groups', async () => {
  const more = [inGroup('rg1', 'b'), inGroup('rg10', 'a'), inGroup('rg2', 'a')];
  await assay.publish(
    ...more.map((id) =>
      registryObserved({ registryId: id, loginServer: `${id.split('/').at(-1)}.${id.split('/')[4]}.test` }),
    ),
  );
  const pages: number[] = [];
  expect(
    (await assay.all(`${subscription}/${provider}/registries?${version}`, pages)).map(({ id }) => id as string),
  ).toEqual([inGroup('rg1', 'b'), registryId, inGroup('rg10', 'a'), inGroup('rg2', 'a')]);
  expect(pages).toEqual([2, 2]);
  expect(
    (await assay.all(`${subscription}/resourceGroups/RG1/${provider}/registries?${version}`)).map(
      ({ id }) => id as string,
    ),
  ).toEqual([inGroup('rg1', 'b'), registryId]);
});

it('a registry that is no longer watched is not listed, though its images are', async () => {
  await assay.publish(...wholeStory(), registryObserved({ removed: true }));
  expect(await assay.get(`${registryId}?${version}`)).toMatchObject({
    status: 404,
    body: { error: { code: 'ResourceNotFound' } },
  });
  expect((await assay.get(`${subscription}/${provider}/registries?${version}`)).body).toEqual({ value: [] });
});

it.each<[string, 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST', string, number, string]>([
  ['no version', 'GET', registryId, 400, 'MissingApiVersionParameter'],
  ['another version', 'GET', `${registryId}?api-version=2020-01-01`, 400, 'InvalidApiVersionParameter'],
  ['an unknown registry', 'GET', `${inGroup('rg1', 'nobody')}?${version}`, 404, 'ResourceNotFound'],
  ['an unknown group', 'GET', `${inGroup('nobody', 'myreg')}?${version}`, 404, 'ResourceGroupNotFound'],
  ['no subscription', 'GET', `/subscriptions/x/${provider}/registries?${version}`, 400, 'InvalidSubscriptionId'],
  [
    'an unknown subscription',
    'GET',
    `/subscriptions/00000000-0000-0000-0000-0000000000ff/${provider}/registries?${version}`,
    404,
    'SubscriptionNotFound',
  ],
  ['creating', 'PUT', `${registryId}?${version}`, 405, 'MethodNotAllowed'],
  ['changing', 'PATCH', `${registryId}?${version}`, 405, 'MethodNotAllowed'],
  ['deleting', 'DELETE', `${registryId}?${version}`, 405, 'MethodNotAllowed'],
  ['asking for a password', 'POST', `${registryId}/listCredentials?${version}`, 404, 'ResourceNotFound'],
  ['what has no meaning here', 'GET', `${registryId}/webhooks?${version}`, 404, 'ResourceNotFound'],
])('%s is refused', async (_, method, url, status, code) => {
  const answer = await assay.app.inject({ method, url });
  expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([status, code]);
});

it('the operations on registries are listed', async () => {
  expect(
    (await assay.get(`/${provider}/operations?${version}`)).body.value.map(({ name }: { name: string }) => name),
  ).toContain('Microsoft.ContainerRegistry/registries/read');
});

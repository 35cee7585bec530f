import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, Discoveries } from '@assay/registry';
import { emptyFolder } from '../../test/setting.ts';

const auth = { kind: 'managed-identity' };
const subscription = '00000000-0000-0000-0000-00000000000A';
const cloud = {
  name: 'Own',
  resourceManager: 'https://arm.own.test:8443/',
  audience: 'https://arm.own.test/',
  suffix: '.registries.own.test',
  blobs: '.blobs.own.test',
};
const read = (...list: readonly unknown[]) => new Discoveries(JSON.stringify(list));
const discovery = { name: 'prod', subscriptions: 'all', auth };

it('a discovery has the cloud of Azure and a quarter of an hour, unless it states others', () => {
  expect(read(discovery).current).toEqual([
    {
      ...discovery,
      cloud: expect.objectContaining({ name: 'AzureCloud', suffix: '.azurecr.io' }) as object,
      intervalSeconds: 900,
      assessesRestricted: false,
      webhooks: false,
      allowAddresses: [],
    },
  ]);
  const own = {
    ...discovery,
    subscriptions: [subscription],
    cloud,
    intervalSeconds: 5,
    webhooks: true,
    allowAddresses: ['10.0.0.0/8'],
  };
  expect(read({ ...own, restricted: 'assess' }).current).toEqual([
    {
      ...own,
      assessesRestricted: true,
      subscriptions: [subscription.toLowerCase()],
      cloud: { ...cloud, resourceManager: 'https://arm.own.test:8443', audience: 'https://arm.own.test' },
    },
  ]);
  expect([new Discoveries(undefined).current, new Discoveries(undefined).isSet]).toEqual([[], false]);
});

describe('a discovery is refused, by the name of its field:', () => {
  it.each<[string, object | string, string]>([
    ['no object', 'x', '[0] must be an object'],
    ['a field that there is not', { ...discovery, subscription }, '[0] must be an object of name, .*no subscription'],
    ['no name', { ...discovery, name: 'a/b' }, '[0].name'],
    ['no subscriptions', { ...discovery, subscriptions: [] }, '[0].subscriptions'],
    ['a subscription that is none', { ...discovery, subscriptions: [subscription, 'x'] }, '[0].subscriptions'],
    ['no identity', { ...discovery, auth: {} }, '[0].auth.kind'],
    ['an unknown cloud', { ...discovery, cloud: 'Other' }, '[0].cloud must be AzureCloud, '],
    [
      'a cloud over plain http',
      { ...discovery, cloud: { ...cloud, resourceManager: 'http://x.test' } },
      'resourceManager',
    ],
    [
      'a cloud with a path',
      { ...discovery, cloud: { ...cloud, resourceManager: 'https://x.test/a' } },
      'resourceManager',
    ],
    ['a suffix of one name', { ...discovery, cloud: { ...cloud, suffix: '.test' } }, '[0].cloud.suffix'],
    ['a suffix without a dot', { ...discovery, cloud: { ...cloud, suffix: 'azurecr.io' } }, '[0].cloud.suffix'],
    ['an interval of nothing', { ...discovery, intervalSeconds: 0 }, '[0].intervalSeconds'],
    ['webhooks that are no switch', { ...discovery, webhooks: 'yes' }, '[0].webhooks must be true or false'],
    [
      'another way with restricted ones',
      { ...discovery, restricted: true },
      '[0].restricted must be decline or assess',
    ],
    ['a network that is none', { ...discovery, allowAddresses: ['10.0.0.1'] }, '[0].allowAddresses'],
  ])('%s', (_, given, message) => {
    const pattern = message.replace(/^\[0\]/, '\\[0\\]');
    expect(() => read(given)).toThrow(expect.objectContaining({ code: 'configuration' }) as Error);
    expect(() => read(given)).toThrow(new RegExp(`^ASSAY_DISCOVERY.*${pattern}`));
  });

  it('a name that is there twice', () => {
    expect(() => read(discovery, discovery)).toThrow('ASSAY_DISCOVERY[1].name must be of this discovery alone');
  });
});

it('a file is read again at each use, and a wrong one leaves the last good one', async () => {
  const file = join(await emptyFolder(), 'discovery.json');
  await writeFile(file, JSON.stringify([discovery]));
  const discoveries = new Discoveries(file).checkedBy((list) => {
    if (list.some(({ webhooks }) => webhooks)) throw new ConfigurationError('no webhooks here');
  });
  await writeFile(file, '[{"name":');
  expect(discoveries.current.map(({ name }) => name)).toEqual(['prod']);
  expect(discoveries.error).toMatch(/^ASSAY_DISCOVERY is not valid JSON/);
  await writeFile(file, JSON.stringify([{ ...discovery, name: 'other', webhooks: true }]));
  expect(discoveries.current.map(({ name }) => name)).toEqual(['prod']);
  expect(discoveries.error).toBe('no webhooks here');
  await writeFile(file, JSON.stringify([{ ...discovery, name: 'next' }]));
  expect(discoveries.current.map(({ name }) => name)).toEqual(['next']);
  expect(discoveries.error).toBeUndefined();
});

describe('the identity of a discovery', () => {
  const discoveries = read({ ...discovery, allowAddresses: ['10.0.0.0/8'] });

  it('is used for one name right below the suffix, with the networks and hosts of the setting', () => {
    expect(discoveries.accessTo({ loginServer: 'MyReg.azurecr.io', discovery: 'prod' })).toEqual({
      loginServer: 'MyReg.azurecr.io',
      plainHttp: false,
      auth,
      allowAddresses: ['10.0.0.0/8'],
      allowHosts: ['.blob.core.windows.net', '.azurecr.io'],
    });
  });

  it.each([
    'evilazurecr.io',
    'azurecr.io',
    '.azurecr.io',
    'x.azurecr.io.evil.test',
    'a.b.azurecr.io',
    'x.azurecr.io:443',
    'user@x.azurecr.io',
    'evil.test/x.azurecr.io',
    'evil.test#.azurecr.io',
    '-x.azurecr.io',
    '',
  ])('is not used for %s', (loginServer) => {
    expect(() => discoveries.accessTo({ loginServer, discovery: 'prod' })).toThrow(
      expect.objectContaining({ code: 'unauthorized' }) as Error,
    );
  });

  it('is not used by another name', () => {
    expect(() => discoveries.accessTo({ loginServer: 'x.azurecr.io', discovery: 'other' })).toThrow(
      'ASSAY_DISCOVERY has no discovery "other"',
    );
  });
});

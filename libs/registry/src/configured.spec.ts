import { afterEach, describe, expect, it, vi } from 'vitest';
import { accessAs, ConfigurationError, configuredRegistries } from './configured.ts';

const registryId =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1' +
  '/providers/Microsoft.ContainerRegistry/registries/myreg';
const read = (more: object) =>
  configuredRegistries(JSON.stringify([{ registryId, loginServer: 'myreg.azurecr.io', ...more }]))[0]!;
const principal = {
  kind: 'service-principal',
  tenantId: 'tenant',
  clientId: 'client',
  clientSecret: { env: 'ASSAY_TEST_SECRET' },
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the name of a subscription', () => {
  const named = (...names: (string | undefined)[]) =>
    configuredRegistries(
      JSON.stringify(
        names.map((subscriptionName, at) => ({
          registryId: `${
            at === 2
              ? registryId.replace(/0001/, '0002')
              : registryId.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions')
          }${at}`,
          loginServer: `${at}.azurecr.io`,
          subscriptionName,
        })),
      ),
    ).map(({ subscriptionName }) => subscriptionName);

  it('is taken from any of its registries', () => {
    const [one, other] = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];
    expect(named('Production', undefined, undefined)).toEqual(['Production', 'Production', other]);
    expect(named(undefined, 'Production', 'Test')).toEqual(['Production', 'Production', 'Test']);
    expect(named(one, 'Production')).toEqual(['Production', 'Production']);
    expect(named(undefined, undefined)).toEqual([one, one]);
  });

  it('is refused if two registries differ', () => {
    expect(() => named('Production', 'Local')).toThrow(
      new ConfigurationError(
        'ASSAY_REGISTRIES[1].subscriptionName: the subscription 00000000-0000-0000-0000-000000000001 ' +
          "is called 'Production' before, and 'Local' here",
      ),
    );
  });
});

describe('an identity of a registry', () => {
  it.each<[string, object]>([
    ['managed, of the system', { kind: 'managed-identity' }],
    ['managed, of a user', { kind: 'managed-identity', clientId: 'client' }],
    ['of a workload', { kind: 'workload-identity', tenantId: 'tenant', clientId: 'client', tokenFile: '/token' }],
    ['of a service principal', principal],
    ['whose secret is in a file', { ...principal, clientSecret: { file: '/secret' } }],
    ['of another authority', { ...principal, authorityHost: 'https://login.chinacloudapi.cn' }],
  ])('is read: %s', (_, auth) => {
    vi.stubEnv('ASSAY_TEST_SECRET', 's3cret');
    expect(read({ auth }).auth).toEqual(auth);
    // The suite passes the parsed registry on to its services as JSON; the JSON holds no secret.
    expect(configuredRegistries(JSON.stringify([read({ auth })]))[0]).toEqual(read({ auth }));
    expect(JSON.stringify(accessAs(read({ auth })))).not.toContain('s3cret');
  });

  it('of a workload uses the values that Kubernetes set', () => {
    vi.stubEnv('AZURE_TENANT_ID', 'tenant');
    vi.stubEnv('AZURE_CLIENT_ID', 'client');
    vi.stubEnv('AZURE_FEDERATED_TOKEN_FILE', '/var/run/token');
    expect(read({ auth: { kind: 'workload-identity' } }).auth).toEqual({
      kind: 'workload-identity',
      tenantId: 'tenant',
      clientId: 'client',
      tokenFile: '/var/run/token',
    });
  });

  it.each<[string, object, RegExp]>([
    ['no kind', { auth: {} }, /\[0\]\.auth\.kind must be managed-identity, workload-identity, service-principal/],
    ['another kind', { auth: { kind: 'password' } }, /auth\.kind/],
    ['no object', { auth: 'managed-identity' }, /auth\.kind/],
    ['a word too many', { auth: { kind: 'managed-identity', clientID: 'x' } }, /there is no clientID/],
    [
      'a secret as it is',
      { auth: { ...principal, clientSecret: 's3cret' } },
      /clientSecret must be .*not the secret itself/,
    ],
    ['a variable that is not set', { auth: principal }, /ASSAY_TEST_SECRET is not/],
    ['two secrets', { auth: { ...principal, clientSecret: { env: 'PATH', file: '/x' } } }, /clientSecret/],
    ['an empty client', { auth: { ...principal, clientId: '' } }, /auth\.clientId must be a text/],
    [
      'an authority over plain http',
      { auth: { ...principal, clientSecret: { file: '/x' }, authorityHost: 'http://login.test' } },
      /https/,
    ],
    [
      'credentials as well',
      { credentials: { username: 'a', password: 'b' }, auth: { kind: 'managed-identity' } },
      /absent if there are credentials/,
    ],
    ['plain http', { plainHttp: true, auth: { kind: 'managed-identity' } }, /plainHttp/],
    [
      'a workload without a token',
      { auth: { kind: 'workload-identity', tenantId: 'a', clientId: 'b' } },
      /auth\.tokenFile/,
    ],
  ])('is refused with %s, in one line', (_, more, message) => {
    expect(() => read(more)).toThrow(ConfigurationError);
    expect(() => read(more)).toThrow(message);
    try {
      read(more);
    } catch (error) {
      expect((error as Error).message).not.toContain('s3cret');
    }
  });
});

import { describe, expect, it } from 'vitest';
import { baseOf, isAllowedHost, type RegistryAccess } from './access.ts';
import { redirectTarget } from './transport.ts';

const access: RegistryAccess = {
  loginServer: 'myreg.registry.test',
  plainHttp: false,
  allowAddresses: [],
  allowHosts: ['.blob.storage.test', 'auth.test', 'store.test:8443'],
};
const from = new URL('https://myreg.registry.test/v2/a/blobs/b');

describe('a host is allowed', () => {
  it.each([
    'https://myreg.registry.test/',
    'https://MYREG.registry.test:443/',
    'https://a.blob.storage.test/',
    'https://a.b.blob.storage.test/x',
    'https://auth.test/',
    'https://store.test:8443/',
  ])('when it is configured: %s', (url) => expect(isAllowedHost(new URL(url), access)).toBe(true));

  it.each([
    'https://myreg.registry.test.attacker.test/',
    'https://a.blob.storage.test.attacker.test/',
    'https://blob.storage.test-attacker.test/',
    'https://xblob.storage.test/',
    'https://sub.auth.test/',
    'https://xauth.test/',
    'https://store.test/',
    'https://auth.test:8443/',
    'https://a.blob.storage.test:8443/',
  ])('and not when it only looks like it: %s', (url) => expect(isAllowedHost(new URL(url), access)).toBe(false));
});

describe('a redirect', () => {
  it('stays on https', () => {
    expect(redirectTarget(from, 'https://auth.test/x', access).href).toBe('https://auth.test/x');
    expect(redirectTarget(from, '/v2/x', access).href).toBe('https://myreg.registry.test/v2/x');
    expect(redirectTarget(from, '//auth.test/x', access).href).toBe('https://auth.test/x');
    expect(() => redirectTarget(from, 'http://auth.test/x', access)).toThrow(
      expect.objectContaining({ code: 'forbidden-redirect' }),
    );
    expect(() => redirectTarget(from, 'http://myreg.registry.test/x', access)).toThrow(
      expect.objectContaining({ code: 'forbidden-redirect' }),
    );
  });
});

it.each(['', 'a/b', 'user@host', 'host:port', 'host?x', 'https://host'])('%j is no login server', (loginServer) => {
  expect(() => baseOf({ ...access, loginServer })).toThrow(expect.objectContaining({ code: 'bad-reference' }));
});

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Front } from './front.ts';
import { processSettings, listenError } from './settings.ts';

const withToken = { ASSAY_API_TOKEN: 'secret' };

describe('the settings of a process', () => {
  it('defaults to loopback, port 8080 and a folder of its own', () => {
    const home = `${process.cwd()}/.assay`;
    expect(processSettings('billing', true, withToken)).toEqual({
      host: '127.0.0.1',
      port: 8080,
      home,
      folder: `${home}/services/billing`,
      isFolderGiven: false,
      blobs: `${home}/blobs`,
      tls: undefined,
    });
    expect(
      processSettings('billing', true, {
        ...withToken,
        ASSAY_PORT: '0',
        ASSAY_HOME: '/var/lib/assay',
        ASSAY_FOLDER: '/scratch',
      }),
    ).toMatchObject({ port: 0, home: '/var/lib/assay', folder: '/scratch', blobs: '/var/lib/assay/blobs' });
  });

  it.each([
    [
      'a port that is none',
      { ...withToken, ASSAY_PORT: '70000' },
      "ASSAY_PORT must be a whole number from 0 to 65535, not '70000'",
    ],
    [
      'a port that is no number',
      { ...withToken, ASSAY_PORT: 'abc' },
      "ASSAY_PORT must be a whole number from 0 to 65535, not 'abc'",
    ],
    [
      'a level of the log that is none',
      { ...withToken, ASSAY_LOG_LEVEL: 'loud' },
      "ASSAY_LOG_LEVEL must be one of debug, info, warn, error, not 'loud'",
    ],
    ['an API that asks nobody who he is', {}, 'No caller would be authenticated: set ASSAY_OIDC_ISSUER'],
    [
      'an API for strangers, with an empty token',
      { ASSAY_HOST: '0.0.0.0', ASSAY_API_TOKEN: '' },
      'No caller would be authenticated',
    ],
    [
      'an issuer without an audience',
      { ASSAY_OIDC_ISSUER: 'https://issuer.test' },
      'ASSAY_OIDC_ISSUER needs ASSAY_OIDC_AUDIENCE',
    ],
    [
      'an issuer without roles',
      { ASSAY_OIDC_ISSUER: 'https://issuer.test', ASSAY_OIDC_AUDIENCE: 'assay' },
      'ASSAY_OIDC_ISSUER needs ASSAY_ROLES',
    ],
    [
      'roles that would be passed over',
      { ...withToken, ASSAY_ROLES: '[]' },
      'ASSAY_ROLES has no effect without ASSAY_OIDC_ISSUER',
    ],
  ])('refuses %s', (_, env, message) => expect(() => processSettings('billing', true, env)).toThrow(message));

  it('names the setting to change where a port is in use or a host is elsewhere', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const failureAt = async (host: string): Promise<unknown> =>
      new Front('a run').listen(port, host).then(
        () => undefined,
        (error: unknown) => listenError(error, host, port),
      );
    expect(await failureAt('127.0.0.1')).toMatchObject({
      code: 'configuration',
      message: `ASSAY_PORT ${port} is in use on 127.0.0.1: stop the process that uses it, or set another port`,
    });
    expect(await failureAt('192.0.2.1')).toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('ASSAY_HOST 192.0.2.1 is not an address of this machine'),
    });
    other.close();
  });

  it('accepts any host for a service without an API', () =>
    expect(processSettings('classifier', false, { ASSAY_HOST: '0.0.0.0' }).host).toBe('0.0.0.0'));
  it('passes over the rate of callers if it has no API', () => {
    const env = { ASSAY_API_TOKEN: 'secret', ASSAY_REQUESTS_BURST: 'many' };
    expect(processSettings('classifier', false, env).port).toBe(8080);
    expect(() => processSettings('billing', true, env)).toThrow('ASSAY_REQUESTS_BURST');
  });
  it('accepts any host for an API behind a token', () =>
    expect(processSettings('billing', true, { ASSAY_HOST: '::', ASSAY_API_TOKEN: 'secret' }).host).toBe('::'));
});

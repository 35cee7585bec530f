import { describe, expect, it } from 'vitest';
import { processSettings } from './settings.ts';

describe('where a process listens and keeps its files', () => {
  it('is loopback, port 8080 and a folder of its own unless told otherwise', () => {
    const home = `${process.cwd()}/.assay`;
    expect(processSettings('billing', true, {})).toEqual({ host: '127.0.0.1', port: 8080, home, folder: `${home}/services/billing`, blobs: `${home}/blobs`, tls: undefined });
    expect(processSettings('billing', true, { ASSAY_PORT: '0', ASSAY_HOME: '/var/lib/assay', ASSAY_FOLDER: '/scratch' })).toMatchObject({ port: 0, home: '/var/lib/assay', folder: '/scratch', blobs: '/var/lib/assay/blobs' });
  });

  it.each([
    ['a port that is none', { ASSAY_PORT: '70000' }, 'ASSAY_PORT must be a whole number from 1 to 65535'],
    ['an API for strangers without a token', { ASSAY_HOST: '0.0.0.0' }, 'ASSAY_HOST 0.0.0.0 is not loopback, and ASSAY_API_TOKEN is not set'],
    ['an API for strangers with an empty token', { ASSAY_HOST: '0.0.0.0', ASSAY_API_TOKEN: '' }, 'ASSAY_API_TOKEN is not set'],
  ])('refuses %s', (_, env, message) => expect(() => processSettings('billing', true, env)).toThrow(message));

  it('lets a service without an API show its health to strangers', () => expect(processSettings('classifier', false, { ASSAY_HOST: '0.0.0.0' }).host).toBe('0.0.0.0'));
  it('lets strangers in who show the token', () => expect(processSettings('billing', true, { ASSAY_HOST: '::', ASSAY_API_TOKEN: 'secret' }).host).toBe('::'));
});

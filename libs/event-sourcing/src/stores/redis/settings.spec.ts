import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SettingError } from '@assay/settings';
import { redisSettings } from './settings.ts';

const pem = '-----BEGIN CERTIFICATE-----\n';

const file = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-pem-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file.pem'), text);
  return join(folder, 'file.pem');
};

describe('the settings of Redis', () => {
  it('name one server by its address', () => {
    expect(redisSettings({ ASSAY_REDIS_URL: 'redis://redis.example' })).toMatchObject({
      kind: 'server',
      addresses: [{ host: 'redis.example', port: 6379 }],
      database: 0,
      tls: undefined,
      prefix: 'assay',
    });
    expect(redisSettings({ ASSAY_REDIS_URL: 'rediss://user:p%40ss@[::1]:6380/3' })).toMatchObject({
      addresses: [{ host: '::1', port: 6380 }],
      username: 'user',
      password: 'p@ss',
      database: 3,
      tls: {},
    });
  });

  it('accept user and password as separate settings', () => {
    expect(
      redisSettings({
        ASSAY_REDIS_URL: 'redis://user:old@host',
        ASSAY_REDIS_USERNAME: 'other',
        ASSAY_REDIS_PASSWORD: 'new',
      }),
    ).toMatchObject({ username: 'other', password: 'new' });
  });

  it('name sentinels and their master, or a cluster', () => {
    expect(
      redisSettings({
        ASSAY_REDIS_SENTINELS: 'a:1, [::1]:2',
        ASSAY_REDIS_SENTINEL_NAME: 'm',
        ASSAY_REDIS_SENTINEL_PASSWORD: 's',
        ASSAY_REDIS_TLS: 'true',
      }),
    ).toMatchObject({
      kind: 'sentinels',
      addresses: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
      masterName: 'm',
      sentinelPassword: 's',
      tls: {},
    });
    expect(redisSettings({ ASSAY_REDIS_CLUSTER: 'a:1,b:2', ASSAY_REDIS_PREFIX: 'eu.assay' })).toMatchObject({
      kind: 'cluster',
      addresses: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      prefix: 'eu.assay',
    });
  });

  it('name certificates', () => {
    const [ca, cert] = [file(pem), file(pem)];
    expect(
      redisSettings({
        ASSAY_REDIS_URL: 'rediss://host',
        ASSAY_REDIS_CA: ca,
        ASSAY_REDIS_CERT: cert,
        ASSAY_REDIS_KEY: cert,
      }).tls,
    ).toEqual({ ca: pem, cert: pem, key: pem });
  });

  it.each([
    [{}, 'set ASSAY_REDIS_URL'],
    [
      { ASSAY_REDIS_URL: 'redis://a', ASSAY_REDIS_CLUSTER: 'a:1' },
      'ASSAY_REDIS_URL and ASSAY_REDIS_CLUSTER are both set',
    ],
    [{ ASSAY_REDIS_URL: 'http://user:secret@host' }, 'must look like redis://host:6379/0'],
    [{ ASSAY_REDIS_URL: 'redis://user:secret@host/db' }, 'must look like'],
    [{ ASSAY_REDIS_URL: 'redis://user:secret@' }, 'must look like'],
    [{ ASSAY_REDIS_URL: 'redis://user:se%zzcret@host' }, 'must look like'],
    [{ ASSAY_REDIS_CLUSTER: 'a:1,user:secret@b:2' }, 'must be a list like host1:6379,host2:6379'],
    [{ ASSAY_REDIS_CLUSTER: 'a:70000' }, 'must be a list'],
    [{ ASSAY_REDIS_SENTINELS: 'a:1' }, 'needs ASSAY_REDIS_SENTINEL_NAME'],
    [{ ASSAY_REDIS_URL: 'redis://a', ASSAY_REDIS_CA: '/none.pem' }, 'not reached over TLS'],
    [{ ASSAY_REDIS_URL: 'rediss://a', ASSAY_REDIS_CA: '/none.pem' }, '/none.pem cannot be read: ENOENT'],
    [{ ASSAY_REDIS_URL: 'rediss://a', ASSAY_REDIS_CERT: '/none.pem' }, 'belong together'],
    [{ ASSAY_REDIS_CLUSTER: 'a:1', ASSAY_REDIS_TLS: 'yes' }, 'ASSAY_REDIS_TLS must be true or false'],
    [{ ASSAY_REDIS_URL: 'redis://a', ASSAY_REDIS_PREFIX: '{x}' }, 'ASSAY_REDIS_PREFIX must be'],
  ])('are refused with a line that names the valid form: %o', (env, line) => {
    expect(() => redisSettings(env)).toThrow(SettingError);
    expect(() => redisSettings(env)).toThrow(line);
    try {
      redisSettings(env);
    } catch (error) {
      expect((error as Error).message).not.toContain('secret');
    }
  });

  it('are refused if a file is not a PEM file', () => {
    expect(() => redisSettings({ ASSAY_REDIS_URL: 'rediss://a', ASSAY_REDIS_CA: file('not one') })).toThrow(
      'is not a PEM file',
    );
  });
});

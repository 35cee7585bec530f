import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SettingError } from '@assay/settings';
import { kafkaSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-kafka-settings-'));
const pem = join(folder, 'ca.pem');
writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n');
const text = join(folder, 'text');
writeFileSync(text, 'hello');
afterAll(() => rmSync(folder, { recursive: true }));

const away = { ASSAY_KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092' };
const token = {
  ...away,
  ASSAY_KAFKA_TLS: 'true',
  ASSAY_KAFKA_SASL: 'oauthbearer',
  ASSAY_KAFKA_TOKEN_URL: 'https://login/token',
  ASSAY_KAFKA_CLIENT_ID: 'id',
  ASSAY_KAFKA_CLIENT_SECRET: 'hush',
};

describe('the settings of Kafka', () => {
  it('require no more than brokers', () => {
    expect(kafkaSettings(away)).toEqual({
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      replication: 3,
      minInsync: 2,
      sessionMs: 10_000,
    });
  });

  it('include TLS, credentials and names', () => {
    expect(
      kafkaSettings({
        ...away,
        ASSAY_KAFKA_TLS: 'true',
        ASSAY_KAFKA_CA: pem,
        ASSAY_KAFKA_SASL: 'plain',
        ASSAY_KAFKA_USERNAME: 'u',
        ASSAY_KAFKA_PASSWORD: 'p',
        ASSAY_KAFKA_REPLICATION: '1',
        ASSAY_KAFKA_PREFIX: 'a.',
        ASSAY_INSTANCE: 'b-0',
      }),
    ).toEqual({
      brokers: ['kafka-1:9092', 'kafka-2:9092'],
      tls: { ca: '-----BEGIN CERTIFICATE-----\n' },
      sasl: { mechanism: 'plain', username: 'u', password: 'p' },
      replication: 1,
      minInsync: 1,
      sessionMs: 10_000,
      prefix: 'a.',
      instance: 'b-0',
    });
    expect(kafkaSettings(token).sasl).toEqual({
      mechanism: 'oauthbearer',
      tokenUrl: 'https://login/token',
      clientId: 'id',
      clientSecret: 'hush',
    });
  });

  it.each<[string, Record<string, string>]>([
    ['no brokers', {}],
    ['a broker without a port', { ASSAY_KAFKA_BROKERS: 'kafka-1' }],
    ['a port that cannot be', { ASSAY_KAFKA_BROKERS: 'kafka-1:70000' }],
    ['TLS half on', { ...away, ASSAY_KAFKA_TLS: 'yes' }],
    ['an authority without TLS', { ...away, ASSAY_KAFKA_CA: pem }],
    ['an authority that is not there', { ...away, ASSAY_KAFKA_TLS: 'true', ASSAY_KAFKA_CA: join(folder, 'none') }],
    ['an authority that is none', { ...away, ASSAY_KAFKA_TLS: 'true', ASSAY_KAFKA_CA: text }],
    ['a certificate without its key', { ...away, ASSAY_KAFKA_TLS: 'true', ASSAY_KAFKA_CERT: pem }],
    ['an unknown mechanism', { ...away, ASSAY_KAFKA_SASL: 'kerberos' }],
    [
      'a password in the clear',
      { ...away, ASSAY_KAFKA_SASL: 'plain', ASSAY_KAFKA_USERNAME: 'u', ASSAY_KAFKA_PASSWORD: 'hush' },
    ],
    ['a user without a password', { ...away, ASSAY_KAFKA_SASL: 'scram-sha-512', ASSAY_KAFKA_USERNAME: 'u' }],
    ['a user that nobody asks for', { ...away, ASSAY_KAFKA_USERNAME: 'u', ASSAY_KAFKA_PASSWORD: 'hush' }],
    ['a token in the clear', { ...token, ASSAY_KAFKA_TOKEN_URL: 'http://login/token' }],
    ['more copies in step than copies', { ...away, ASSAY_KAFKA_REPLICATION: '1', ASSAY_KAFKA_MIN_INSYNC: '2' }],
    ['a prefix with a space', { ...away, ASSAY_KAFKA_PREFIX: 'a b' }],
  ])('refuse %s, in one line without a secret', (_, env) => {
    const error = (() => {
      try {
        kafkaSettings(env);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(SettingError);
    expect((error as Error).message).toMatch(/^ASSAY_KAFKA_[^\n]+$/);
    expect((error as Error).message).not.toContain('hush');
  });
});

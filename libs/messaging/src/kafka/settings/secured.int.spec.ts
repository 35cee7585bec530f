import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startKafka, type Kafka } from '../../../../../tools/services/index.ts';
import { KafkaFailure } from '../client/failure.ts';
import { openKafkaLog } from '../open.ts';
import { kafkaSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-secured-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const secret = 'a-secret-of-alice';
let saslKafka: Kafka;
let mutualTlsKafka: Kafka;
let issuer: Server;
let tokensGiven = 0;
let clientSecret = 'right';

/** An unsigned token, as Kafka's demonstration module accepts it. */
const tokenFor = (sub: string): string =>
  [{ alg: 'none' }, { sub, iat: Date.now() / 1000 - 5, exp: Date.now() / 1000 + 3600 }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.') + '.';

beforeAll(async () => {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  const keyStore = join(folder, 'broker.pem');
  writeFileSync(keyStore, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'));
  [saslKafka, mutualTlsKafka] = await Promise.all([
    startKafka({
      folder: join(folder, 'one'),
      heapMb: 256,
      scram: [
        { username: 'alice', password: secret },
        { username: 'stranger', password: secret },
      ],
      oauthBearer: true,
      tls: { keyStore },
      properties: {
        'listener.name.secure.sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256,OAUTHBEARER,PLAIN',
        'listener.name.secure.plain.sasl.jaas.config':
          `org.apache.kafka.common.security.plain.PlainLoginModule required ` + `user_alice="${secret}";`,
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS;User:alice;User:service',
      },
    }),
    startKafka({ folder: join(folder, 'other'), heapMb: 256, tls: { keyStore, trustStore: cert } }),
  ]);
  issuer = createServer((request, response) => {
    const given = request.headers.authorization === `Basic ${Buffer.from('service:right').toString('base64')}`;
    tokensGiven += given ? 1 : 0;
    response
      .writeHead(given ? 200 : 401, { 'content-type': 'application/json' })
      .end(
        JSON.stringify(given ? { access_token: tokenFor('service'), expires_in: 3600 } : { error: 'invalid_client' }),
      );
  }).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
});
afterAll(async () => {
  issuer.close();
  await Promise.all([saslKafka.stop(), mutualTlsKafka.stop()]);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  tokensGiven = 0;
  clientSecret = 'right';
});

let suites = 0;
/** Opens a log with these settings, and passes a record through each way of reading. */
const roundTrip = async (env: Record<string, string>, kafka = saslKafka): Promise<string[]> => {
  const settings = kafkaSettings({
    ASSAY_KAFKA_BROKERS: kafka.secureUrl!,
    ASSAY_KAFKA_TLS: 'true',
    ASSAY_KAFKA_CA: cert,
    ASSAY_KAFKA_REPLICATION: '1',
    ASSAY_KAFKA_PREFIX: `suite-${(suites += 1)}.`,
    ...env,
  });
  const log = await openKafkaLog(settings, { partitions: 1, clientId: 'test', topics: ['image.pushed'] });
  try {
    await log.append([{ topic: 'image.pushed', partition: 0, key: 'k', headers: {}, value: 'said' }]);
    const received = Promise.withResolvers<string>();
    await log.consume('group', ['image.pushed'], {
      opened: async () => ({}),
      received: async ({ records }) => received.resolve(records[0]!.value),
      closed: async () => undefined,
    });
    const read: string[] = [];
    for await (const { records } of log.read('image.pushed', 0, 0, await log.end('image.pushed', 0)))
      read.push(records[0]!.value);
    return [await received.promise, ...read];
  } finally {
    await log.close();
  }
};

const account = (mechanism: string, password = secret, username = 'alice') => ({
  ASSAY_KAFKA_SASL: mechanism,
  ASSAY_KAFKA_USERNAME: username,
  ASSAY_KAFKA_PASSWORD: password,
});
const byToken = () => ({
  ASSAY_KAFKA_SASL: 'oauthbearer',
  ASSAY_KAFKA_TOKEN_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/token`,
  ASSAY_KAFKA_CLIENT_ID: 'service',
  ASSAY_KAFKA_CLIENT_SECRET: clientSecret,
});

const failure = async (opening: Promise<unknown>): Promise<KafkaFailure> => {
  const error: unknown = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KafkaFailure);
  expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain(secret);
  return error as KafkaFailure;
};

describe('Kafka with authentication', () => {
  it.each(['scram-sha-512', 'scram-sha-256', 'plain'])('accepts a password by %s over TLS', async (mechanism) => {
    expect(await roundTrip(account(mechanism))).toEqual(['said', 'said']);
  });

  it('accepts a token, which is requested once', async () => {
    expect(await roundTrip(byToken())).toEqual(['said', 'said']);
    expect(tokensGiven).toBe(1);
  });

  it('accepts a client certificate', async () => {
    expect(await roundTrip({ ASSAY_KAFKA_CERT: cert, ASSAY_KAFKA_KEY: key }, mutualTlsKafka)).toEqual(['said', 'said']);
  });

  it.each(['scram-sha-512', 'plain'])('is reported where it refuses a password by %s', async (mechanism) => {
    expect(await failure(roundTrip(account(mechanism, 'wrong')))).toMatchObject({
      code: 'kafka-credentials',
      retriable: false,
      isFinal: true,
      message: expect.stringMatching(/^Kafka at [\d.:]+ refuses the credentials: [^\n]+$/),
      remedy: expect.stringContaining('ASSAY_KAFKA_PASSWORD'),
    });
  });

  it('is reported where it does not support the mechanism', async () => {
    expect(await failure(roundTrip(account('scram-sha-512'), mutualTlsKafka))).toMatchObject({ isFinal: false });
  });

  it('is retried while no token is issued', async () => {
    clientSecret = 'wrong';
    expect(await failure(roundTrip(byToken()))).toMatchObject({
      code: 'kafka-credentials',
      retriable: true,
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+ issues no token for Kafka: it answers 401$/),
      remedy: expect.stringContaining('ASSAY_KAFKA_CLIENT_SECRET'),
    });
  });

  it('is reported where it forbids an operation', async () => {
    expect(await failure(roundTrip(account('scram-sha-512', secret, 'stranger')))).toMatchObject({
      code: 'kafka-forbidden',
      isFinal: true,
    });
  });

  it.each<[string, Record<string, string>, () => Kafka]>([
    ['whose certificate nobody vouches for', { ...account('scram-sha-512'), ASSAY_KAFKA_CA: '' }, () => saslKafka],
    ['that wants a certificate and gets none', {}, () => mutualTlsKafka],
  ])('is reported as a TLS error: one %s', async (_, env, kafka) => {
    expect(await failure(roundTrip(env, kafka()))).toMatchObject({
      code: 'kafka-unreachable',
      remedy: expect.stringContaining('ASSAY_KAFKA_CA'),
    });
  });
});

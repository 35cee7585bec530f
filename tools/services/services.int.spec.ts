import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { openKafkaLog, type KafkaFailure } from '@assay/messaging';
import { patienceMs } from '@assay/testing';
import { startDistribution, startKafka, startRedis, type RunningServer } from './index.ts';
import { exchange } from './ports.ts';

const topic = 'image.pushed';

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'assay-services-'));
  onTestFinished(async () => {
    await rm(path, { recursive: true, force: true });
  });
  return path;
};

/** Stops it before its folder is removed. */
const ofThisTest = <T extends RunningServer>(server: T): T => {
  onTestFinished(async () => {
    await server.stop();
  });
  return server;
};

/**
 * Opens the log as the services do: if the broker closes the connection, it tries again; errors that cannot be retried
 * are thrown at once.
 */
const open = async (
  brokers: string,
  settings: Partial<Parameters<typeof openKafkaLog>[0]> = {},
): ReturnType<typeof openKafkaLog> => {
  for (const deadline = Date.now() + patienceMs; ; await pause(250)) {
    try {
      return await openKafkaLog(
        { brokers: [brokers], replication: 1, minInsync: 1, sessionMs: 10_000, ...settings },
        { partitions: 1, clientId: 'test', topics: [topic] },
      );
    } catch (error) {
      if (!(error as KafkaFailure).retriable || Date.now() > deadline) throw error;
    }
  }
};

/** Appends to and reads from a Kafka as the services do. */
const withLog = async <T>(brokers: string, work: (log: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> => {
  const log = await open(brokers);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
};

const append = (brokers: string, value: string) =>
  withLog(brokers, (log) => log.append([{ topic, partition: 0, key: value, headers: {}, value }]));

const values = (brokers: string) =>
  withLog(brokers, async (log) => {
    const all: string[] = [];
    for await (const { records } of log.read(topic, 0, 0, await log.end(topic, 0)))
      all.push(...records.map(({ value }) => value));
    return all;
  });

const redis = async ({ port }: { port: number }, command: string): Promise<string | undefined> =>
  (await exchange(port, Buffer.from(`${command}\r\n`), (answer) => answer.includes('\r\n')))?.toString();

it('runs a Kafka that has kept what it acknowledged, killed or stopped', async () => {
  const kafka = ofThisTest(await startKafka({ folder: await folder() }));
  expect(kafka.secureUrl).toBeUndefined();
  await append(kafka.url, 'one');
  const { pid } = kafka;
  await kafka.kill();
  expect(kafka.isRunning).toBe(false);
  await kafka.restart();
  expect(kafka.pid).not.toBe(pid);
  expect(await values(kafka.url)).toEqual(['one']);
  await append(kafka.url, 'two');
  await kafka.restart();
  expect(await values(kafka.url)).toEqual(['one', 'two']);
});

it('runs a Kafka with a door that wants a password', async () => {
  const user = { username: 'assay', password: 'told to nobody' };
  const kafka = ofThisTest(await startKafka({ folder: await folder(), scram: [user] }));
  const openWith = (password: string) =>
    open(kafka.secureUrl!, { sasl: { mechanism: 'scram-sha-512', username: user.username, password } });
  await (await openWith(user.password)).close();
  await expect(openWith('guessed')).rejects.toMatchObject({ code: 'kafka-credentials' });
});

it('runs a Redis that has kept what it acknowledged, killed or stopped', async () => {
  const server = ofThisTest(await startRedis({ folder: await folder() }));
  expect(await redis(server, 'SET digest one')).toBe('+OK\r\n');
  await server.kill();
  expect(await redis(server, 'PING')).toBeUndefined();
  await server.restart();
  expect(await redis(server, 'EXISTS digest')).toBe(':1\r\n');
  await server.restart();
  expect(await redis(server, 'EXISTS digest')).toBe(':1\r\n');
});

it('runs a registry that takes images and keeps them', async () => {
  const registry = ofThisTest(await startDistribution({ folder: await folder() }));
  const bytes = 'a layer';
  const digest = `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(bytes))).toString('hex')}`;
  const { headers } = await fetch(`${registry.url}/v2/web/nginx/blobs/uploads/`, { method: 'POST' });
  const { status } = await fetch(`${headers.get('location')}&digest=${digest}`, { method: 'PUT', body: bytes });
  expect(status).toBe(201);
  await registry.kill();
  await registry.restart();
  expect(await (await fetch(`${registry.url}/v2/web/nginx/blobs/${digest}`)).text()).toBe(bytes);
});

it('quotes the error of a server that does not come up', async () => {
  await expect(startRedis({ folder: await folder(), args: ['--maxmemory-policy', 'by-chance'] })).rejects.toMatchObject(
    {
      code: 'service-failed',
      message: expect.stringMatching(
        /^redis on 127\.0\.0\.1:\d+ ended at its start: .*by-chance.*: see .*redis\.log$/,
      ) as string,
    },
  );
  await expect(startKafka({ folder: await folder(), properties: { 'node.id': -2 } })).rejects.toMatchObject({
    code: 'service-failed',
    message: expect.stringMatching(/^kafka could not make its folder: .*node\.id/) as string,
  });
});

it('takes no other server for its own', async () => {
  const { port } = ofThisTest(await startRedis({ folder: await folder() }));
  await expect(startRedis({ folder: await folder(), port })).rejects.toMatchObject({ code: 'service-busy' });
});

it('explains how to install a missing program', async () => {
  const { PATH } = process.env;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = await folder();
  await expect(startRedis({ folder: await folder() })).rejects.toMatchObject({
    code: 'service-missing',
    message: 'redis could not be started, redis-server is not installed: apt-get install redis-server',
  });
  await expect(startDistribution({ folder: await folder() })).rejects.toMatchObject({ code: 'service-missing' });
  await expect(startKafka({ folder: await folder() })).rejects.toMatchObject({
    code: 'service-missing',
    message: expect.stringContaining('default-jre-headless') as string,
  });
});

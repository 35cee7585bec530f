import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually as comesToHold, patienceMs } from '@assay/testing';
import { definitionOf, encode, type AnyEvent } from '@assay/events';
import { kafkaSettings, openKafkaLog, partitionOf, type EventLog } from '@assay/messaging';
import {
  freePort,
  startKafka,
  startProxy,
  startRedis,
  type Kafka,
  type Proxy,
  type RunningServer,
} from '../../tools/services/index.ts';
import { exchange } from '../../tools/services/ports.ts';
import { ServiceProcess } from '../distributed/service-process.ts';
import { readAll } from '../torment/checker/reading.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-outages-'));
const partitions = 2;
let kafka: Kafka;
let redis: RunningServer;
/** The service reaches Kafka and Redis through these proxies only. */
let toKafka: Proxy;
let toRedis: Proxy;

beforeAll(async () => {
  const [port, securePort] = [await freePort(), await freePort()];
  toKafka = await startProxy(port);
  kafka = await startKafka({
    folder: join(folder, 'kafka'),
    port,
    securePort,
    scram: [{ username: 'assay', password: 'right' }],
    properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${toKafka.port},SECURE://127.0.0.1:${securePort}` },
  });
  redis = await startRedis({ folder: join(folder, 'redis') });
  toRedis = await startProxy(redis.port);
});
afterAll(async () => {
  await Promise.all([kafka.stop(), redis.stop()]);
  await Promise.all([toKafka.stop(), toRedis.stop()]);
  rmSync(folder, { recursive: true });
});

let suites = 0;
/** Settings of a separate suite on the same servers. */
const settings = (more: Readonly<Record<string, string>> = {}): Record<string, string> => {
  suites += 1;
  return {
    ASSAY_KAFKA_BROKERS: `127.0.0.1:${toKafka.port}`,
    ASSAY_KAFKA_REPLICATION: '1',
    ASSAY_KAFKA_PREFIX: `suite-${suites}.`,
    ASSAY_PARTITIONS: String(partitions),
    ASSAY_KAFKA_SESSION_MS: '6000',
    ASSAY_REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
    ASSAY_REDIS_PREFIX: `suite-${suites}`,
    ...more,
  };
};

const billing = async (env: Readonly<Record<string, string>>): Promise<ServiceProcess> => {
  const own = join(folder, `billing-${suites}`);
  mkdirSync(own, { recursive: true });
  const process_ = new ServiceProcess('billing', await freePort(), join(own, 'log.jsonl'), {
    ...process.env,
    ...env,
    ASSAY_API_TOKEN: 'token',
    ASSAY_HOME: own,
    ASSAY_FOLDER: own,
  });
  process_.start();
  onTestFinished(async () => {
    await process_.stop('SIGKILL');
  });
  return process_;
};

/** Checks a few times a second, because these checks are expensive. */
const eventually = (holds: () => boolean | Promise<boolean>): Promise<void> => comesToHold(holds, 200);

/** Reads `/healthz` and `/readyz`, with the reasons why the service is not ready. */
const health = async ({ port }: ServiceProcess): Promise<{ alive: boolean; ready: boolean; reasons: string }> => {
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(3000) });
  const [alive, ready] = [await get('/healthz'), await get('/readyz')];
  return { alive: alive.ok, ready: ready.ok, reasons: await ready.text() };
};
const unready = (of: ServiceProcess, because: RegExp) =>
  eventually(async () => {
    const { alive, ready, reasons } = await health(of);
    return alive && !ready && because.test(reasons);
  });
/** Hanging connections are given up one after the other, and only a lasting fault is reported. */
const logs = (of: ServiceProcess, line: RegExp) => eventually(() => line.test(of.lastLines(1000)));

const logOf = async (env: Readonly<Record<string, string>>): Promise<EventLog> => {
  const log = await openKafkaLog(kafkaSettings(env), { partitions, clientId: 'test' });
  onTestFinished(() => log.close());
  return log;
};

const classified = (n: number): AnyEvent => {
  const digest = `sha256:${String(n).padStart(64, '0')}`;
  return {
    id: `classified ${n}`,
    source: '/assay/test',
    subject: digest,
    time: '2026-11-24T09:15:02.600Z',
    correlationid: `classified ${n}`,
    topic: 'finding.classified',
    data: { ...definitionOf('finding.classified')!.examples[1], digest },
  };
};
const append = (log: EventLog, n: number) =>
  log.append([
    {
      ...encode(classified(n)),
      topic: 'finding.classified',
      partition: partitionOf(classified(n).subject, partitions),
    },
  ]);
const charged = async (log: EventLog): Promise<string[]> =>
  (await readAll(log)).of('usage.charged').map(({ event }) => String(event.causationid));

/** A Redis that requires a password. */
const guarded = async (): Promise<RunningServer> => {
  const server = await startRedis({ folder: join(folder, 'guarded'), args: ['--requirepass', 'right'] });
  onTestFinished(() => server.stop());
  return server;
};

describe('at the start', () => {
  it.each<[string, () => RunningServer, RegExp, RegExp]>([
    [
      'Kafka',
      () => kafka,
      /"code":"kafka-unreachable".*ASSAY_KAFKA_BROKERS.*"waiting for Kafka"/,
      /the process is starting/,
    ],
    ['Redis', () => redis, /"code":"redis-unreachable".*"waiting for Redis"/, /the process is starting/],
  ])('waits for %s, alive and not ready, and goes on by itself', async (_, server, line, reason) => {
    await server().kill();
    onTestFinished(async () => {
      if (!server().isRunning) await server().restart();
    });
    const started = await billing(settings());
    await logs(started, line);
    await unready(started, reason);
    await server().restart();
    await started.ready();
  });

  it.each<[string, () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>, number, RegExp]>(
    [
      [
        'a wrong password for Kafka',
        () => ({
          ASSAY_KAFKA_BROKERS: kafka.secureUrl!,
          ASSAY_KAFKA_SASL: 'scram-sha-512',
          ASSAY_KAFKA_USERNAME: 'assay',
          ASSAY_KAFKA_PASSWORD: 'wrong',
        }),
        1,
        /"level":"fatal".*"code":"kafka-credentials".*ASSAY_KAFKA_PASSWORD/,
      ],
      [
        'a wrong password for Redis',
        async () => ({ ASSAY_REDIS_URL: (await guarded()).url, ASSAY_REDIS_PASSWORD: 'wrong' }),
        1,
        /"level":"fatal".*"code":"redis-unauthorized".*ASSAY_REDIS_PASSWORD/,
      ],
      [
        'a setting that cannot be',
        () => ({ ASSAY_PARTITIONS: 'many' }),
        78,
        /"level":"fatal".*"code":"configuration".*ASSAY_PARTITIONS/,
      ],
    ],
  )('ends with %s', async (_, wrong, code, line) => {
    const started = await billing(settings(await wrong()));
    await eventually(() => !started.runs);
    expect(started.end, started.lastLines()).toBe(code);
    expect(started.lastLines()).toMatch(line);
    expect(started.lastLines()).not.toMatch(/"?(wrong|right)"/);
  });

  it('ends if a topic has another number of partitions, and names the setting to change', async () => {
    const env = settings();
    await logOf(env);
    const started = await billing({ ...env, ASSAY_PARTITIONS: '3' });
    await eventually(() => !started.runs);
    expect(started.end, started.lastLines()).toBe(1);
    expect(started.lastLines()).toMatch(
      /"level":"fatal".*"code":"topic-mismatch".*has 2 partitions, not 3: set ASSAY_PARTITIONS=2/,
    );
  });
});

describe('while it runs', () => {
  interface Outage {
    readonly begin: () => unknown;
    readonly end: () => unknown;
  }
  it.each<[string, () => Outage, RegExp, RegExp]>([
    [
      'Kafka is killed',
      () => ({
        begin: () => kafka.kill(),
        end: async () => {
          if (!kafka.isRunning) await kafka.restart();
        },
      }),
      /"code":"kafka-unreachable"/,
      /Kafka does not answer/,
    ],
    [
      'Kafka hangs',
      () => ({ begin: () => toKafka.stall(), end: () => toKafka.resume() }),
      /"code":"kafka-unreachable"/,
      /Kafka does not answer/,
    ],
    [
      'Redis is killed',
      () => ({
        begin: () => redis.kill(),
        end: async () => {
          if (!redis.isRunning) await redis.restart();
        },
      }),
      /"code":"redis-unreachable"/,
      /the store does not answer/,
    ],
    [
      'Redis hangs',
      () => ({ begin: () => toRedis.stall(), end: () => toRedis.resume() }),
      /"code":"redis-unreachable"/,
      /the store does not answer|no answer within/,
    ],
  ])(
    '%s: the service is alive and not ready, and processes the events of the outage afterwards',
    async (_, outage, line, reason) => {
      const env = settings();
      const started = await billing(env);
      await started.ready();
      const log = await logOf(env);
      await append(log, 1);
      await eventually(async () => (await charged(log)).length === 1);
      const { begin, end } = outage();
      onTestFinished(async () => {
        await end();
      });
      // The event is in the log, and perhaps received, when the outage begins.
      await append(log, 2);
      await begin();
      await unready(started, reason);
      await logs(started, line);
      await end();
      await started.ready();
      await append(log, 3);
      await eventually(async () => (await charged(log)).length >= 3);
      expect((await charged(log)).toSorted()).toEqual(['classified 1', 'classified 2', 'classified 3']);
      await logs(started, /(Kafka|Redis) answers again/);
      expect(started.lastLines(1000).match(/does not answer \(/g), started.lastLines(1000)).toHaveLength(1);
    },
  );

  it('Redis is full: the service consumes and parks nothing, and goes on once there is room', async () => {
    const env = settings();
    const started = await billing(env);
    await started.ready();
    const log = await logOf(env);
    const configure = (most: string) =>
      exchange(redis.port, Buffer.from(`CONFIG SET maxmemory ${most}\r\n`), (answer) => answer.includes('\r\n'));
    onTestFinished(async () => {
      await configure('0');
    });
    await configure('1');
    await append(log, 1);
    await logs(started, /"code":"redis-full"/);
    await configure('0');
    await eventually(async () => (await charged(log)).length === 1);
    expect((await readAll(log)).of('operator.acted')).toEqual([]);
  });

  it.each<[string, () => Proxy]>([
    ['Kafka', () => toKafka],
    ['Redis', () => toRedis],
  ])('%s hangs while it is asked to end: it ends by itself', async (_, road) => {
    const started = await billing(settings());
    await started.ready();
    onTestFinished(() => road().resume());
    road().stall();
    await started.stop('SIGTERM', patienceMs);
    expect([0, 1], started.lastLines()).toContain(started.end);
  });
});

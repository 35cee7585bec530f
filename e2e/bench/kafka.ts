import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { configTopics, keyedTopics, topicsOfProcessor, stepOf, type App } from '@assay/events';
import { FolderBlobs, openRedisStore, rebuild, redisSettings, silent, type Service } from '@assay/event-sourcing';
import { kafkaSettings, openKafkaLog, type EventLog } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { billing } from '@assay/billing';
import { eligibility } from '@assay/eligibility';
import { freePort, startKafka, startRedis, type RunningServer } from '../../tools/services/index.ts';
import { ServiceProcess } from '../distributed/service-process.ts';
import { startBareCopy } from './bare.ts';
import { configure, countIn, digestOf, fed, feed, emittedBy, type Fed } from './fed.ts';
import { home, print, temporary, type BenchRow } from './setting.ts';
import { unhurried } from '../unhurried.ts';

const partitions = 12;

interface Servers {
  readonly kafka: RunningServer;
  readonly redis: RunningServer;
}

/**
 * The setting that docs/redis.md recommends. By default, `startRedis` flushes every write, because tests kill Redis.
 */
const asRecommended = ['--appendfsync', 'everysec'];

/** Starts a Kafka and a Redis for this measurement only. */
export const served = async <T>(measure: (servers: Servers) => Promise<T>): Promise<T> => {
  const folder = temporary('servers');
  const [kafka, redis] = [
    await startKafka({ folder: join(folder, 'kafka') }),
    await startRedis({ folder: join(folder, 'redis'), args: asRecommended }),
  ];
  try {
    return await measure({ kafka, redis });
  } finally {
    await Promise.all([kafka.stop(), redis.stop()]);
  }
};

export const logOn = ({ kafka }: Servers, prefix: string, topics: readonly string[]): Promise<EventLog> => {
  const settings = kafkaSettings({
    ASSAY_KAFKA_BROKERS: kafka.url,
    ASSAY_KAFKA_PREFIX: prefix,
    ASSAY_KAFKA_REPLICATION: '1',
    ASSAY_KAFKA_MIN_INSYNC: '1',
  });
  return openKafkaLog(settings, { partitions, clientId: 'bench', topics });
};

const storeOn = ({ redis }: Servers, service: string, generation?: string) =>
  openRedisStore({
    settings: redisSettings({ ASSAY_REDIS_URL: redis.url }),
    service,
    partitions,
    generation,
    onError: (error) => print(`${service}: ${error.message}`),
  });

/** The topics of the service. Recommendation has a view that follows nearly all topics, so it gets all of them. */
const topicsOf = (app: App): readonly string[] =>
  app === 'recommendation'
    ? [...keyedTopics, ...configTopics]
    : [...new Set([...stepOf(app).consumes, ...(stepOf(app).config ?? []), ...stepOf(app).produces])];

/**
 * Records per second, from the first record in the output to the last. Start-up is not counted, and neither are records
 * that still wait to be sent.
 */
const rateOf = async (counted: () => Promise<number>, count: number): Promise<number> => {
  for (let first: { at: number; had: number } | undefined; ; await pause(50)) {
    const [had, at] = [await counted(), performance.now()];
    if (had >= count && first) return ((had - first.had) * 1000) / (at - first.at);
    if (had > 0) first ??= { at, had };
  }
};

/** @throws Error with the last lines of the log if the process has ended */
const checkRuns = (running: ServiceProcess): void => {
  if (!running.runs) throw new Error(`${running.service} has ended (${running.end}):\n${running.lastLines()}`);
};

/**
 * Waits until the read model contains the results of the last hundred events, so that every partition has one of them.
 */
const held = async (running: ServiceProcess, count: number): Promise<void> => {
  for (let n = Math.max(0, count - 100); n < count;) {
    checkRuns(running);
    const answer = await fetch(`http://127.0.0.1:${running.port}/assay/images/${digestOf(n)}`, {
      headers: { authorization: 'Bearer token' },
    });
    // The read model is behind, or does not know the image yet.
    if (![200, 404, 503].includes(answer.status))
      throw new Error(`recommendation answered ${answer.status}: ${await answer.text()}`);
    const { placements } = (await answer.json()) as {
      placements?: readonly { readonly times: { readonly classified?: string; readonly recommended?: string } }[];
    };
    const times = placements?.[0]?.times;
    if (times?.classified && times.recommended) n += 1;
    else await pause(200);
  }
};

/**
 * The order alternates between passes, and the fastest pass of each counts: neither always gets the colder broker or
 * the slower machine.
 */
const passes = 2;

/** Compares one service, as the process that it is, with kafkajs alone, over the same records of one topic. */
const compared = async (servers: Servers, one: Fed, count: number): Promise<BenchRow[]> => {
  const { service, receives } = one;
  const app = service.name as App;
  const prefix = `${app}.`;
  const log = await logOn(servers, prefix, topicsOf(app));
  const copies = await logOn(servers, `copy.${prefix}`, [receives]);
  if (service === eligibility) await configure(log);
  const folder = temporary(app);
  const running = new ServiceProcess(app, await freePort(), join(folder, 'log.jsonl'), {
    ...process.env,
    ASSAY_HOME: home,
    ASSAY_FOLDER: folder,
    ASSAY_API_TOKEN: 'token',
    ...unhurried,
    ASSAY_KAFKA_BROKERS: servers.kafka.url,
    ASSAY_KAFKA_PREFIX: prefix,
    ASSAY_KAFKA_REPLICATION: '1',
    ASSAY_KAFKA_MIN_INSYNC: '1',
    ASSAY_REDIS_URL: servers.redis.url,
  });
  const fences = partitions * topicsOfProcessor(app).length;
  const bareRate = async (): Promise<number> => {
    const before = await countIn(copies, [receives]);
    const copy = startBareCopy({
      broker: servers.kafka.url,
      group: `${prefix}copy`,
      from: `${prefix}${receives}`,
      to: `copy.${prefix}${receives}`,
    });
    const rate = await rateOf(async () => (await countIn(copies, [receives])) - before, count);
    await copy.close();
    return rate;
  };
  const serviceRate = async (): Promise<number> => {
    const before = (await emittedBy(log, service)) + fences;
    running.start();
    return rateOf(() => {
      checkRuns(running);
      return emittedBy(log, service).then((all) => all - before);
    }, count);
  };
  // An empty store is filled from the log, which is not the same as consuming it. So make the store ready before the
  // log has records.
  const madeReady = async (): Promise<void> => {
    running.start();
    await running.ready();
    while ((await emittedBy(log, service)) < fences) await pause(20);
    await pause(1000);
    await running.stop();
  };

  let [bare, rate, whole] = [0, 0, 0];
  try {
    await madeReady();
    for (let pass = 0; pass < passes; pass += 1) {
      await feed(log, one, pass * count, count);
      const turns = [
        async () => {
          bare = Math.max(bare, await bareRate());
        },
        async () => {
          const decided = await serviceRate();
          const began = performance.now();
          if (app === 'recommendation') await held(running, (pass + 1) * count);
          rate = Math.max(rate, decided);
          whole = Math.max(whole, count / (count / decided + (performance.now() - began) / 1000));
          await running.stop();
        },
      ];
      for (const turn of pass % 2 === 0 ? turns : turns.toReversed()) await turn();
    }
  } finally {
    await running.stop();
  }
  await Promise.all([log.close(), copies.close()]);
  print(`${app}: ${Math.round(rate)} events/s, kafkajs alone ${Math.round(bare)}`);
  const row: BenchRow = {
    what: `${app} hears, decides and says over Kafka and Redis, of what kafkajs alone copies`,
    measured: (100 * rate) / bare,
    unit: '%',
    target: 50,
    more: true,
    note: `${Math.round(rate)} of ${Math.round(bare)} events/s`,
  };
  return app === 'recommendation'
    ? [
        row,
        {
          what: 'until its read model has taken in all of it',
          measured: (100 * whole) / bare,
          unit: '%',
          more: true,
          note: `${Math.round(whole)} events/s: deciding goes first`,
        },
      ]
    : [row];
};

/** Measures each service on its own servers: records left by one would slow the next. */
export const measureKafka = async (count: number): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  for (const one of fed) rows.push(...(await served((servers) => compared(servers, one, count))));
  return rows;
};

/** Fills an empty store in Redis from a log on Kafka. Half of the events were received by the service, half emitted. */
export const measureRebuild = (events: number): Promise<BenchRow[]> =>
  served(async (servers) => {
    const telemetry = await startTelemetry({ version: 'bench', env: {} });
    const one = fed.find(({ service }) => service === billing)!;
    const service: Service = one.service;
    const log = await logOn(servers, 'rebuild.', topicsOf('billing'));
    const live = await storeOn(servers, 'billing');
    const folder = temporary('billing');
    const running = await service.start({
      log,
      store: live,
      blobs: new FolderBlobs(folder),
      telemetry,
      observer: silent,
      env: {},
      folder,
      home: folder,
      progress: () => undefined,
      fatal: () => undefined,
    });
    await feed(log, one, 0, events / 2);
    while ((await emittedBy(log, service)) < events / 2 + partitions) await pause(100);
    await running.close();
    await live.close();

    const beside = await storeOn(servers, 'billing', 'beside');
    const began = performance.now();
    await rebuild(service.decider, { log, store: beside, tracer: telemetry.tracer('bench') });
    const seconds = (performance.now() - began) / 1000;
    await Promise.all([beside.close(), log.close()]);
    const measured = events >= 1e6 ? '' : `, reckoned for 1 M events`;
    return [
      {
        what: `rebuild of billing from ${events.toLocaleString('en')} events over Kafka and Redis${measured}`,
        measured: (seconds * 1e6) / events,
        unit: 's',
        target: 120,
        note: `${Math.round(events / seconds)} events/s`,
      },
    ];
  });

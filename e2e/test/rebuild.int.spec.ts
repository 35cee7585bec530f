import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { billing } from '@assay/billing';
import { definitions, type AnyEvent, type AssayEvent, type FindingClassified } from '@assay/events';
import { openRedisStore, redisSettings } from '@assay/event-sourcing';
import { kafkaSettings, openKafkaLog, recordOf, type EventLog } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { expect, it, onTestFinished } from 'vitest';
import { dropPrevious, rebuildDistributed, switchBack } from '../../apps/assay/src/rebuild/distributed.ts';
import { freePort, startKafka, startRedis } from '../../tools/services/index.ts';
import { ServiceProcess } from '../distributed/service-process.ts';
import { temporaryFolder } from './distributed.ts';

const partitions = 4;
const example = definitions.find(({ topic }) => topic === 'finding.classified')!
  .examples[1] as unknown as FindingClassified;

/** Every third event is about a digest that was classified before: it is not charged again. */
const classified = (n: number): AnyEvent => {
  const digest = `sha256:${(n % 3 === 2 ? n - 2 : n).toString(16).padStart(64, '0')}`;
  return {
    id: `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
    source: '/assay/classifier',
    subject: digest,
    time: '2026-11-24T09:15:02.600Z',
    correlationid: 'push',
    sequence: `1.${n + 1}`,
    topic: 'finding.classified',
    data: { ...example, digest, findings: [] },
  };
};

const chargesIn = async (log: EventLog): Promise<AssayEvent<'usage.charged'>['data'][]> => {
  const charges = new Map<string, AssayEvent<'usage.charged'>['data']>();
  for (let partition = 0; partition < partitions; partition += 1) {
    for await (const { records } of log.read(
      'usage.charged',
      partition,
      0,
      await log.end('usage.charged', partition),
    )) {
      // An event that is appended again after a failed send has the same id.
      for (const { headers, value } of records)
        if (headers.ce_type === 'assay.usage.charged.v1') charges.set(headers.ce_id!, JSON.parse(value) as never);
    }
  }
  return [...charges.values()];
};

it('rebuilds billing beside two replicas that go on, switches, goes back, and loses and doubles nothing', async () => {
  const folder = await temporaryFolder();
  const [kafka, redis] = await Promise.all([
    startKafka({ folder: join(folder, 'kafka') }),
    startRedis({ folder: join(folder, 'redis') }),
  ]);
  onTestFinished(() => Promise.all([kafka.stop(), redis.stop()]).then(() => undefined));
  const env = {
    ASSAY_KAFKA_BROKERS: kafka.url,
    ASSAY_KAFKA_REPLICATION: '1',
    ASSAY_KAFKA_MIN_INSYNC: '1',
    ASSAY_REDIS_URL: redis.url,
    ASSAY_PARTITIONS: String(partitions),
  };
  const log = await openKafkaLog(kafkaSettings(env), { partitions, clientId: 'test' });
  onTestFinished(() => log.close());
  const replicas = await Promise.all(
    [1, 2].map(
      async (n) =>
        new ServiceProcess('billing', await freePort(), join(folder, `billing-${n}.jsonl`), {
          ...process.env,
          ...env,
          ASSAY_API_TOKEN: 'token',
          ASSAY_HOME: folder,
          ASSAY_FOLDER: join(folder, String(n)),
        }),
    ),
  );
  for (const replica of replicas) replica.start();
  onTestFinished(() => Promise.all(replicas.map((replica) => replica.stop())).then(() => undefined));
  await Promise.all(replicas.map((replica) => replica.ready()));

  let appended = 0;
  let going = true;
  const load = (async () => {
    while (going) {
      const some = Array.from({ length: 5 }, () => recordOf(classified(appended++), partitions));
      await log.append(some);
      await pause(20);
    }
  })();
  onTestFinished(async () => {
    going = false;
    await load;
  });
  const wanted = (): number => new Set(Array.from({ length: appended }, (_, n) => classified(n).subject)).size;
  const telemetry = await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } });
  const reported: string[] = [];
  const options = {
    service: billing,
    force: false,
    env,
    telemetry,
    progress: (line: string) => {
      reported.push(line);
    },
    failed: (_: string, activity: string, error: unknown) => {
      reported.push(`${activity}: ${String(error)}`);
    },
  };
  const chargedBeyond = async (count: number): Promise<void> => {
    await expect.poll(async () => (await chargesIn(log)).length, { interval: 300 }).toBeGreaterThan(count);
  };

  await chargedBeyond(300);
  const first = await rebuildDistributed(options);
  expect(first, reported.join('\n')).toMatchObject({
    same: true,
    switched: true,
    generations: { before: '1', after: '2' },
  });
  expect(first.comparisons.map(({ what }) => what)).toEqual(['keys', 'parked events', 'lines of the FOCUS export']);
  expect(first.comparisons[0]!.after.count).toBeGreaterThan(200);
  await chargedBeyond((await chargesIn(log)).length + 100);
  expect(await switchBack(options)).toEqual({ service: 'billing', from: '2', to: '1' });
  await chargedBeyond((await chargesIn(log)).length + 100);
  expect(await rebuildDistributed(options)).toMatchObject({ switched: true, generations: { before: '1', after: '3' } });
  await chargedBeyond((await chargesIn(log)).length + 100);

  going = false;
  await load;
  await expect.poll(async () => (await chargesIn(log)).length, { interval: 300 }).toBeGreaterThanOrEqual(wanted());
  const charged = (await chargesIn(log)).map(({ digest }) => digest);
  expect(charged).toHaveLength(wanted());
  expect(new Set(charged).size).toBe(wanted());
  const quiet = await rebuildDistributed(options);
  expect(quiet).toMatchObject({ same: true, generations: { before: '3', after: '4' } });
  expect(quiet.comparisons.map(({ unfinished }) => unfinished)).toEqual([0, 0, 0]);
  expect(quiet.comparisons.map(({ after }) => after.count)).toEqual([wanted(), 0, wanted()]);

  const store = await openRedisStore({
    settings: redisSettings(env),
    service: 'billing',
    partitions,
    onError: () => undefined,
  });
  onTestFinished(() => store.close());
  await expect.poll(async () => (await store.checkpoint(0))?.evaluated).toBe(true);
  await Promise.all(replicas.map((replica) => replica.stop()));
  // A difference in the live store that does not come from the log.
  const {
    checkpoint: { epoch },
  } = await store.claim(0, 0);
  const [state] = await store.scan(0, undefined, 1);
  await store.transact(0, epoch, {
    checkpoint: {},
    outbox: [],
    jobs: { put: [], remove: [] },
    park: [],
    states: [{ key: state!.key, state: JSON.stringify({ ...(JSON.parse(state!.state) as object), strange: true }) }],
  });
  const differing = await rebuildDistributed(options);
  expect(differing).toMatchObject({ same: false, switched: false });
  expect(differing.comparisons[0]!.differing).toEqual([state!.key]);
  expect(await rebuildDistributed({ ...options, force: true })).toMatchObject({
    same: false,
    switched: true,
    generations: { before: '4', after: '5' },
  });
  expect(await dropPrevious(options)).toEqual({ service: 'billing', dropped: '4' });
  await expect(switchBack(options)).rejects.toMatchObject({ message: 'no earlier generation of billing is kept' });
});

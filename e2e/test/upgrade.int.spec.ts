import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { stateVersion as billing } from '@assay/billing/domain/decider';
import { decider as classifier } from '@assay/classifier/domain/decider';
import { definitionOf, type AnyEvent, type UsageCharged } from '@assay/events';
import { openRedisStore, redisSettings } from '@assay/event-sourcing';
import { kafkaSettings, openKafkaLog, recordOf, type EventLog } from '@assay/messaging';
import { freePort, startKafka, startRedis } from '../../tools/services/index.ts';
import { ServiceProcess } from '../distributed/service-process.ts';
import { temporaryFolder } from './distributed.ts';

const partitions = 4;
const nextRelease = pathToFileURL(fileURLToPath(new URL('../distributed/next-release.ts', import.meta.url))).href;

/** Scans of images, one after the other. */
const scanned = (n: number): AnyEvent => {
  const digest = `sha256:${n.toString(16).padStart(64, '0')}`;
  return {
    id: `scanned-${n}`,
    source: '/assay/sandbox-runner',
    subject: digest,
    time: '2026-11-24T09:15:02.600Z',
    correlationid: `push-${n}`,
    sequence: `1.${n + 1}`,
    topic: 'scan.completed',
    data: { ...definitionOf('scan.completed')!.examples[1], digest, mode: 'extended', scanId: `scan-${n}` },
  };
};

const recordsOf = async (log: EventLog, topic: string): Promise<{ readonly type: string; readonly data: object }[]> => {
  const found = new Map<string, { type: string; data: object }>();
  for (let partition = 0; partition < partitions; partition += 1) {
    for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition))) {
      // A record that is appended again after a failed send has the same sequence.
      for (const { headers, value } of records)
        if (headers.ce_type !== 'assay.fence.v1')
          found.set(`${partition} ${headers.ce_sequence!}`, {
            type: headers.ce_type!,
            data: JSON.parse(value) as object,
          });
    }
  }
  return [...found.values()];
};

it('upgrades two services of two replicas, producers first, and loses, parks and doubles nothing', async () => {
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
    ASSAY_KAFKA_SESSION_MS: '6000',
    ASSAY_REDIS_URL: redis.url,
    ASSAY_PARTITIONS: String(partitions),
    ASSAY_API_TOKEN: 'token',
  };
  const log = await openKafkaLog(kafkaSettings(env), { partitions, clientId: 'test' });
  onTestFinished(() => log.close());
  const replica = async (service: string, n: number): Promise<ServiceProcess> => {
    const own = join(folder, `${service}-${n}`);
    await mkdir(own, { recursive: true });
    return new ServiceProcess(service, await freePort(), join(own, 'log.jsonl'), {
      ...process.env,
      ...env,
      ASSAY_HOME: own,
      ASSAY_FOLDER: own,
      ASSAY_INSTANCE: `${service}-${n}`,
    });
  };
  const [classifiers, billings] = (await Promise.all(
    ['classifier', 'billing'].map((service) => Promise.all([1, 2].map((n) => replica(service, n)))),
  )) as [ServiceProcess[], ServiceProcess[]];
  const all = [...classifiers, ...billings];
  onTestFinished(() => Promise.all(all.map((each) => each.stop())).then(() => undefined));
  for (const each of all) each.start();
  await Promise.all(all.map((each) => each.ready()));

  let appended = 0;
  let going = true;
  const load = (async () => {
    for (; going; await pause(50))
      await log.append([scanned(appended++), scanned(appended++)].map((event) => recordOf(event, partitions)));
  })();
  const ended = async (): Promise<void> => {
    going = false;
    await load;
  };
  onTestFinished(ended);
  const get = async (of: ServiceProcess, path: string) =>
    fetch(`http://127.0.0.1:${of.port}${path}`, { headers: { authorization: 'Bearer token' } });
  const notesOf = async (of: ServiceProcess): Promise<string> => await (await get(of, '/readyz')).text();
  const charges = async (): Promise<string[]> =>
    (await recordsOf(log, 'usage.charged')).map(({ data }) => (data as UsageCharged).digest);
  const classified = async (version: number): Promise<number> =>
    (await recordsOf(log, 'finding.classified')).filter(({ type }) => type === `assay.finding.classified.v${version}`)
      .length;
  const upgrade = async (of: ServiceProcess): Promise<void> => {
    await of.stop();
    of.start(false, { NODE_OPTIONS: `--import ${nextRelease}` });
  };
  await expect.poll(async () => (await charges()).length).toBeGreaterThan(10);

  // The producer first, in the order that makes the other services wait.
  await upgrade(classifiers[0]!);
  await expect.poll(() => classified(2)).toBeGreaterThan(10);
  // Two releases of one service run together: the older keeps its partitions, and both go on.
  const before = await classified(1);
  await expect.poll(() => classified(1)).toBeGreaterThan(before);
  await expect.poll(async () => (await Promise.all(billings.map(notesOf))).join('\n')).toContain('finding.classified/');
  const [waiting] = (await Promise.all(billings.map(async (each) => ({ each, notes: await notesOf(each) })))).filter(
    ({ notes }) => notes.includes('newer-version'),
  );
  expect(waiting!.notes).toContain(
    'version 2 of finding.classified is newer than what this program knows, 1; upgrade this service',
  );
  expect((await get(waiting!.each, '/readyz')).status).toBe(200);
  expect(waiting!.each.lastLines(1000)).toMatch(
    /"code":"newer-version","remedy":"upgrade this service","message":"a partition waits: version 2/,
  );
  const charged = (await charges()).length;
  await expect
    .poll(async () => (await charges()).length, { message: 'the partitions of the older classifier go on' })
    .toBeGreaterThan(charged);

  await upgrade(classifiers[1]!);
  await upgrade(billings[0]!);
  await expect
    .poll(async () => billings[0]!.lastLines(1000))
    .toContain('the store was written by another version of the service, and is restored from the log');
  await upgrade(billings[1]!);
  await Promise.all(all.map((each) => each.ready()));
  await ended();
  await expect.poll(async () => (await charges()).length).toBe(appended);
  expect(new Set(await charges()).size).toBe(appended);
  expect((await recordsOf(log, 'finding.classified')).length).toBe(appended);
  for (const each of all) expect(await notesOf(each)).not.toContain('waits');

  for (const [service, version] of [
    ['classifier', classifier.stateVersion],
    ['billing', billing],
  ] as const) {
    const store = await openRedisStore({ settings: redisSettings(env), service, partitions, onError: () => undefined });
    onTestFinished(() => store.close());
    expect(await store.parked()).toEqual([]);
    expect(
      await Promise.all(
        Array.from({ length: partitions }, async (_, partition) => (await store.checkpoint(partition))?.stateVersion),
      ),
    ).toEqual(Array(partitions).fill(version + 1));
  }
  // The whole bill, read from a store that was rebuilt. Charges are of the month in which the classifier answered.
  const bill = (await (await get(billings[0]!, '/assay/charges')).json()) as { totals?: unknown };
  expect(bill.totals).toEqual([expect.objectContaining({ charges: appended })]);
});

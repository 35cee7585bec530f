import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeLog, eventually } from '@assay/testing';
import { startKafka, type Kafka } from '../../../../tools/services/index.ts';
import { largestRecordBytes, RecordTooLarge, type Batch, type NewRecord, type PartitionOwner } from '../log.ts';
import { kafkajs } from './client/kafkajs.ts';
import type { KafkaLog, KafkaOptions } from './log.ts';
import { openKafkaLog } from './open.ts';
import type { KafkaSettings } from './settings/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-kafka-'));
const topics = ['image.pushed', 'scan.approved', 'plan.changed'];
let kafka: Kafka;
let admin: Admin;
const opened: KafkaLog[] = [];
beforeAll(async () => {
  kafka = await startKafka({ folder });
  admin = new kafkajs.Kafka({ brokers: [kafka.url], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
});
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
});
afterAll(async () => {
  await admin.disconnect();
  await kafka.stop();
  rmSync(folder, { recursive: true });
});

const open = async (settings: Partial<KafkaSettings> = {}, options: Partial<KafkaOptions> = {}): Promise<KafkaLog> => {
  const log = await openKafkaLog(
    { brokers: [kafka.url], replication: 1, minInsync: 1, sessionMs: 6000, prefix: `${randomUUID()}.`, ...settings },
    { partitions: 4, clientId: 'test', topics, ...options },
  );
  opened.push(log);
  return log;
};

describeLog('Kafka', async () => {
  const log = await open();
  opened.pop();
  // A broker refuses part of a send while it does not lead each partition of a new topic, and all of it is sent again.
  const isLed = (topic: string, partition: number): Promise<boolean> =>
    log.end(topic, partition).then(
      () => true,
      () => false,
    );
  for (let partition = 0; partition < log.partitions; partition++)
    for (const topic of ['image.pushed', 'scan.approved']) await eventually(() => isLed(topic, partition));
  await eventually(() => isLed('plan.changed', 0));
  return log;
});

const configOf = async (name: string) =>
  new Map(
    (
      await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
      })
    ).resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
  );

const record = (partition: number, value: string): NewRecord => ({
  topic: 'image.pushed',
  partition,
  key: 'k',
  headers: { ce_id: value.slice(0, 20) },
  value,
});

/** Keeps the offsets for the next owner of a number, as a store does. */
const owner = (
  store: Map<number, Record<string, number>>,
  onBatch: (batch: Batch) => Promise<void> | void,
): PartitionOwner => ({
  opened: async (partition) => store.get(partition) ?? {},
  received: async (batch) => {
    await onBatch(batch);
    store.set(batch.partition, { ...store.get(batch.partition), [batch.topic]: batch.nextOffset });
  },
  closed: async () => undefined,
});

describe('the log on Kafka', () => {
  it('delivers everything where a backlog exceeds one fetch', async () => {
    const log = await open({}, { partitions: 12 });
    for (let partition = 0; partition < 12; partition += 1)
      await log.append(Array.from({ length: 15 }, (_, n) => record(partition, `${n} ${'x'.repeat(100_000)}`)));
    const received = new Map<number, number[]>();
    await log.consume(
      'group',
      ['image.pushed'],
      owner(new Map(), ({ partition, records }) => {
        received.set(partition, [
          ...(received.get(partition) ?? []),
          ...records.map(({ value }) => parseInt(value, 10)),
        ]);
      }),
    );
    await eventually(() => [...received.values()].flat().length === 180);
    expect([...received.values()]).toEqual(Array.from({ length: 12 }, () => Array.from({ length: 15 }, (_, n) => n)));
  });

  it('stays in its group during a slow batch, and delays no other number', async () => {
    const log = await open();
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const received: string[] = [];
    const consumer = await log.consume(
      'group',
      ['image.pushed'],
      owner(new Map(), async ({ partition, records }) => {
        if (partition === 0) await held;
        received.push(...records.map(({ value }) => value));
      }),
    );
    await log.append([record(0, 'slow')]);
    // Longer than the session: a member silent for this long would be removed.
    for (let n = 0; n < 15; n += 1) {
      await log.append([record(1, `quick ${n}`)]);
      await pause(500);
    }
    expect(received).toEqual(Array.from({ length: 15 }, (_, n) => `quick ${n}`));
    expect(consumer.owned()).toEqual([0, 1, 2, 3]);
    release();
    await eventually(() => received.at(-1) === 'slow');
  });

  it('loses and duplicates nothing while members come and go', async () => {
    const prefix = `${randomUUID()}.`;
    const [log, ...others] = [await open({ prefix }), await open({ prefix }), await open({ prefix })];
    const store = new Map<number, Record<string, number>>();
    const received = new Map<number, number[]>();
    const partitionOwner = owner(store, ({ partition, records, fetchedOffset }) => {
      if (fetchedOffset !== (store.get(partition)?.['image.pushed'] ?? 0))
        throw new Error('another owner has heard this');
      received.set(partition, [...(received.get(partition) ?? []), ...records.map(({ value }) => Number(value))]);
    });
    await log.consume('group', ['image.pushed'], partitionOwner);
    let appended = 0;
    const appending = (async () => {
      for (; appended < 2000; appended += 4) {
        await log.append([0, 1, 2, 3].map((partition) => record(partition, String(appended / 4))));
        await pause(5);
      }
    })();
    for (const other of others) {
      const consumer = await other.consume('group', ['image.pushed'], partitionOwner);
      await eventually(() => consumer.owned().length > 0);
      await pause(500);
      await consumer.close();
    }
    await appending;
    await eventually(() => [...received.values()].flat().length >= 2000);
    for (const values of received.values()) expect(values).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });

  it('pauses a number after a failure, longer each time', async () => {
    const log = await open();
    let openings = 0;
    await log.consume('group', ['image.pushed'], {
      opened: async (partition) => {
        openings += partition === 0 ? 1 : 0;
        return {};
      },
      received: async () => {
        throw new Error('no');
      },
      closed: async () => undefined,
    });
    await log.append([record(0, 'a')]);
    await pause(2000);
    expect(openings).toBeGreaterThan(2);
    expect(openings).toBeLessThan(15);
  });

  it('refuses a record that is too large, and appends the others', async () => {
    const log = await open();
    const [large, small] = await Promise.allSettled([
      log.append([record(0, 'x'.repeat(largestRecordBytes))]),
      log.append([record(0, 'x'.repeat(largestRecordBytes - 100))]),
    ]);
    expect(large).toMatchObject({ status: 'rejected', reason: expect.any(RecordTooLarge) });
    expect(small).toEqual({ status: 'fulfilled', value: [0] });
  });

  it('appends more at once than a broker takes in one batch', async () => {
    const log = await open();
    const offsets = await log.append(Array.from({ length: 40 }, (_, n) => record(n % 2, `${n} ${'x'.repeat(90_000)}`)));
    // A batch that a busy broker took without an answer is appended again: the offsets are those of the last time.
    const kept = new Map<string, string>();
    for (const partition of [0, 1])
      for await (const { records } of log.read('image.pushed', partition, 0, await log.end('image.pushed', partition)))
        for (const { offset, value } of records) kept.set(`${partition}/${offset}`, value.split(' ')[0]!);
    expect(offsets.map((offset, n) => kept.get(`${n % 2}/${offset}`))).toEqual(offsets.map((_, n) => String(n)));
  });

  it('compresses large batches, and reads them as they were', async () => {
    const prefix = `${randomUUID()}.`;
    const log = await open({ prefix });
    const values = Array.from({ length: 3000 }, (_, n) => `{"n":${n},"text":"${'finding '.repeat(n % 400)}"}`);
    await log.append(values.map((value) => record(0, value)));
    await log.append([record(0, 'small')]);
    const segment = readFileSync(join(folder, 'data', `${prefix}image.pushed-0`, '00000000000000000000.log'));
    const attributes: number[] = [];
    for (let at = 0; at < segment.length; at += 12 + segment.readInt32BE(at + 8))
      attributes.push(segment.readInt16BE(at + 21) & 7);
    expect(new Set(attributes.slice(0, -1))).toEqual(new Set([4]));
    expect(attributes.at(-1)).toBe(0);
    expect(segment.length).toBeLessThan(values.join('').length / 10);
    const read: string[] = [];
    for await (const { records } of log.read('image.pushed', 0, 0, 3001)) {
      expect(records.reduce((sum, { value }) => sum + value.length, 0)).toBeLessThan(1.5 * 2 ** 20);
      read.push(...records.map(({ value }) => value));
    }
    expect(read).toEqual([...values, 'small']);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'reads what its brokers compress with %s, and names the wrong setting at the next start',
    async (codec) => {
      const prefix = `${randomUUID()}.`;
      const log = await open({ prefix });
      const configEntries = [
        { name: 'compression.type', value: codec },
        { name: 'retention.ms', value: '-1' },
        { name: 'retention.bytes', value: '-1' },
      ];
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: `${prefix}image.pushed`, configEntries }],
      });
      await eventually(async () => (await configOf(`${prefix}image.pushed`)).get('compression.type') === codec);
      const values = Array.from({ length: 300 }, (_, n) => `{"n":${n},"text":"${'a'.repeat(n * 3)}"}`);
      const received: string[] = [];
      await log.consume(
        'group',
        ['image.pushed'],
        owner(new Map(), ({ records }) => {
          received.push(...records.map(({ value }) => value));
        }),
      );
      await log.append(values.map((value) => record(0, value)));
      await eventually(() => received.length === values.length);
      expect(received).toEqual(values);
      const read: string[] = [];
      for await (const { records } of log.read('image.pushed', 0, 0, 300))
        read.push(...records.map(({ value }) => value));
      expect(read).toEqual(values);
      await expect(open({ prefix })).rejects.toMatchObject({
        code: 'topic-mismatch',
        message: expect.stringContaining(`has compression.type=${codec}`) as string,
      });
    },
  );

  it('commits the offsets of its group, and leaves no state of a follower', async () => {
    const prefix = `${randomUUID()}.`;
    const log = await open({ prefix });
    await log.append([record(0, 'a'), record(0, 'b')]);
    const received: string[] = [];
    const follower = await log.follow(['image.pushed'], { onBatch: () => undefined });
    await follower.caughtUp();
    const consumer = await log.consume(
      'group',
      ['image.pushed'],
      owner(new Map(), ({ records }) => {
        received.push(...records.map(({ value }) => value));
      }),
    );
    await eventually(() => received.length === 2);
    await consumer.close();
    const [offsets] = await admin.fetchOffsets({ groupId: `${prefix}group`, topics: [`${prefix}image.pushed`] });
    expect(offsets!.partitions.map(({ offset }) => offset)).toEqual(['2', '0', '0', '0']);
    const { groups } = await admin.listGroups();
    expect(groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(prefix))).toEqual([
      `${prefix}group`,
    ]);
  });

  it('reports its troubles', async () => {
    const log = await open();
    expect(log.problems()).toEqual([]);
    await log.consume(
      'group',
      ['image.pushed'],
      owner(new Map(), () => undefined),
    );
    await eventually(() => log.problems().length === 0);
    expect(log.problems(Date.now() + 60_000)).toEqual([
      'Kafka does not answer',
      expect.stringMatching(/^not a member of the group .*group$/),
    ]);
  });

  it('continues with other positions where one is beyond the log', async () => {
    const reports: string[] = [];
    const log = await open({}, { report: (context, { code }) => reports.push(`${context}: ${code}`) });
    const received: string[] = [];
    const store = new Map([[0, { 'image.pushed': 99 }]]);
    await log.consume(
      'group',
      ['image.pushed'],
      owner(store, ({ records }) => {
        received.push(...records.map(({ value }) => value));
      }),
    );
    await log.append([record(0, 'beyond'), record(1, 'there')]);
    await eventually(() => received.length === 1 && reports.length > 0);
    expect(received).toEqual(['there']);
    expect(reports).toEqual(['image.pushed/0 at 99: kafka-offset-gone']);
  });
});

describe('the topics', () => {
  it('are created without retention limits by the first process', async () => {
    const prefix = `${randomUUID()}.`;
    await Promise.all([open({ prefix }), open({ prefix }), open({ prefix })]);
    const config = await configOf(`${prefix}image.pushed`);
    expect(
      ['cleanup.policy', 'retention.ms', 'retention.bytes', 'compression.type', 'min.insync.replicas'].map((name) =>
        config.get(name),
      ),
    ).toEqual(['delete', '-1', '-1', 'producer', '1']);
    const made = (await admin.fetchTopicMetadata({ topics: topics.map((topic) => `${prefix}${topic}`) })).topics;
    expect(new Map(made.map(({ name, partitions }) => [name.slice(prefix.length), partitions.length]))).toEqual(
      new Map([
        ['image.pushed', 4],
        ['scan.approved', 4],
        ['plan.changed', 1],
      ]),
    );
  });

  it('stop the start where one is wrong, and stay unchanged', async () => {
    const prefix = `${randomUUID()}.`;
    const topic = `${prefix}image.pushed`;
    await admin.createTopics({
      topics: [{ topic, numPartitions: 6, configEntries: [{ name: 'retention.ms', value: '1000' }] }],
      waitForLeaders: false,
    });
    await expect(open({ prefix })).rejects.toMatchObject({
      code: 'topic-mismatch',
      message: expect.stringMatching(
        new RegExp(`^topic ${topic} has 6 partitions, not 4: .*; topic ${topic} has retention.ms=1000`),
      ),
    });
    expect((await configOf(topic)).get('retention.ms')).toBe('1000');
  });

  it('cannot have more copies than there are brokers', async () => {
    await expect(open({ replication: 3, minInsync: 2 })).rejects.toMatchObject({
      code: 'topic-mismatch',
      remedy: expect.stringContaining('ASSAY_KAFKA_REPLICATION'),
    });
  });
});

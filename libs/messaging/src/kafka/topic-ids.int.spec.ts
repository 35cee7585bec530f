import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { startKafka, type Kafka } from '../../../../tools/services/index.ts';
import { kafkajs } from './client/kafkajs.ts';
import type { KafkaLog } from './log.ts';
import { openKafkaLog } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-topic-ids-'));
let kafka: Kafka;
let admin: Admin;
beforeAll(async () => {
  kafka = await startKafka({ folder });
  admin = new kafkajs.Kafka({ brokers: [kafka.url], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await kafka.stop();
  rmSync(folder, { recursive: true });
});

const topics = ['image.pushed', 'plan.changed'];
const prefix = 'suite-';
const opened = async (): Promise<KafkaLog> => {
  const log = await openKafkaLog(
    { brokers: [kafka.url], replication: 1, minInsync: 1, sessionMs: 6000, prefix },
    { partitions: 2, clientId: 'test', topics },
  );
  onTestFinished(() => log.close());
  return log;
};

/** The id in the folder of a partition, as the broker itself wrote it; undefined before it has. */
const onDisk = (topic: string): string | undefined => {
  const file = join(folder, 'data', `${prefix}${topic}-0`, 'partition.metadata');
  return existsSync(file) ? /topic_id: (\S+)/.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
};

it('names each topic by the id that the broker gave it, and by another one after it was made again', async () => {
  const before = await (await opened()).topicIds(topics);
  for (const topic of topics) await eventually(() => onDisk(topic) === before.get(topic));

  await admin.deleteTopics({ topics: [`${prefix}image.pushed`] });
  await eventually(async () => !(await admin.listTopics()).includes(`${prefix}image.pushed`));
  const after = await (await opened()).topicIds(topics);
  expect(after.get('image.pushed')).toMatch(/^[\w-]{22}$/);
  expect(after.get('image.pushed')).not.toBe(before.get('image.pushed'));
  await eventually(() => onDisk('image.pushed') === after.get('image.pushed'));
  expect(after.get('plan.changed')).toBe(before.get('plan.changed'));
});

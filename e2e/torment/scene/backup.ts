import { setTimeout as pause } from 'node:timers/promises';
import type { Topic } from '@assay/events';
import type { EventLog, LogRecord } from '@assay/messaging';
import { kafkajs } from '../../../libs/messaging/dist/kafka/client/kafkajs.js';
import type { TormentScene } from './scene.ts';

/** A backup of a topic: of some partitions, only the first records. */
export interface Backup {
  readonly topic: Topic;
  /** The offset from which on a partition is lost. */
  readonly keeps: ReadonlyMap<number, number>;
}

/** Kafka does not delete a topic at once. */
const againMs = 100;
const atOnce = 500;

export const recordsOf = async (log: EventLog, topic: string, partition: number): Promise<readonly LogRecord[]> => {
  const all: LogRecord[] = [];
  for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition))) all.push(...records);
  return all;
};

/** A lost scan is repeated and reported by another event. Sets of the image may miss their base. */
const idsOf = ({ headers, key, value }: LogRecord): readonly string[] => [
  headers.ce_id ?? '',
  key,
  ...Array.from(value.matchAll(/"scanId":"([^"]+)"/g), ([, scanId]) => scanId!),
];

/**
 * Deletes the topic and creates it again with the records of the backup, while no service reaches Kafka. Every kept
 * record has the same offset as before.
 * @returns ids of the events that are gone, of their scans and of their images
 * @throws Error if a record has another offset than before
 */
export const restore = async (
  scene: TormentScene,
  log: EventLog,
  { topic, keeps }: Backup,
): Promise<ReadonlySet<string>> => {
  const {
    ground: { kafka, roads },
  } = scene;
  const client = new kafkajs.Kafka({
    brokers: [kafka.url],
    clientId: 'torment-restore',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = client.admin();
  for (const road of roads) road.kafka.stall();
  await admin.connect();
  try {
    const parts = await Promise.all(
      Array.from({ length: scene.partitions }, (_, partition) => recordsOf(log, topic, partition)),
    );
    await admin.deleteTopics({ topics: [topic] });
    while ((await admin.listTopics()).includes(topic)) await pause(againMs);
    const recreated = await scene.openLog();
    try {
      for (const [partition, records] of parts.entries())
        await append(
          recreated,
          records.filter(({ offset }) => offset < (keeps.get(partition) ?? Infinity)),
        );
    } finally {
      await recreated.close();
    }
    return new Set(
      parts.flatMap((records, partition) =>
        records.filter(({ offset }) => offset >= (keeps.get(partition) ?? Infinity)).flatMap(idsOf),
      ),
    );
  } finally {
    await admin.disconnect();
    for (const road of roads) road.kafka.resume();
  }
};

const append = async (log: EventLog, records: readonly LogRecord[]): Promise<void> => {
  for (let at = 0; at < records.length; at += atOnce) {
    const some = records.slice(at, at + atOnce);
    const offsets = await log.append(some);
    const odd = some.find(({ offset }, index) => offset !== offsets[index]);
    if (odd) throw new Error(`${odd.topic}/${odd.partition}/${odd.offset} came to another offset when it was restored`);
  }
};

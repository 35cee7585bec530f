import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { startKafka, type Kafka } from '../../../../tools/services/index.ts';
import { changeIn, readMark } from '../continuity.ts';
import type { Batch, EventLog, NewRecord } from '../log.ts';
import { kafkajs } from './client/kafkajs.ts';
import { openKafkaLog } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-cut-'));
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

const topic = 'image.pushed';
const open = async (prefix: string): Promise<EventLog> =>
  openKafkaLog(
    { brokers: [kafka.url], replication: 1, minInsync: 1, sessionMs: 6000, prefix },
    { partitions: 1, clientId: 'test', topics: [topic] },
  );
const opened = async (prefix: string): Promise<EventLog> => {
  const log = await open(prefix);
  onTestFinished(() => log.close());
  return log;
};
const events = (from: number, to: number): NewRecord[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    topic,
    partition: 0,
    key: 'k',
    headers: { ce_id: `event-${from + index}` },
    value: '{}',
  }));
const again = () => pause(200);

/** Stores the next offset and the mark of the last record, as a store does. */
class TestStore {
  next = 0;
  mark: string | undefined;
  readonly received: string[] = [];
  change: string | undefined;

  constructor(readonly log: EventLog) {}

  async consume(): Promise<void> {
    await this.log.consume('reader', [topic], {
      opened: async () => ({ [topic]: this.next }),
      closed: async () => undefined,
      received: (batch) => this.#receive(batch),
    });
  }

  async #receive(batch: Batch): Promise<void> {
    if (batch.resumed) this.change ??= await this.#compared();
    if (this.change !== undefined) throw new Error('stands still');
    this.received.push(...batch.records.map(({ headers }) => headers.ce_id!));
    const last = batch.records.at(-1);
    [this.next, this.mark] = [batch.nextOffset, last ? readMark(last) : this.mark];
  }

  #compared = (): Promise<string | undefined> =>
    changeIn(this.log, { topic, partition: 0, next: this.next, mark: this.mark }, again);
}

/** Reads ten events. */
const readTen = async (prefix: string): Promise<TestStore> => {
  const store = new TestStore(await opened(prefix));
  await store.log.append(events(1, 10));
  await store.consume();
  await eventually(() => store.received.length === 10);
  return store;
};

/** Deletes the topic and recreates it with the records of a backup. */
const restore = async (prefix: string, records: readonly NewRecord[]): Promise<EventLog> => {
  await admin.deleteTopics({ topics: [`${prefix}${topic}`] });
  await eventually(async () => !(await admin.listTopics()).includes(`${prefix}${topic}`));
  const log = await opened(prefix);
  await log.append(records);
  return log;
};

describe('a topic in Kafka that is cut or recreated while it is read', () => {
  it('is reported where it is shorter, before it grows past the last offset read', async () => {
    const store = await readTen('shorter.');
    const other = await restore('shorter.', events(1, 7));
    await eventually(() => store.change !== undefined);
    expect(store.change).toMatch(/gone|ends at 7/);
    await other.append(events(11, 16));
    expect(store.received).toHaveLength(10);
  });

  it('is reported where it is longer again, also to a reader that was away meanwhile', async () => {
    const store = await readTen('longer.');
    await store.log.close();
    const log = await restore('longer.', [...events(1, 7), ...events(11, 16)]);
    const since = Object.assign(new TestStore(log), { next: store.next, mark: store.mark });
    await since.consume();
    await eventually(() => since.change !== undefined);
    expect(since.change).toBe('at 9 is another event than the one that was read (event-13 for event-10)');
    expect(since.received).toEqual([]);
  });

  it('is unchanged for a reader that stopped before or after control records', async () => {
    const store = await readTen('marks.');
    const producer = new kafkajs.Kafka({ brokers: [kafka.url], logLevel: kafkajs.logLevel.NOTHING }).producer({
      transactionalId: 'marks',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const aborted = await producer.transaction();
    await aborted.send({
      topic: `marks.${topic}`,
      messages: [{ key: 'k', value: 'never said', headers: { ce_id: 'aborted' } }],
    });
    await aborted.abort();
    // Two offsets without content: an aborted record, and its control record.
    await eventually(() => store.next === 12);
    expect(store.mark).toBe('9 event-10');
    const check = (log: EventLog) => changeIn(log, { topic, partition: 0, next: store.next, mark: store.mark }, again);
    expect(await check(store.log)).toBeUndefined();
    const since = Object.assign(new TestStore(await opened('marks.')), { next: store.next, mark: store.mark });
    await store.log.close();
    await since.consume();
    await since.log.append(events(11, 12));
    await eventually(() => since.received.length === 2);
    expect(since.change).toBeUndefined();
    // After a cut by those two, a new event takes their place: it was not read, and would be skipped.
    await since.log.close();
    const log = await restore('marks.', events(1, 14));
    expect(await check(log)).toBe('at 10 lies an event that was not there when it was read up to 12 (event-11)');
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { silent, type Observer } from '@assay/event-sourcing';
import { decode, type AnyEvent } from '@assay/events';
import { EmbeddedLog, type EventLog } from '@assay/messaging';
import { eventually } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  contents,
  digestOf,
  emptyStore,
  partitionOfDigest,
  priced,
  running,
} from '../../test/toy.ts';

const topics = ['finding.classified', 'usage.charged', 'operator.acted'];

/** Writes invalid blocks of one record, which Assay never writes, into the log of a suite that is not running. */
const madeUp = (file: string, ...contents: readonly SQLInputValue[]): void => {
  const database = new DatabaseSync(file);
  for (const topic of topics) {
    const partition = topic === 'operator.acted' ? 0 : partitionOfDigest(digestOf(1));
    const next = (): number =>
      database
        .prepare('select ifnull(max("offset" + count), 0) as next from blocks where topic = ? and partition = ?')
        .get(topic, partition)!.next as number;
    for (const content of contents)
      database.prepare('insert into blocks values (?, ?, ?, 1, null, ?)').run(topic, partition, next(), content);
  }
  database.close();
};

/** The content of a block with one record. */
const one = (key: string, headers: unknown, value: string): string =>
  `${JSON.stringify([[key, headers, value.length]])}\n${value}`;

/** The readable events. */
const emittedIn = async (log: EventLog, topic: string, partition: number): Promise<AnyEvent[]> => {
  const events: AnyEvent[] = [];
  for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition))) {
    for (const it of records.map((record) => decode(topic, record))) if (it.kind === 'event') events.push(it.event);
  }
  return events;
};

it('parks invalid records of the log in every topic, and goes on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-made-up-'));
  const file = join(folder, 'log.db');
  const [before, store] = [new EmbeddedLog(file, 3), emptyStore()];
  const first = await running(before, store);
  await append(before, priced('2'), classified(1));
  await eventually(async () => (await chargesIn(before)).length === 1);
  await first.stop();
  await before.close();
  madeUp(
    file,
    one(digestOf(1), 'no object', '{}'),
    one('', [1, 2], 'x'),
    one(digestOf(9), { ce_id: 7 }, '{}'),
    'not JSON',
    new Uint8Array([255, 254]),
    one('k', { ce_id: 'x', ce_type: 'assay.fence.v1', ce_sequence: 'none' }, '{}'),
    one('k', { ce_id: 'y', ce_type: 'assay.usage.charged.v1', ce_sequence: '9' }, '{'),
  );
  const log = new EmbeddedLog(file, 3);
  const failures: string[] = [];
  const observer: Observer = {
    ...silent,
    failed: (_, activity, error) => {
      failures.push(`${activity}: ${(error as Error).message}`);
    },
  };
  const { stop } = await running(log, store, { observer });
  onTestFinished(async () => {
    await stop();
    await log.close();
    rmSync(folder, { recursive: true });
  });
  await append(log, classified(2));
  await eventually(
    async () => (await store.parked()).length === 5 && (await contents(store, 3))[digestOf(2)] !== undefined,
  );
  expect((await store.parked()).map(({ code, message }) => `${code}: ${message.split(': ')[0]!}`)).toEqual([
    ...Array.from({ length: 3 }, () => 'unreadable-record: its headers are no JSON object of texts'),
    ...Array.from({ length: 2 }, () => 'unreadable-record: its block cannot be read'),
  ]);
  // Only the image whose key is in the first record is halted.
  await append(log, classified(2), priced('3'));
  await eventually(
    async () =>
      (await emittedIn(log, 'usage.charged', partitionOfDigest(digestOf(2)))).filter(
        ({ subject, data }) => subject === digestOf(2) && (data as { amount: string }).amount === '3',
      ).length === 2,
  );
  expect(failures.filter((line) => !line.startsWith('operator.acted at '))).toEqual([]);
  expect(failures.filter((line) => line.includes('is left out'))).not.toEqual([]);
  // The reports about the parked records are readable, as they name a subject.
  expect(
    (await emittedIn(log, 'operator.acted', 0)).filter(({ data }) => (data as { command: string }).command === 'park'),
  ).toHaveLength(5);
});

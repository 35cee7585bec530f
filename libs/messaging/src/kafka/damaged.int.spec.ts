import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { freePort, startKafka } from '../../../../tools/services/index.ts';
import type { NewRecord } from '../log.ts';
import { openKafkaLog } from './open.ts';

const record = (partition: number, value: string): NewRecord => ({
  topic: 'image.pushed',
  partition,
  key: 'k',
  headers: { ce_id: value },
  value,
});

it('reads all records around a byte that the disk changed, and those before it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-damaged-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const port = await freePort();
  const reports: string[] = [];
  const open = () =>
    openKafkaLog(
      { brokers: [`127.0.0.1:${port}`], replication: 1, minInsync: 1, sessionMs: 6000, prefix: '' },
      {
        partitions: 3,
        clientId: 'test',
        topics: ['image.pushed', 'plan.changed'],
        report: (context, { code }) => reports.push(`${context}: ${code}`),
      },
    );

  const before = await startKafka({ folder, port });
  const first = await open();
  for (const n of [0, 1, 2])
    await first.append([0, 1, 2].map((partition) => record(partition, `"value ${partition}-${n}"`)));
  await first.close();
  await before.stop();
  const segment = join(folder, 'data', 'image.pushed-1', '00000000000000000000.log');
  const bytes = readFileSync(segment);
  bytes[bytes.indexOf('value 1-1') + 2]! ^= 1;
  writeFileSync(segment, bytes);

  const kafka = await startKafka({ folder, port });
  onTestFinished(() => kafka.stop());
  const log = await open();
  onTestFinished(() => log.close());
  const received = new Map<number, string[]>();
  await log.consume('reader', ['image.pushed'], {
    opened: async () => ({}),
    closed: async () => undefined,
    received: async ({ partition, records }) => {
      received.set(partition, [...(received.get(partition) ?? []), ...records.map(({ value }) => value)]);
    },
  });
  await eventually(
    () => reports.some((report) => report.startsWith('image.pushed')) && [...received.values()].flat().length === 7,
  );
  expect(Object.fromEntries(received)).toEqual({
    0: ['"value 0-0"', '"value 0-1"', '"value 0-2"'],
    1: ['"value 1-0"'],
    2: ['"value 2-0"', '"value 2-1"', '"value 2-2"'],
  });
  // A group may need a second try on a busy machine, and that is reported of the group.
  expect(new Set(reports.filter((report) => report !== 'the group reader: kafka-failed'))).toEqual(
    new Set(['image.pushed/1 at 1: kafka-damaged']),
  );
  await log.append([record(2, '"more"')]);
  await eventually(() => received.get(2)!.includes('"more"'));

  const read: string[] = [];
  const stretch = (async () => {
    for await (const { records } of log.read('image.pushed', 1, 0, 3)) read.push(...records.map(({ value }) => value));
  })();
  await expect(stretch).rejects.toMatchObject({
    code: 'kafka-damaged',
    message: 'image.pushed/1 at 1: the next batch of Kafka is damaged: it does not have its checksum',
  });
  expect(read).toEqual(['"value 1-0"']);
});

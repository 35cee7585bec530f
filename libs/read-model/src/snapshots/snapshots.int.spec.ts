import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { FolderBlobs } from '@assay/event-sourcing';
import { openKafkaLog, type KafkaLog } from '@assay/messaging';
import { startKafka, type Kafka } from '../../../../tools/services/index.ts';
import { digestOf, planOn, registryObserved, tell, wholeStory } from '../../test/fixtures.ts';
import { suite } from '../../../../apps/recommendation/test/suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-snapshots-'));
let kafka: Kafka;
beforeAll(async () => {
  kafka = await startKafka({ folder: join(folder, 'kafka') });
});
afterAll(async () => {
  await kafka.stop();
  rmSync(folder, { recursive: true });
});

const openLog = (prefix: string): Promise<KafkaLog> =>
  openKafkaLog(
    { brokers: [kafka.url], replication: 1, minInsync: 1, sessionMs: 6000, prefix },
    { partitions: 1, clientId: 'test' },
  );

/** @param prefix of the topics */
const replica = async (name: string, prefix = 'once-') => {
  const errors: unknown[] = [];
  const lines: string[] = [];
  const log = await openLog(prefix);
  const assay = await suite({
    log: log as never,
    path: name === ':memory:' ? name : join(folder, name, 'view.duckdb'),
    onError: (error) => errors.push(error),
    snapshots: {
      store: new FolderBlobs(join(folder, 'store')),
      key: 'the key of this test, long enough for all',
      everyMs: 1e12,
      everyRecords: 1e12,
      isTaker: () => false,
      onProgress: (line) => lines.push(line),
    },
  });
  onTestFinished(() => assay.close());
  await assay.view.caughtUp();
  return { ...assay, errors, lines, images: () => assay.all('/assay/images') };
};

it('a replica starts from a snapshot and reads the rest from Kafka; of topics made again it takes none', async () => {
  const one = await replica('one');
  const before = [registryObserved(), planOn(), ...wholeStory()];
  await tell(one.log, ...before);
  await one.view.caughtUp();
  await one.view.snapshots!.take();
  await tell(one.log, ...wholeStory({ digest: digestOf(2) }));

  const two = await replica('two');
  expect(two.lines).toEqual([expect.stringContaining('starts from the snapshot')]);
  expect(two.errors).toEqual([]);
  const found = await two.images();
  expect(found).toHaveLength(2);
  expect(found).toEqual(await (await replica(':memory:')).images());

  // The very same events, and more than there were.
  const log = await openLog('again-');
  onTestFinished(() => log.close());
  await tell(log, ...before, ...wholeStory({ digest: digestOf(3) }), ...wholeStory({ digest: digestOf(4) }));
  const three = await replica('three', 'again-');
  expect(three.lines).toEqual([]);
  expect(three.errors).toMatchObject([{ code: 'snapshot-log', message: expect.stringContaining('was made again') }]);
  expect(await three.images()).toEqual(await (await replica(':memory:', 'again-')).images());
});

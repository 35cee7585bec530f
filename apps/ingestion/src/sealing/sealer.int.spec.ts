import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { FolderBlobs, systemClock } from '@assay/event-sourcing';
import { EmbeddedLog, openKafkaLog, recordOf, type EventLog } from '@assay/messaging';
import { RegistryClient } from '@assay/registry';
import { verify } from '@assay/seals';
import { eventOf } from '@assay/testing';
import { recordsOf, written, type Records } from '../../../../libs/seals/test/forged.ts';
import { startDistribution, startKafka, type Kafka } from '../../../../tools/services/index.ts';
import { inspect } from '../registry/inspect.ts';
import { declaredPlaces, SealRepository } from './outside.ts';
import { Sealer } from './sealer.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-seals-'));
const blobs = new FolderBlobs(join(folder, 'blobs'));
const { privateKey: current } = generateKeyPairSync('ed25519');
let kafka: Kafka;
beforeAll(async () => {
  kafka = await startKafka({ folder });
});
afterAll(async () => {
  await kafka.stop();
  rmSync(folder, { recursive: true });
});

const opened = async (prefix: string): Promise<EventLog> => {
  const log = await openKafkaLog(
    { brokers: [kafka.url], replication: 1, minInsync: 1, sessionMs: 6000, prefix },
    { partitions: 2, clientId: 'test' },
  );
  onTestFinished(() => log.close());
  return log;
};

const sealed = (log: EventLog, places: readonly SealRepository[] = []): Promise<void> =>
  new Sealer({
    log,
    blobs,
    keys: { current, all: [current] },
    places,
    owned: () => [0],
    observer: {
      failed: (_app, _activity, error) => {
        throw error;
      },
    },
    everyMs: 1,
    clock: systemClock,
  }).tick();

const found = (log: EventLog) => verify({ log, file: (dataref) => blobs.get(dataref) });

it('on Kafka, names the first record that differs by its offset', async () => {
  const log = await opened('sealed.');
  for (let nth = 0; nth < 3; nth += 1) {
    const charges = Array.from({ length: 40 }, (_, at) =>
      recordOf(
        eventOf('usage.charged', `sha256:${String(at + 10).repeat(32)}`, { amount: `0.29${' '.repeat(nth)}` }),
        2,
      ),
    );
    // A value that a broker keeps compressed.
    const large = recordOf(eventOf('operator.acted', 'x', { why: 'a reason '.repeat(20_000) }), 2);
    await log.append([...charges, large]);
    await sealed(log);
  }
  // An append that was repeated may be there twice, and then it is sealed twice. The last seal is not sealed.
  const count = [...(await recordsOf(log)).values()].reduce((sum, { length }) => sum + length, -1);
  expect(count).toBeGreaterThanOrEqual(3 * 41 + 2);
  expect(await found(log)).toMatchObject({ state: 'good', seals: 3, records: count, differences: [] });

  const [place] = [...(await recordsOf(log)).entries()]
    .filter(([each]) => each.startsWith('usage.charged/'))
    .toSorted(([, a], [, b]) => b.length - a.length)[0]!;
  const partition = Number(place.split('/')[1]);
  const forged = async (prefix: string, change: (charges: Records) => void): Promise<EventLog> => {
    const records = await recordsOf(log);
    change(records);
    const other = await opened(prefix);
    await written(records, other);
    return other;
  };
  const changed = await forged('changed.', (records) => {
    const charges = records.get(place)!;
    const at = charges.length - 2;
    charges[at] = { ...charges[at]!, value: charges[at]!.value.replace('0.29', '0.19') };
  });
  const offset = (await log.end('usage.charged', partition)) - 2;
  expect((await found(changed)).differences).toMatchObject([
    { kind: 'record-differs', topic: 'usage.charged', partition, offset, number: 3 },
  ]);
  const cut = await forged('cut.', (records) => records.get(place)!.pop());
  expect((await found(cut)).differences).toMatchObject([{ kind: 'record-missing', offset: offset + 1 }]);
});

it('pushes each seal to a repository, where it is an artifact and no image', async () => {
  const registry = await startDistribution({ folder: join(folder, 'registry') });
  onTestFinished(() => registry.stop());
  const access = {
    loginServer: registry.url.replace(/^http:\/\//, ''),
    plainHttp: true,
    allowAddresses: ['127.0.0.0/8'],
  };
  const { repositories } = declaredPlaces.read({
    ASSAY_SEAL_REPOSITORY: JSON.stringify([{ ...access, repository: 'assay/seals' }]),
  });
  const place = new SealRepository(repositories[0]!);
  onTestFinished(() => place.close());
  const log = new EmbeddedLog(':memory:', 1);
  onTestFinished(() => log.close());
  await log.append([recordOf(eventOf('operator.acted', 'x', {}), 1)]);
  for (let nth = 0; nth < 2; nth += 1) {
    await sealed(log, [place]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const sealsOfLog = (await recordsOf(log)).get('log.sealed/0')!.map(({ value }) => JSON.parse(value) as object);
  expect(await place.all()).toEqual([sealsOfLog[1]]);
  const client = new RegistryClient(access);
  onTestFinished(() => client.close());
  const tags: string[] = [];
  for await (const tag of client.tags('assay/seals')) tags.push(tag);
  expect(tags.toSorted()).toEqual(['latest', 'seal-1', 'seal-2']);
  const digest = await client.head('assay/seals', 'seal-1');
  expect(await inspect(client, 'assay/seals', digest)).toMatchObject({ facts: { kind: 'artifact' } });
});

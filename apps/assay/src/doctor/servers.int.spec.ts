import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { kafkaSettings, openKafkaLog } from '@assay/messaging';
import { freePort, startKafka, startRedis } from '../../../../tools/services/index.ts';
import { serverChecks } from './servers.ts';

const folderOf = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

it('examines Kafka and creates nothing there', async () => {
  const kafka = await startKafka({ folder: await folderOf() });
  onTestFinished(() => kafka.stop());
  const single = {
    ASSAY_KAFKA_BROKERS: kafka.url,
    ASSAY_KAFKA_REPLICATION: '1',
    ASSAY_KAFKA_MIN_INSYNC: '1',
    ASSAY_PARTITIONS: '2',
  };
  const empty = {
    name: 'Kafka',
    state: 'good',
    found: expect.stringMatching(/: 1 broker, 0 of \d+ topics$/),
    remedies: ['the first start of a service creates them'],
  };
  expect(await serverChecks(single)).toEqual([empty]);
  expect(await serverChecks(single)).toEqual([empty]);
  expect(await serverChecks({ ...single, ASSAY_KAFKA_REPLICATION: '3' })).toMatchObject([
    { state: 'bad', remedies: [expect.stringContaining('fewer brokers')] },
  ]);
  await (await openKafkaLog(kafkaSettings(single), { partitions: 2, clientId: 'test' })).close();
  expect(await serverChecks(single)).toMatchObject([{ state: 'good', remedies: [] }]);
  const [wrong] = await serverChecks({ ...single, ASSAY_PARTITIONS: '3' });
  expect(wrong).toMatchObject({ state: 'bad', found: expect.stringMatching(/with wrong settings$/) });
  expect(wrong!.remedies![0]).toContain('set ASSAY_PARTITIONS=2');
});

it('examines Redis and reports its state', async () => {
  const redis = await startRedis({ folder: await folderOf(), args: ['--appendonly', 'no', '--save', ''] });
  onTestFinished(() => redis.stop());
  expect(await serverChecks({ ASSAY_REDIS_URL: redis.url })).toMatchObject([
    { name: 'Redis', state: 'could-be-better', remedies: [expect.stringContaining('appendonly')] },
  ]);
  const { host, port } = redis;
  expect(await serverChecks({ ASSAY_REDIS_URL: `redis://nobody:wrong@${host}:${port}` })).toMatchObject([
    { state: 'bad', found: expect.stringContaining('check ASSAY_REDIS_USERNAME') },
  ]);
});

it('reports unreachable servers and wrong settings', async () => {
  const closedAddress = `127.0.0.1:${await freePort()}`;
  expect(
    await serverChecks({ ASSAY_KAFKA_BROKERS: closedAddress, ASSAY_REDIS_URL: `redis://${closedAddress}` }),
  ).toMatchObject([
    {
      name: 'Kafka',
      state: 'bad',
      found: expect.stringContaining('does not answer'),
      remedies: [expect.stringContaining('ASSAY_KAFKA_BROKERS')],
    },
    { name: 'Redis', state: 'bad', found: expect.stringContaining(closedAddress) },
  ]);
  expect(await serverChecks({ ASSAY_KAFKA_BROKERS: 'nonsense' })).toMatchObject([
    { state: 'bad', found: expect.stringContaining('ASSAY_KAFKA_BROKERS must be') },
  ]);
  expect(await serverChecks({})).toEqual([]);
});

import type { Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { createErrorFromCode } from './internals.ts';
import { ensureTopics, faultsOf } from './topics.ts';

const sound = new Map([
  ['cleanup.policy', 'delete'],
  ['retention.ms', '-1'],
  ['retention.bytes', '-1'],
  ['compression.type', 'producer'],
  ['min.insync.replicas', '2'],
  ['max.message.bytes', '1048588'],
]);
const found = (config: Record<string, string> = {}, rest = {}) => ({
  name: 'image.pushed',
  partitions: 12,
  replication: 3,
  config: new Map([...sound, ...Object.entries(config)]),
  ...rest,
});
const faults = (topic: ReturnType<typeof found>) =>
  faultsOf({ name: 'image.pushed', partitions: 12 }, topic, { replication: 3, minInsync: 2 });

describe('an existing topic', () => {
  it('may exceed the required settings', () => {
    expect(faults(found())).toEqual([]);
    expect(faults(found({ 'min.insync.replicas': '3', 'max.message.bytes': '9000000' }, { replication: 5 }))).toEqual(
      [],
    );
  });

  it.each<[string, ReturnType<typeof found>, RegExp]>([
    ['other partitions', found({}, { partitions: 6 }), /^has 6 partitions, not 12: set ASSAY_PARTITIONS=6/],
    ['compaction', found({ 'cleanup.policy': 'compact' }), /^has cleanup.policy=compact, .*kafka-configs\.sh/],
    ['an end to its records by time', found({ 'retention.ms': '604800000' }), /^has retention.ms=604800000/],
    ['an end to its records by size', found({ 'retention.bytes': '1000' }), /^has retention.bytes=1000/],
    [
      "compression of its brokers' own",
      found({ 'compression.type': 'lz4' }),
      /^has compression.type=lz4, .*--add-config compression.type=producer/,
    ],
    ['fewer copies', found({}, { replication: 1 }), /^has 1 copies, fewer than ASSAY_KAFKA_REPLICATION 3/],
    [
      'fewer copies in step',
      found({ 'min.insync.replicas': '1' }),
      /^has min.insync.replicas=1, less than ASSAY_KAFKA_MIN_INSYNC 2/,
    ],
    ['room for small records only', found({ 'max.message.bytes': '100000' }), /^has max.message.bytes=100000/],
  ])('is refused with %s, with a remedy', (_, topic, line) => {
    expect(faults(topic)).toEqual([expect.stringMatching(line)]);
  });

  it('is to be recreated where it should have one partition', () => {
    expect(faultsOf({ name: 'plan.changed', partitions: 1 }, found(), { replication: 3, minInsync: 2 })).toEqual([
      expect.stringMatching(/^has 12 partitions, not 1: create it again with one/),
    ]);
  });
});

describe('topics of which some exist', () => {
  /** An admin client with these topics and partition counts, which records the topics created. */
  const admin = (there: Record<string, number>): { admin: Admin; made: string[] } => {
    const [all, made] = [{ ...there }, [] as string[]];
    return {
      made,
      admin: {
        listTopics: () => Promise.resolve(Object.keys(all)),
        createTopics: ({ topics }: { topics: { topic: string; numPartitions: number }[] }) => {
          for (const { topic, numPartitions } of topics) {
            made.push(topic);
            all[topic] = numPartitions;
          }
          return Promise.resolve(true);
        },
        fetchTopicMetadata: ({ topics }: { topics: string[] }) =>
          Promise.resolve({
            topics: topics.map((name) => ({
              name,
              partitions: Array.from({ length: all[name]! }, () => ({ replicas: [1, 2, 3] })),
            })),
          }),
        describeConfigs: ({ resources }: { resources: { name: string }[] }) =>
          Promise.resolve({
            resources: resources.map(({ name }) => ({
              resourceName: name,
              configEntries: [...sound].map(([configName, configValue]) => ({ configName, configValue })),
            })),
          }),
      } as unknown as Admin,
    };
  };
  const wanted = ['image.pushed', 'scan.approved', 'scan.completed'].map((name) => ({ name, partitions: 12 }));
  const ensured = (of: Admin) => ensureTopics(of, wanted, { replication: 3, minInsync: 2 });

  it('are completed', async () => {
    const some = admin({ 'scan.approved': 12 });
    await ensured(some.admin);
    expect(some.made).toEqual(['image.pushed', 'scan.completed']);
  });

  it('stay as they are where one is wrong', async () => {
    const some = admin({ 'scan.approved': 6 });
    await expect(ensured(some.admin)).rejects.toMatchObject({
      code: 'topic-mismatch',
      message: expect.stringMatching(/^topic scan.approved has 6 partitions, not 12: set ASSAY_PARTITIONS=6/),
    });
    expect(some.made).toEqual([]);
  });

  it('get no advice for a number that does not fit all of them', async () => {
    const some = admin({ 'scan.approved': 6, 'image.pushed': 12 });
    await expect(ensured(some.admin)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^topic scan.approved has 6 partitions, not 12: others have another number, so delete/,
      ),
    });
  });
});

describe('a new topic', () => {
  const unknownTopic = 3;
  const notAuthorized = 29;
  /** Answers requests about a topic with an error this many times, then with the topic. */
  const admin = (code: number, times: number): { admin: Admin; requests: () => number } => {
    let requests = 0;
    return {
      requests: () => requests,
      admin: {
        listTopics: () => Promise.resolve(['image.pushed']),
        fetchTopicMetadata: () =>
          ++requests > times
            ? Promise.resolve({
                topics: [
                  { name: 'image.pushed', partitions: Array.from({ length: 12 }, () => ({ replicas: [1, 2, 3] })) },
                ],
              })
            : Promise.reject(createErrorFromCode(code)),
        describeConfigs: () =>
          Promise.resolve({
            resources: [
              {
                resourceName: 'image.pushed',
                configEntries: [...sound].map(([configName, configValue]) => ({ configName, configValue })),
              },
            ],
          }),
      } as unknown as Admin,
    };
  };
  const ensured = (of: Admin) =>
    ensureTopics(of, [{ name: 'image.pushed', partitions: 12 }], { replication: 3, minInsync: 2 });

  it('is looked up again where a broker does not know it yet', async () => {
    const late = admin(unknownTopic, 3);
    await ensured(late.admin);
    expect(late.requests()).toBe(4);
  });

  it('is looked up a limited number of times, and once where a retry cannot help', async () => {
    const [closed, never] = [admin(notAuthorized, 1), admin(unknownTopic, Infinity)];
    await expect(ensured(closed.admin)).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(closed.requests()).toBe(1);
    await expect(ensured(never.admin)).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(never.requests()).toBe(10);
  });
});

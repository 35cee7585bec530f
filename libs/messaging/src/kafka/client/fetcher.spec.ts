import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Fetcher } from './fetcher.ts';
import type { FetchRequest } from './internals.ts';
import type { ClusterConnection } from './cluster-connection.ts';

/**
 * A broker whose partitions never run dry. Its answer is full after a few records of the partition that the request
 * names first.
 */
const fullBroker = (count = 1, onRequest: () => void = () => undefined, value = '{}') => {
  const broker = {
    lookupRequest: () => (request: object) => ({ request, response: { decode: () => undefined } }),
    connectionPool: {
      send: async ({ request }: { request: FetchRequest }) => {
        await new Promise(setImmediate);
        onRequest();
        const [{ topic, partitions }] = request.topics as [FetchRequest['topics'][number]];
        const [{ partition, fetchOffset }] = partitions as [FetchRequest['topics'][number]['partitions'][number]];
        return {
          responses: [
            {
              topicName: topic,
              partitions: [
                {
                  partition,
                  errorCode: 0,
                  highWatermark: '1000',
                  abortedTransactions: [],
                  messages: Array.from({ length: count }, (_, index) => ({
                    offset: Number(fetchOffset) + index,
                    key: 'k',
                    value,
                    headers: {},
                  })),
                },
              ],
            },
          ],
        };
      },
    },
  };
  return {
    attempt: <T>(work: () => Promise<T>) => work(),
    leader: async () => '1',
    broker: async () => broker,
    close: async () => undefined,
  } as unknown as ClusterConnection;
};

it('passes on the records before a gap, and pauses that partition', async () => {
  const reports: string[] = [];
  const at = (...offsets: readonly number[]) =>
    offsets.map((offset) => ({ offset, key: 'k', value: '{}', headers: {} }));
  const answers = [at(0, 1, 3), at(7), at(0, 1)];
  let requests = 0;
  const broker = {
    lookupRequest: () => (request: object) => ({ request, response: { decode: () => undefined } }),
    connectionPool: {
      send: async ({ request }: { request: FetchRequest }) => {
        await new Promise(setImmediate);
        requests += 1;
        return {
          responses: request.topics.map(({ topic, partitions }) => ({
            topicName: topic,
            partitions: partitions.map(({ partition, fetchOffset }) => ({
              partition,
              errorCode: 0,
              highWatermark: '9',
              abortedTransactions: [],
              messages: partition === 3 ? at(Number(fetchOffset)) : answers[partition],
            })),
          })),
        };
      },
    },
  };
  const fetcher = new Fetcher({
    wire: {
      attempt: <T>(work: () => Promise<T>) => work(),
      leader: async () => '1',
      broker: async () => broker,
      close: async () => undefined,
    } as unknown as ClusterConnection,
    nameOf: (topic) => topic,
    report: (context, error) => reports.push(`${context}: ${(error as Error).message}`),
  });
  const feed = fetcher.open([
    { topic: 'a', partition: 0, offset: 0 },
    { topic: 'a', partition: 1, offset: 5 },
    { topic: 'a', partition: 2, offset: 4 },
    { topic: 'a', partition: 3, offset: 0 },
  ]);
  const got: string[] = [];
  for await (const { partition, records } of feed) {
    got.push(...records.map(({ offset }) => `${partition}: ${offset}`));
    if (requests > 5) break;
  }
  await fetcher.close();
  expect(got.filter((each) => !each.startsWith('3'))).toEqual(['0: 0', '0: 1']);
  expect(got.filter((each) => each.startsWith('3')).length).toBeGreaterThan(4);
  expect(reports.toSorted()).toEqual([
    'a/0 at 2: the next batch of Kafka is damaged: it goes on at offset 3 after 1',
    'a/1 at 5: the next batch of Kafka is damaged: it has offsets 7 to 7 where 5 should be',
    'a/2 at 4: the next batch of Kafka is damaged: it has offsets 0 to 1 where 4 should be',
  ]);
});

it('serves every partition of a broker whose answers are always full', async () => {
  const fetcher = new Fetcher({ wire: fullBroker(), nameOf: (topic) => topic, report: () => undefined });
  const feed = fetcher.open(
    ['a', 'b'].flatMap((topic) => [0, 1, 2].map((partition) => ({ topic, partition, offset: 0 }))),
  );
  const first: string[] = [];
  for await (const { topic, partition } of feed) {
    first.push(`${topic}/${partition}`);
    if (first.length === 30) break;
  }
  await fetcher.close();
  expect([...new Set(first)].toSorted()).toEqual(['a/0', 'a/1', 'a/2', 'b/0', 'b/1', 'b/2']);
});

it('waits for no answer while its readers are full', async () => {
  const fetcher = new Fetcher({ wire: fullBroker(10_000), nameOf: (topic) => topic, report: () => undefined });
  const feed = fetcher.open([{ topic: 'a', partition: 0, offset: 0 }]);
  expect(fetcher.isReading).toBe(true);
  await expect.poll(() => fetcher.isReading).toBe(false);
  const before = fetcher.lastAnswer;
  await pause(100);
  expect(fetcher.lastAnswer).toBe(before);
  for await (const { nextOffset } of feed) if (nextOffset > 500_000) break;
  expect(fetcher.isReading).toBe(true);
  expect(fetcher.lastAnswer).toBeGreaterThan(before);
  await fetcher.close();
});

it('with patience requests seldom while little comes, and at full speed while much comes', async () => {
  const requestsWith = async (count: number): Promise<number> => {
    let requests = 0;
    const fetcher = new Fetcher({
      wire: fullBroker(
        count,
        () => {
          requests += 1;
        },
        'x'.repeat(2000),
      ),
      nameOf: (topic) => topic,
      report: () => undefined,
      restMs: 100,
    });
    const feed = fetcher.open([{ topic: 'a', partition: 0, offset: 0 }]);
    const taking = (async () => {
      for await (const batch of feed) expect(batch.records.length).toBeGreaterThan(0);
    })();
    await pause(350);
    await fetcher.close();
    await taking;
    return requests;
  };
  expect(await requestsWith(1)).toBeLessThanOrEqual(4);
  expect(await requestsWith(200)).toBeGreaterThan(10);
});

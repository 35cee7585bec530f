import { expect, it } from 'vitest';
import { EndOffsets } from './end-offsets.ts';
import { failureOf } from './failure.ts';
import type { Cluster, EndsRequest } from './internals.ts';
import { ClusterConnection } from './cluster-connection.ts';

const notLeader = 6;
interface Answered {
  readonly errorCode: number;
}
const success = (): Answered => ({ errorCode: 0 });

/**
 * Two brokers that lead the partitions alternately; each partition ends at a hundred times its number. A new connection
 * does not know the partition `unknown`.
 */
const brokers = ({
  answer = success,
  unknown,
  silent,
}: { answer?: (partition: number, count: number) => Answered; unknown?: number; silent?: string } = {}) => {
  const requests: string[] = [];
  let refreshes = 0;
  const broker = (nodeId: string) => ({
    // kafkajs's own parsing: one error fails the whole answer.
    lookupRequest: () => (request: object) => ({
      request,
      response: {
        decode: () => undefined,
        parse: async (data: { responses: readonly { partitions: readonly Answered[] }[] }) => {
          if (data.responses.some(({ partitions }) => partitions.some(({ errorCode }) => errorCode !== 0)))
            throw new Error('one of them failed');
          return data;
        },
      },
    }),
    connectionPool: {
      send: async ({
        request,
        response,
      }: {
        request: EndsRequest;
        response: { parse(data: object): Promise<object> };
      }) => {
        if (nodeId === silent) return new Promise<never>(() => undefined);
        requests.push(
          `${nodeId}: ` +
            request.topics
              .map(({ topic, partitions }) => `${topic} ${partitions.map(({ partition }) => partition).join()}`)
              .join('; '),
        );
        return response.parse({
          responses: request.topics.map(({ topic, partitions }) => ({
            topic,
            partitions: partitions.map(({ partition }) => ({
              partition,
              offset: String(partition * 100),
              ...answer(partition, requests.length),
            })),
          })),
        });
      },
    },
  });
  const cluster = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    refreshMetadata: async () => {
      refreshes += 1;
    },
    addMultipleTargetTopics: async () => undefined,
    findTopicPartitionMetadata: () =>
      [0, 1, 2, 3]
        .filter((partitionId) => refreshes > 1 || partitionId !== unknown)
        .map((partitionId) => ({ partitionId, leader: partitionId % 2 })),
    findBroker: async ({ nodeId }: { nodeId: string }) => broker(nodeId),
  } as unknown as Cluster;
  const wire = new ClusterConnection(
    () => cluster,
    (error) => failureOf(error, ['broker']),
  );
  return { requests, wire, ends: new EndOffsets(wire) };
};

it('sends one request per broker for all lookups of a turn, each partition once', async () => {
  const { requests, ends } = brokers();
  expect(
    await Promise.all(
      [
        ['t', 0],
        ['t', 1],
        ['u', 2],
        ['t', 2],
        ['t', 1],
      ].map(([name, partition]) => ends.of(name as string, partition as number)),
    ),
  ).toEqual([0, 100, 200, 200, 100]);
  expect(requests.toSorted()).toEqual(['0: t 0,2; u 2', '1: t 1']);
  await ends.of('t', 3);
  expect(requests).toHaveLength(3);
});

it('an error of one partition fails its own lookup only', async () => {
  const { ends } = brokers({ answer: (partition) => ({ errorCode: partition === 2 ? notLeader : 0 }) });
  const found = await Promise.allSettled([0, 1, 2].map((partition) => ends.of('t', partition)));
  expect(
    found.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as { type: string }).type)),
  ).toEqual([0, 100, 'NOT_LEADER_FOR_PARTITION']);
});

it('a broker that does not answer does not delay lookups at others', async () => {
  const { ends } = brokers({ silent: '1' });
  void ends.of('t', 1);
  expect(await ends.of('t', 0)).toBe(0);
});

it('retries where a broker no longer leads a partition', async () => {
  const { wire, ends } = brokers({ answer: (_, count) => ({ errorCode: count === 1 ? notLeader : 0 }) });
  expect(await wire.withRetries(() => ends.of('t', 1), 1000)).toBe(100);
});

it('retries where no broker knows a partition yet', async () => {
  const { requests, wire, ends } = brokers({ unknown: 3 });
  await expect(ends.of('t', 3)).rejects.toMatchObject({ type: 'LEADER_NOT_AVAILABLE' });
  expect(requests).toEqual([]);
  expect(await wire.withRetries(() => ends.of('t', 3), 1000)).toBe(300);
});

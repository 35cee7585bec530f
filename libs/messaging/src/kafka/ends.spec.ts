import { expect, it } from 'vitest';
import { Ends } from './ends.ts';
import { failureOf } from './failure.ts';
import type { Cluster, EndsRequest } from './internals.ts';
import { Wire } from './wire.ts';

const notLeader = 6;
/** Partitions are led in turn by two brokers, and end at a hundred times their number; nobody leads the one that is said. */
const asking = (answer: (partition: number, asked: number) => { readonly errorCode: number }, leaderless?: number) => {
  const asked: string[] = [];
  const broker = (nodeId: string) => ({
    lookupRequest: () => (request: object) => ({ request, response: { decode: () => undefined } }),
    connectionPool: { send: async ({ request }: { request: EndsRequest }) => {
      asked.push(`${nodeId}: ${request.topics.map(({ topic, partitions }) => `${topic} ${partitions.map(({ partition }) => partition).join()}`).join('; ')}`);
      return { responses: request.topics.map(({ topic, partitions }) => ({ topic, partitions: partitions.map(({ partition }) => ({ partition, offset: String(partition * 100), ...answer(partition, asked.length) })) })) };
    } },
  });
  const cluster = {
    connect: async () => undefined, disconnect: async () => undefined, refreshMetadata: async () => undefined, addMultipleTargetTopics: async () => undefined,
    findTopicPartitionMetadata: () => [0, 1, 2, 3].map((partitionId) => ({ partitionId, leader: partitionId === leaderless ? -1 : partitionId % 2 })),
    findBroker: async ({ nodeId }: { nodeId: string }) => broker(nodeId),
  } as unknown as Cluster;
  const wire = new Wire(() => cluster, (error) => failureOf(error, ['broker']));
  return { asked, wire, ends: new Ends(wire) };
};
const well = () => ({ errorCode: 0 });

it('asks each broker once for all that is asked in one go, and for what two ask once', async () => {
  const { asked, ends } = asking(well);
  expect(await Promise.all([['t', 0], ['t', 1], ['u', 2], ['t', 2], ['t', 1]].map(([name, partition]) => ends.of(name as string, partition as number)))).toEqual([0, 100, 200, 200, 100]);
  expect(asked.toSorted()).toEqual(['0: t 0,2; u 2', '1: t 1']);
  await ends.of('t', 3);
  expect(asked).toHaveLength(3);
});

it('an error of one partition is nobody else\'s', async () => {
  const { ends } = asking((partition) => ({ errorCode: partition === 2 ? notLeader : 0 }), 3);
  const found = await Promise.allSettled([0, 1, 2, 3].map((partition) => ends.of('t', partition)));
  expect(found.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as { type: string }).type))).toEqual([0, 100, 'NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE']);
});

it('is asked again where a broker no longer leads a partition', async () => {
  const { wire, ends } = asking((_, asked) => ({ errorCode: asked === 1 ? notLeader : 0 }));
  expect(await wire.patiently(() => ends.of('t', 1), 1000)).toBe(100);
});

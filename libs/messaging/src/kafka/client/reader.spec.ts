import { expect, it } from 'vitest';
import type { LogRecord } from '../../log.ts';
import type { FetchedMessage } from './internals.ts';
import { RangeReader } from './reader.ts';
import type { ClusterConnection } from './cluster-connection.ts';

const listOffsets = 2;
const message = (offset: number): FetchedMessage => ({ offset, key: 'k', value: '{}', headers: {} });

/** A broker that gives these answers to fetches in order, repeating the last, and reports this end of the log. */
const reading = (end: number, answers: readonly (readonly number[])[]) => {
  let requests = 0;
  const broker = {
    lookupRequest: (apiKey: number) => () => ({ apiKey, response: { decode: () => undefined } }),
    connectionPool: {
      send: async ({ apiKey }: { apiKey: number }) => {
        if (apiKey === listOffsets)
          return { responses: [{ topic: 't', partitions: [{ partition: 0, errorCode: 0, offset: String(end) }] }] };
        const offsets = answers[Math.min(requests, answers.length - 1)]!;
        requests += 1;
        return {
          responses: [
            {
              topicName: 't',
              partitions: [
                {
                  partition: 0,
                  errorCode: 0,
                  highWatermark: String(end),
                  abortedTransactions: [],
                  messages: offsets.map(message),
                },
              ],
            },
          ],
        };
      },
    },
  };
  const wire = {
    withRetries: <T>(work: () => Promise<T>) => work(),
    leader: async () => '1',
    leadingBroker: async () => broker,
    broker: async () => broker,
  } as unknown as ClusterConnection;
  return new RangeReader(wire, (topic) => topic);
};

const read = async (reader: RangeReader, until: number): Promise<number[]> => {
  const all: LogRecord[] = [];
  for await (const { records } of reader.read('t', 0, 0, until)) all.push(...records);
  return all.map(({ offset }) => offset);
};

it('retries where a new leader shows less than there is', async () => {
  expect(await read(reading(3, [[0], [], [], [1, 2]]), 3)).toEqual([0, 1, 2]);
});

it('stops at the end of the log', async () => {
  expect(await read(reading(2, [[0, 1], []]), 10)).toEqual([0, 1]);
});

it('fails where the log has more than it delivers', async () => {
  await expect(read(reading(3, [[0], []]), 3)).rejects.toMatchObject({
    code: 'kafka-failed',
    retriable: true,
    message: expect.stringContaining('t/0 from 1 on'),
  });
});

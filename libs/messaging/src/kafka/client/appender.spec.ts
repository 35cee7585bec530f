import type { Kafka, ProducerBatch, RecordMetadata } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { NewRecord } from '../../log.ts';
import { Appender } from './appender.ts';
import { failureOf } from './failure.ts';

const record = (partition: number, value: string): NewRecord => ({
  topic: 'image.pushed',
  partition,
  key: 'k',
  headers: {},
  value,
});

type Answer = (batch: ProducerBatch) => Promise<RecordMetadata[]>;

/** An appender whose producers give these answers in order. */
const answering = (...answers: Answer[]) => {
  const sent: string[][] = [];
  let producers = 0;
  const kafka = () =>
    ({
      producer: () => {
        producers += 1;
        return {
          connect: async () => undefined,
          disconnect: async () => undefined,
          sendBatch: (batch: ProducerBatch) => {
            sent.push(batch.topicMessages!.flatMap(({ messages }) => messages.map(({ value }) => value as string)));
            return (answers.shift() ?? accepted())(batch);
          },
        };
      },
    }) as unknown as Kafka;
  const appender = new Appender({ kafka, failure: (error) => failureOf(error, ['kafka:9092']) }, (topic) => topic);
  return { appender, sent, producers: () => producers };
};

/** Accepts the records of some partitions, from an offset on. */
const accepted =
  (...partitions: number[]): Answer =>
  async ({ topicMessages }) =>
    [...new Set(topicMessages!.flatMap(({ messages }) => messages.map(({ partition }) => partition!)))]
      .filter((partition) => partitions.length === 0 || partitions.includes(partition))
      .map((partition) => ({ topicName: 'image.pushed', partition, errorCode: 0, baseOffset: '10' }));

const lost: Answer = () =>
  Promise.reject(Object.assign(new Error('The request timed out'), { name: 'KafkaJSRequestTimeoutError' }));

describe('appending to Kafka', () => {
  it('sends records again that a broker did not take, although kafkajs reports success', async () => {
    const { appender, sent } = answering(accepted(0));
    expect(await appender.append([record(0, 'a'), record(1, 'b'), record(0, 'c')])).toEqual([10, 10, 11]);
    expect(sent).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('sends again with another producer when no answer came', async () => {
    const { appender, producers } = answering(lost);
    expect(await appender.append([record(0, 'a')])).toEqual([10]);
    expect(producers()).toBe(2);
  });

  it('combines the appends made during a send, and gives each its own offsets', async () => {
    const { appender, sent } = answering();
    const first = appender.append([record(0, 'a')]);
    await new Promise(setImmediate);
    const others = Promise.all([appender.append([record(0, 'b'), record(1, 'c')]), appender.append([record(0, 'd')])]);
    expect([await first, ...(await others)]).toEqual([[10], [10, 10], [11]]);
    expect(sent).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('fails at once where a retry cannot help, and continues with the next', async () => {
    const { appender } = answering(() =>
      Promise.reject(Object.assign(new Error('Not authorized'), { type: 'TOPIC_AUTHORIZATION_FAILED' })),
    );
    await expect(appender.append([record(0, 'a')])).rejects.toMatchObject({ code: 'kafka-forbidden' });
    expect(await appender.append([record(0, 'b')])).toEqual([10]);
  });

  it('limits the bytes per partition of one send', async () => {
    const { appender, sent } = answering();
    await appender.append([
      record(0, 'x'.repeat(500_000)),
      record(1, 'y'.repeat(500_000)),
      record(0, 'z'.repeat(500_000)),
    ]);
    expect(sent.map((values) => values.map((value) => value[0]))).toEqual([['x', 'y'], ['z']]);
  });
});

import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { decodeRecords } from '../codec/decoding.ts';
import { encodeBatch, encodeRecord } from '../codec/encoding.ts';
import { kafkajs, messagesByPartition } from './kafkajs.ts';

const inKafkajs = createRequire(import.meta.url);

describe('kafkajs, patched', () => {
  it('groups the messages of a partition by our module', async () => {
    const sendMessages = inKafkajs('kafkajs/src/producer/sendMessages') as (
      options: object,
    ) => (batch: object) => Promise<unknown>;
    const cluster = {
      isConnected: () => true,
      addMultipleTargetTopics: () => undefined,
      refreshMetadataIfNecessary: () => undefined,
      findTopicPartitionMetadata: () => [{}],
      findLeaderForPartitions: (_: string, partitions: readonly string[]) => {
        throw new Error(`leaders of ${partitions.join(', ')}`);
      },
    };
    // kafkajs's own grouping would call `reduce`.
    const messages = Object.assign(
      [
        { partition: 7, value: 'a' },
        { partition: 2, value: 'b' },
      ],
      {
        reduce: () => {
          throw new Error('copied');
        },
      },
    );
    const send = sendMessages({
      cluster,
      logger: { error: () => undefined },
      partitioner: kafkajs.Partitioners.DefaultPartitioner(),
      retrier: <T>(attempt: (bail: (error: Error) => void) => T) =>
        attempt((error) => {
          throw error;
        }),
    });
    await expect(send({ topicMessages: [{ topic: 't', messages }] })).rejects.toThrow('leaders of 2, 7');
  });

  it('keeps the order of messages within a partition', () => {
    const messages = [3, 1, 3, 1, 3].map((partition, n) => ({ partition, value: `${n}` }));
    const grouped = messagesByPartition({
      topic: 't',
      partitionMetadata: [],
      messages,
      partitioner: kafkajs.Partitioners.DefaultPartitioner(),
    });
    expect(Object.entries(grouped).map(([partition, those]) => [partition, those!.map(({ value }) => value)])).toEqual([
      ['1', ['1', '3']],
      ['3', ['0', '2', '4']],
    ]);
  });

  it('encodes and decodes records by our modules', () => {
    expect(inKafkajs('kafkajs/src/protocol/recordBatch/v0')).toEqual({ RecordBatch: encodeBatch, MAGIC_BYTE: 2 });
    expect(inKafkajs('kafkajs/src/protocol/recordBatch/record/v0')).toBe(encodeRecord);
    expect(inKafkajs('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')).toBe(decodeRecords);
  });

  it('starts a request with a small buffer, and grows it as needed', () => {
    const Encoder = inKafkajs('kafkajs/src/protocol/encoder') as new () => {
      buf: Buffer;
      buffer: Buffer;
      writeBuffer(bytes: Buffer): unknown;
    };
    expect(new Encoder().buf).toHaveLength(64);
    for (const size of [1, 63, 64, 65, 511, 512, 100_000]) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, n) => n % 251));
      const encoder = new Encoder();
      encoder.writeBuffer(bytes);
      encoder.writeBuffer(bytes);
      expect(encoder.buffer.equals(Buffer.concat([bytes, bytes]))).toBe(true);
    }
  });
});

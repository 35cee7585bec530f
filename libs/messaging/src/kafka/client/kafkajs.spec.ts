import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { decodeRecords } from '../codec/decoding.ts';
import { encodeRecord } from '../codec/encoding.ts';
import { kafkajs, messagesByPartition } from './kafkajs.ts';

const inKafkajs = createRequire(import.meta.url);
/** The name in kafkajs's own modules. */
const crc32C = inKafkajs('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

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

  // RFC 3720, B.4, and the check value of common checksum catalogues.
  it.each([
    ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes that rise', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
    ['32 bytes that fall', Buffer.from(Array.from({ length: 32 }, (_, n) => 31 - n)), 0x113fdb5c],
    ['nine digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('has the checksum of %s', (_, bytes, checksum) => {
    expect(crc32C(bytes)).toBe(checksum);
  });

  it("has the same checksums as kafkajs's own code", () => {
    const before = inKafkajs('kafkajs/src/protocol/recordBatch/crc32C/crc32C.js') as (bytes: Buffer) => number;
    for (const size of [1, 63, 64, 65, 4097, 100_000]) {
      const bytes = Buffer.from(Array.from({ length: size }, (_, n) => (n * 31) % 256));
      expect(crc32C(bytes)).toBe(before(bytes) >>> 0);
    }
  });
});

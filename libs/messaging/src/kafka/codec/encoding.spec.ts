import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBatch } from './decoding.ts';
import { encodeBatch, encodeRecord, type BatchToEncode, type RecordToEncode } from './encoding.ts';

const inKafkajs = createRequire(import.meta.url);
const kafkajs = inKafkajs('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: RecordToEncode) => {
  readonly buffer: Buffer;
};
const { RecordBatch: batchOf } = inKafkajs('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<{ readonly buffer: Buffer; size(): number }>;
};
const DecoderOf = inKafkajs('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => {
  buffer: Buffer;
  offset: number;
};
const kafkajsDecode = inKafkajs('kafkajs/src/protocol/recordBatch/v0/decoder') as (place: object) => Promise<{
  readonly records: readonly { readonly offset: string; readonly value: Buffer }[];
}>;
const { Codecs } = inKafkajs('kafkajs/src/protocol/message/compression') as {
  readonly Codecs: Record<number, unknown>;
};

const bytes = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((array) => Buffer.from(array)),
);
const records: fc.Arbitrary<RecordToEncode> = fc.record(
  {
    offsetDelta: fc.nat(),
    timestampDelta: fc.oneof(fc.nat(), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })),
    ),
  },
  { requiredKeys: [] },
);

describe('a record', () => {
  it('has the same bytes as from kafkajs', () =>
    fc.assert(
      fc.property(records, (record) => {
        expect(encodeRecord(record).buffer.toString('hex')).toBe(kafkajs(record).buffer.toString('hex'));
      }),
      { numRuns: 2000 },
    ));

  it("larger than Node's shared buffers has the same bytes, too", () => {
    const record = { key: 'k', value: 'ä'.repeat(300_000), headers: { ce_id: 'x', many: ['a', 'b'] } };
    expect(encodeRecord(record).buffer.equals(kafkajs(record).buffer)).toBe(true);
  });
});

const attributesAt = 21;

describe('a batch', () => {
  const batch = (
    contents: readonly RecordToEncode[],
    rest: Partial<Omit<BatchToEncode, 'records'>> = {},
  ): BatchToEncode => ({
    records: contents.map((each, offsetDelta) => encodeRecord({ ...each, offsetDelta })),
    firstTimestamp: 1_795_000_000_000,
    maxTimestamp: 1_795_000_000_001,
    producerId: '1234567890123456789',
    producerEpoch: 3,
    firstSequence: 4,
    lastOffsetDelta: contents.length - 1,
    transactional: false,
    ...rest,
  });
  const small = fc.record({
    contents: fc.array(fc.record({ key: fc.string(), value: fc.string({ maxLength: 200 }) }), { maxLength: 4 }),
    producerId: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }).map(String),
    producerEpoch: fc.integer({ min: -1, max: 2 ** 15 - 1 }),
    firstSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    transactional: fc.boolean(),
  });

  it('below 4 KiB has the same bytes as from kafkajs', () =>
    fc.assert(
      fc.asyncProperty(small, async ({ contents, ...rest }) => {
        const all = batch(contents, rest);
        const [ours, theirs] = [await encodeBatch(all), await batchOf(all)];
        expect(ours.buffer.toString('hex')).toBe(theirs.buffer.toString('hex'));
        expect(ours.size()).toBe(theirs.size());
      }),
      { numRuns: 300 },
    ));

  it('from 4 KiB on is compressed with zstd, and has the same records', async () => {
    const contents = Array.from({ length: 20 }, (_, n) => ({ key: `k${n}`, value: `${n} ${'text '.repeat(200)}` }));
    const { buffer } = await encodeBatch(batch(contents));
    expect(buffer.readInt16BE(attributesAt) & 7).toBe(4);
    expect(buffer.length).toBeLessThan(1000);
    expect(
      (await decodeBatch(new DecoderOf(buffer))).map(({ offset, key, value }) => ({ offset, key, value })),
    ).toEqual(contents.map((each, offset) => ({ offset, ...each })));
    // Another program with kafkajs needs a codec (docs/howto/consumer.md).
    Codecs[4] = () => ({ decompress: async (bytes: Buffer) => zstdDecompressSync(bytes) });
    expect((await kafkajsDecode(new DecoderOf(buffer))).records.map(({ value }) => value.toString())).toEqual(
      contents.map(({ value }) => value),
    );
  });

  it('is kept as it is where zstd gains nothing', async () => {
    const value = randomBytes(8192);
    const { buffer } = await encodeBatch(batch([{ value }]));
    expect(buffer.readInt16BE(attributesAt)).toBe(0);
    expect(buffer.includes(value)).toBe(true);
  });
});

import { createRequire } from 'node:module';
import { decode } from '@assay/events';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBatch,
  decodeRecords,
  type DecodedRecord,
  type DecodedRecords,
  type DecoderPosition,
} from './decoding.ts';
import { encodeRecord, type RecordToEncode } from './encoding.ts';

interface KafkajsRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | null | (Buffer | null)[]>>;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

const kafkajs = createRequire(import.meta.url);
const DecoderOf = kafkajs('kafkajs/src/protocol/decoder') as new (
  buffer: Buffer,
) => DecoderPosition & Parameters<typeof decodeRecords>[0];
const kafkajsDecode = kafkajs('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  place: DecoderPosition,
) => Promise<{ records: readonly KafkajsRecord[] }>;
const { RecordBatch: batchOf } = kafkajs('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(options: object): Promise<{ buffer: Buffer }>;
};
const recordOf = kafkajs('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (record: RecordToEncode) => object;

const textOf = (bytes: Buffer | null | undefined): string => bytes?.toString() ?? '';
const converted = ({
  offset,
  key,
  value,
  headers,
  isControlRecord,
  batchContext: { producerId, inTransaction },
}: KafkajsRecord): DecodedRecord => ({
  offset: Number(offset),
  key: textOf(key),
  value: textOf(value),
  isControlRecord,
  batchContext: { producerId, inTransaction },
  // Copies for tracing tools are skipped.
  headers: Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !['traceparent', 'tracestate'].includes(name))
      .map(([name, header]) => [name, textOf(Array.isArray(header) ? header.at(-1) : header)]),
  ),
});

/** Decodes one batch after the other, until the answer ends. */
const decoded = async (bytes: Buffer): Promise<DecodedRecord[]> => {
  const place = new DecoderOf(bytes);
  const all: DecodedRecord[] = [];
  while (place.offset < bytes.length) all.push(...(await decodeBatch(place)));
  return all;
};
/** Decodes all of a partition as an answer contains it. */
const answered = (...batches: readonly Buffer[]): Promise<DecodedRecords> => {
  const bytes = Buffer.concat(batches);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return decodeRecords(new DecoderOf(Buffer.concat([size, bytes])));
};
const decodedByKafkajs = async (bytes: Buffer): Promise<DecodedRecord[]> => {
  const place = new DecoderOf(bytes);
  const all: KafkajsRecord[] = [];
  while (place.offset < bytes.length) all.push(...(await kafkajsDecode(place)).records);
  return all.map(converted);
};

const bytes = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((array) => Buffer.from(array)),
);
// Few names, so that records share some names with the previous record and not others.
const name = fc.oneof(
  fc.constantFrom('ce_id', 'ce_type', 'ce_time', 'ä', 'traceparent', 'tracestate'),
  fc.string({ minLength: 1 }).filter((each) => each !== '__proto__'),
);
const record: fc.Arbitrary<RecordToEncode> = fc.record(
  {
    timestampDelta: fc.oneof(fc.nat(), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 1, maxLength: 3 }))),
  },
  { requiredKeys: [] },
);
const controlBit = 0x20;
const [checksumAt, attributesAt] = [17, 21];

const written = async ({ records, firstOffset, isControl, ...options }: Batch): Promise<Buffer> => {
  const { buffer } = await batchOf({
    ...options,
    firstOffset: BigInt(firstOffset),
    producerId: 7,
    records: records.map((each, offsetDelta) => recordOf({ ...each, offsetDelta })),
  });
  if (isControl) buffer.writeInt16BE(buffer.readInt16BE(attributesAt) | controlBit, attributesAt);
  return sealed(Buffer.from(buffer));
};
/** Sets the checksum of the current contents. */
const sealed = (buffer: Buffer): Buffer => {
  buffer.writeUInt32BE(crc32c(buffer.subarray(attributesAt)), checksumAt);
  return buffer;
};
type Batch = {
  readonly records: readonly RecordToEncode[];
  readonly firstOffset: number;
  readonly transactional: boolean;
  readonly isControl: boolean;
  readonly compression: number;
};
const [none, gzip] = [0, 1];
const batch: fc.Arbitrary<Batch> = fc.record({
  records: fc.array(record, { maxLength: 5 }),
  firstOffset: fc.maxSafeNat(),
  transactional: fc.boolean(),
  isControl: fc.boolean(),
  compression: fc.constantFrom(none, gzip),
});

describe('the answer of a broker', () => {
  it('is decoded as kafkajs decodes it', () =>
    fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), async (batches) => {
        const answer = Buffer.concat(await Promise.all(batches.map(written)));
        expect(await decoded(answer)).toEqual(await decodedByKafkajs(answer));
      }),
      { numRuns: 1000 },
    ));

  it('may end within its last batch: the batches before it count', () =>
    fc.assert(
      fc.asyncProperty(batch, batch, fc.nat(), async (first, second, cut) => {
        const [whole, more] = [await written(first), await written(second)];
        const answer = Buffer.concat([whole, more.subarray(0, Math.max(prefix, cut % more.length))]);
        const place = new DecoderOf(answer);
        expect(await decodeBatch(place)).toHaveLength(first.records.length);
        await expect(decodeBatch(place)).rejects.toMatchObject({ name: 'KafkaJSPartialMessageError' });
        const records = await answered(answer);
        expect([records.length, records.damage]).toEqual([first.records.length, undefined]);
      }),
      { numRuns: 300 },
    ));

  it('has an unreadable record in place of each record that cannot be decoded', async () => {
    const plain = { firstOffset: 7, transactional: false, isControl: false, compression: none };
    const records = [
      { key: 'k', value: 'v' },
      { key: 'l', value: 'w' },
      { key: 'm', value: 'x' },
    ];
    const [{ buffer: first }] = [await batchOf({ ...plain, firstOffset: 7n, records: [recordOf(records[0]!)] })];
    const answer = await written({ records, ...plain });
    // The size of the second record, whose end is unknown without it; then a record that holds more than its size.
    const second = first.length;
    for (const [at, byte, why] of [
      [second, 0x7e, 'a record of 63 bytes does not fit into its batch'],
      [second, 0, 'a record of 0 bytes does not fit into its batch'],
      [second, 2, 'a record of 1 bytes holds more than that'],
    ] as const) {
      const changed = Buffer.from(answer);
      changed[at] = byte;
      const read = await answered(sealed(changed));
      expect(read.damage).toBeUndefined();
      expect(read.map(({ offset }) => offset)).toEqual([7, 8, 9]);
      expect(read[0]).toMatchObject({ key: 'k', value: 'v' });
      for (const { key, value, headers } of read.slice(1))
        expect([key, value, headers]).toEqual(['', '', { assay_unreadable: why }]);
      expect(decode('image.pushed', read[1]!)).toEqual({ kind: 'invalid', code: 'unreadable-record', message: why });
    }
  });

  it('has unreadable records in place of a damaged compressed batch', async () => {
    for (const compression of [1, 2, 3, 4]) {
      const answer = await written({
        records: [{ value: 'v' }, { value: 'w' }],
        firstOffset: 0,
        transactional: false,
        isControl: false,
        compression: none,
      });
      answer.writeInt16BE(compression, attributesAt);
      const read = await answered(sealed(answer));
      expect(read.damage).toBeUndefined();
      expect(read.map(({ headers }) => Object.keys(headers))).toEqual([['assay_unreadable'], ['assay_unreadable']]);
    }
  });

  it('has unreadable records in place of a batch that is too large decompressed, and those after it', async () => {
    const plain = { firstOffset: 0, transactional: false, isControl: false, compression: gzip };
    const bomb = await written({ ...plain, records: [{ value: Buffer.alloc(2 ** 21) }, { value: 'v' }] });
    const read = await answered(bomb, await written({ ...plain, firstOffset: 2, records: [{ value: 'w' }] }));
    const why = 'its batch has more than 1748576 bytes, decompressed';
    expect(read.damage).toBeUndefined();
    expect(read.map(({ offset, value, headers }) => [offset, value, headers])).toEqual([
      [0, '', { assay_unreadable: why }],
      [1, '', { assay_unreadable: why }],
      [2, 'w', {}],
    ]);
  });

  it('is decoded until it has a certain size, each partition to its first batch in any case', async () => {
    const plain = { transactional: false, isControl: false, compression: gzip };
    const batches = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((firstOffset) =>
        written({ ...plain, firstOffset, records: [{ value: Buffer.alloc(1_000_000) }] }),
      ),
    );
    const bytes = Buffer.concat(batches);
    const size = Buffer.alloc(4);
    size.writeInt32BE(bytes.length);
    const answer = new DecoderOf(Buffer.concat([size, bytes, size, bytes]));
    expect((await decodeRecords(answer)).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
    const second = await decodeRecords(answer);
    expect([second.map(({ offset }) => offset), second.damage]).toEqual([[0], undefined]);
    // Another answer begins again.
    expect(await answered(...batches)).toHaveLength(5);
  });

  it('is refused with the number of an unknown codec', async () => {
    const answer = await written({
      records: [{ value: 'v' }],
      firstOffset: 0,
      transactional: false,
      isControl: false,
      compression: none,
    });
    for (const codec of [5, 6, 7]) {
      answer.writeInt16BE(codec, attributesAt);
      expect((await answered(sealed(answer))).damage).toMatchObject({
        code: 'kafka-codec',
        message: `the next records of Kafka are compressed in an unsupported way: codec ${codec}`,
        remedy: expect.stringContaining('compression.type=producer') as string,
      });
    }
  });

  it('counts up to a changed byte covered by the checksum, and reports the damage', () =>
    fc.assert(
      fc.asyncProperty(batch, batch, fc.nat(), fc.integer({ min: 1, max: 255 }), async (first, second, at, change) => {
        const [whole, other] = [await written(first), await written(second)];
        const changed = Buffer.from(other);
        const place = covered + (at % (changed.length - covered));
        changed[place] = changed[place]! ^ change;
        const records = await answered(whole, changed, whole);
        expect([records.length, records.damage]).toMatchObject([first.records.length, { code: 'kafka-damaged' }]);
        expect((await answered(whole, other, whole)).damage).toBeUndefined();
      }),
      { numRuns: 300 },
    ));

  it('is damaged where a batch is too short or has an unknown format', async () => {
    const batchOfOne = await written({
      records: [{ key: 'k', value: 'v' }],
      firstOffset: 0,
      transactional: false,
      isControl: false,
      compression: none,
    });
    const [short, old] = [Buffer.from(batchOfOne), Buffer.from(batchOfOne)];
    short.writeInt32BE(-1, lengthAt);
    old[formatAt] = 1;
    expect((await answered(short)).damage).toMatchObject({
      code: 'kafka-damaged',
      message: 'the next batch of Kafka is damaged: it is a batch of -1 bytes',
    });
    expect((await answered(old)).damage).toMatchObject({
      code: 'kafka-damaged',
      message: 'the next batch of Kafka is damaged: it is a batch in format 1',
    });
  });

  it('holds all of many records that we wrote, with differing headers', async () => {
    const records = Array.from({ length: 1000 }, (_, n) => ({
      key: `k${n}`,
      value: `{"n":${n}}`,
      headers: { ce_id: `id ${n}`, ...(n % 3 === 0 ? { ce_causationid: 'c' } : {}), ce_time: 'now' },
    }));
    const { buffer } = await batchOf({
      firstOffset: 5n,
      records: records.map((each, offsetDelta) => encodeRecord({ ...each, offsetDelta })),
    });
    expect(
      (await decoded(Buffer.from(buffer))).map(({ offset, key, value, headers }) => ({ offset, key, value, headers })),
    ).toEqual(records.map((each, n) => ({ offset: n + 5, ...each })));
  });
});

/** The smallest part of a batch that kafkajs tries to read. */
const prefix = 49;
const [lengthAt, formatAt, covered] = [8, 16, checksumAt];

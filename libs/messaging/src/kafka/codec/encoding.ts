import { crc32c } from '@node-rs/crc32';
import { at } from '@assay/events';
import { compressedFromBytes, zstdOfBytes } from '../../zstd.ts';
import {
  batchFormat,
  batchHeader,
  kinds,
  lengthCountsFrom,
  transactional as transactionalBit,
} from './batch-header.ts';

/** kafkajs's view of an encoded record: it measures `buf` and writes `buffer`. */
export interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

export interface RecordToEncode {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: Readonly<Record<string, Buffer | string | readonly (Buffer | string)[]>>;
}

type Bytes = Buffer | string | null | undefined;

/** Zig-zag encoding: numbers take 7 bits per byte, and small negative ones stay small. */
const zigZag = (value: number): number => (value >= 0 ? value * 2 : value * -2 - 1);

const sizeOfNumber = (value: number): number => {
  let size = 1;
  for (let rest = zigZag(value); rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
};

/**
 * Encodes one record of a batch by Kafka's protocol guide ("Record", magic 2), once into one buffer of its exact size.
 * kafkajs 2.2.4 allocates some kilobytes for each record and each header, and copies all of it several times. That took
 * a third of the time of a service that publishes much.
 */
export const encodeRecord = ({
  offsetDelta = 0,
  timestampDelta = 0,
  key,
  value,
  headers = {},
}: RecordToEncode): EncodedRecord => {
  const parts: Bytes[] = [key, value];
  let count = 0;
  for (const name in headers) {
    const values = headers[name];
    for (const each of Array.isArray(values) ? (values as readonly Bytes[]) : [values as Bytes]) {
      parts.push(name, each);
      count += 1;
    }
  }
  const sizes = parts.map(sizeOf);
  const attributes = 1;
  let body = attributes + sizeOfNumber(timestampDelta) + sizeOfNumber(offsetDelta) + sizeOfNumber(count);
  for (const size of sizes) body += sizeOfNumber(size) + Math.max(size, 0);

  const buf = Buffer.allocUnsafe(sizeOfNumber(body) + body);
  let end = writeNumber(buf, body, 0);
  buf[end++] = 0;
  end = writeNumber(buf, timestampDelta, end);
  end = writeNumber(buf, offsetDelta, end);
  end = writeBytes(buf, key, at(sizes, 0), end);
  end = writeBytes(buf, value, at(sizes, 1), end);
  end = writeNumber(buf, count, end);
  for (let part = 2; part < parts.length; part += 1) end = writeBytes(buf, parts[part], at(sizes, part), end);
  return { buf, buffer: buf };
};

/** A batch as kafkajs's producer describes it, of what Assay uses. */
export interface BatchToEncode {
  readonly records: readonly EncodedRecord[];
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  /** A number of 64 bits as kafkajs hands it on. */
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastOffsetDelta: number;
  readonly transactional: boolean;
}

/** kafkajs's view of an encoded batch. */
export interface EncodedBatch extends EncodedRecord {
  size(): number;
}

/**
 * Encodes a batch by Kafka's protocol guide ("Record Batch", magic 2). Large ones are compressed with zstd. kafkajs
 * 2.2.4 has no zstd, chooses one compression for all batches of a request, and copies the records of a batch four
 * times.
 */
export const encodeBatch = async ({
  records,
  firstTimestamp,
  maxTimestamp,
  producerId,
  producerEpoch,
  firstSequence,
  lastOffsetDelta,
  transactional,
}: BatchToEncode): Promise<EncodedBatch> => {
  const plain = Buffer.concat(records.map(({ buf }) => buf));
  const zstd = plain.length < compressedFromBytes ? undefined : await zstdOfBytes(plain);
  const content = zstd && zstd.length < plain.length ? zstd : plain;
  const buf = Buffer.allocUnsafe(batchHeader.records + content.length);
  buf.writeBigInt64BE(0n, batchHeader.firstOffset);
  buf.writeInt32BE(buf.length - lengthCountsFrom, batchHeader.length);
  buf.writeInt32BE(0, batchHeader.leaderEpoch);
  buf.writeUInt8(batchFormat, batchHeader.format);
  const kind = kinds.indexOf(content === plain ? 'none' : 'zstd');
  buf.writeInt16BE(kind | (transactional ? transactionalBit : 0), batchHeader.attributes);
  buf.writeInt32BE(lastOffsetDelta, batchHeader.lastOffsetDelta);
  buf.writeBigInt64BE(BigInt(firstTimestamp), batchHeader.firstTimestamp);
  buf.writeBigInt64BE(BigInt(maxTimestamp), batchHeader.maxTimestamp);
  buf.writeBigInt64BE(BigInt(producerId.toString()), batchHeader.producerId);
  buf.writeInt16BE(producerEpoch, batchHeader.producerEpoch);
  buf.writeInt32BE(firstSequence, batchHeader.firstSequence);
  buf.writeInt32BE(records.length, batchHeader.count);
  content.copy(buf, batchHeader.records);
  buf.writeUInt32BE(crc32c(buf.subarray(batchHeader.attributes)), batchHeader.checksum);
  return { buf, buffer: buf, size: () => buf.length };
};

/** The protocol's length of null is -1. */
const sizeOf = (bytes: Bytes): number => (bytes === null || bytes === undefined ? -1 : Buffer.byteLength(bytes));

const writeNumber = (buf: Buffer, value: number, from: number): number => {
  let at = from;
  let rest = zigZag(value);
  for (; rest > 127; rest = Math.floor(rest / 128)) buf[at++] = (rest % 128) | 128;
  buf[at++] = rest;
  return at;
};

const writeBytes = (buf: Buffer, bytes: Bytes, size: number, from: number): number => {
  const at = writeNumber(buf, size, from);
  if (size <= 0 || bytes === null || bytes === undefined) return at;
  if (typeof bytes === 'string') buf.write(bytes, at, size);
  else bytes.copy(buf, at);
  return at + size;
};

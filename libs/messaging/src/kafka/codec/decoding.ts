import { crc32c } from '@node-rs/crc32';
import { unreadableHeader } from '@assay/events';
import { batchFormat, batchHeader, control, lengthCountsFrom, transactional } from './batch-header.ts';
import { decompressed } from './codecs.ts';
import { damaged, KafkaFailure } from '../client/failure.ts';
import { PartialBatch } from '../client/internals.ts';

/** The contents of a record, as text. Of several headers with one name the last counts. */
export interface DecodedRecord {
  readonly offset: number;
  /** Empty if absent; so is the value. */
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isControlRecord: boolean;
  /** kafkajs reads the transaction from here, to drop aborted records. */
  readonly batchContext: BatchContext;
}

interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
}

/** kafkajs's position in an answer. */
export interface DecoderPosition {
  readonly buffer: Buffer;
  offset: number;
  /** Bytes of the records decoded so far, decompressed. */
  decompressed?: number;
}

/** All records of one partition in an answer, up to the first damage. */
export interface DecodedRecords extends Array<DecodedRecord> {
  damage?: KafkaFailure;
}

/**
 * Most bytes of the records of one answer, decompressed. The answer itself is limited by its bytes in the log, and
 * those may have the thirtyfold. What is left is fetched again. Each partition gets a batch in any case.
 */
const maxAnswerBytes = 2 ** 22;
const decodedOf = new WeakMap<object, number>();

/** kafkajs's view of an answer: the number of bytes of a partition, and those bytes. */
interface Answer {
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}

/**
 * Decodes the records of a partition in an answer, batch by batch. Damage ends only this partition. kafkajs would
 * refuse the whole answer with all its partitions, and would not notice a changed byte.
 */
export const decodeRecords = async (answer: Answer): Promise<DecodedRecords> => {
  const size = answer.readInt32();
  const records: DecodedRecords = [];
  if (size <= 0 || !answer.canReadBytes(size)) return records;
  const place = { buffer: answer.readBytes(size), offset: 0, decompressed: 0 };
  const before = decodedOf.get(answer) ?? 0;
  try {
    while (place.buffer.length - place.offset >= batchHeader.records) {
      if (records.length > 0 && before + place.decompressed > maxAnswerBytes) break;
      for (const record of await decodeBatch(place)) records.push(record);
    }
  } catch (error) {
    if (error instanceof KafkaFailure) records.damage = error;
    else if (!(error instanceof PartialBatch))
      records.damage = damaged(`cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  decodedOf.set(answer, before + place.decompressed);
  return records;
};

/**
 * Decodes the next batch by Kafka's protocol guide ("Record Batch", magic 2). kafkajs 2.2.4 copies all headers for each
 * header that it reads, and takes four times as long. Timestamps are skipped, since nothing uses them. A batch with a
 * valid checksum is what its producer wrote. So a record in it that cannot be decoded still counts, and its reader sets
 * it aside.
 * @throws PartialBatch if the answer ends within the batch, and KafkaFailure if the batch is damaged (`kafka-damaged`)
 * or has an unknown compression (`kafka-codec`)
 */
export const decodeBatch = async (place: DecoderPosition): Promise<readonly DecodedRecord[]> => {
  const { buffer, offset: from } = place;
  const recordsFrom = from + batchHeader.records;
  const end = from + lengthCountsFrom + buffer.readInt32BE(from + batchHeader.length);
  if (end < recordsFrom) throw damaged(`is a batch of ${end - from - lengthCountsFrom} bytes`);
  place.offset = end;
  if (end > buffer.length) throw new PartialBatch(`${end - buffer.length} bytes of a batch are missing`);
  const format = buffer.readUInt8(from + batchHeader.format);
  if (format !== batchFormat) throw damaged(`is a batch in format ${format}`);
  if (crc32c(buffer.subarray(from + batchHeader.attributes, end)) !== buffer.readUInt32BE(from + batchHeader.checksum))
    throw damaged('does not have its checksum');
  const attributes = buffer.readInt16BE(from + batchHeader.attributes);
  const context: BatchContext = {
    producerId: String(buffer.readBigInt64BE(from + batchHeader.producerId)),
    inTransaction: (attributes & transactional) > 0,
  };
  const count = buffer.readInt32BE(from + batchHeader.count);
  if (count <= 0) return [];
  const firstOffset = Number(buffer.readBigInt64BE(from + batchHeader.firstOffset));
  const records: DecodedRecord[] = [];
  try {
    const content = await decompressed(buffer.subarray(recordsFrom, end), attributes);
    place.decompressed = (place.decompressed ?? 0) + content.length;
    const reader = new RecordReader(content, firstOffset, (attributes & control) > 0, context);
    while (records.length < count) records.push(reader.next());
  } catch (error) {
    // No reader could set a control record aside.
    if (error instanceof KafkaFailure || (attributes & control) > 0) throw error;
    while (records.length < count) records.push(notReadable(firstOffset + records.length, error, context));
  }
  return records;
};

/**
 * Stands for a record that cannot be decoded, with the reason. The records after it in the batch are lost with it,
 * since its end is unknown.
 */
const notReadable = (offset: number, error: unknown, batchContext: BatchContext): DecodedRecord => ({
  offset,
  key: '',
  value: '',
  headers: { [unreadableHeader]: error instanceof Error ? error.message : String(error) },
  isControlRecord: false,
  batchContext,
});

/** Header names repeat in every record, in the same order: an equal name is not decoded again. */
const knownNames: { readonly name: string; readonly bytes: Buffer }[] = [];
const [maxKnownNames, maxKnownSize] = [32, 64];
/** Copies of the trace, unused here. */
const forTracingTools: ReadonlySet<string> = new Set(['traceparent', 'tracestate']);

class RecordReader {
  #at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly firstOffset: number,
    private readonly isControlRecord: boolean,
    private readonly batchContext: BatchContext,
  ) {}

  next(): DecodedRecord {
    const size = this.#number();
    const end = this.#at + size;
    if (size <= 0 || end > this.bytes.length)
      throw new RangeError(`a record of ${size} bytes does not fit into its batch`);
    // Skips the attributes, which are unused.
    this.#at += 1;
    this.#passNumber();
    const offset = this.firstOffset + this.#number();
    const key = this.#text();
    const value = this.#text();
    const headers: Record<string, string> = {};
    const count = this.#number();
    for (let index = 0; index < count && this.#at < end; index += 1) {
      const name = this.#name(index);
      if (forTracingTools.has(name)) this.#pass();
      else headers[name] = this.#text();
    }
    if (this.#at > end) throw new RangeError(`a record of ${size} bytes holds more than that`);
    this.#at = end;
    return { offset, key, value, headers, isControlRecord: this.isControlRecord, batchContext: this.batchContext };
  }

  /** At most 32 bits, 7 per byte, zig-zag encoded: small negative numbers are small. */
  #number(): number {
    let value = 0;
    for (let bits = 0; ; bits += 7) {
      // Past the last byte a 0 ends the number.
      const byte = this.bytes[this.#at++] ?? 0;
      value |= (byte & 127) << bits;
      if (byte < 128) return (value >>> 1) ^ -(value & 1);
    }
  }

  #passNumber(): void {
    while ((this.bytes[this.#at++] ?? 0) >= 128);
  }

  /** Skips a field with a size. */
  #pass(): void {
    const size = this.#number();
    this.#at += Math.max(size, 0);
  }

  #text(): string {
    const size = this.#number();
    return size > 0 ? this.bytes.toString('utf8', this.#at, (this.#at += size)) : '';
  }

  #name(index: number): string {
    const size = this.#number();
    const from = this.#at;
    const known = knownNames[index];
    this.#at += size;
    if (known !== undefined && this.#isAt(from, size, known.bytes)) return known.name;
    const bytes = Buffer.from(this.bytes.subarray(from, this.#at));
    const name = bytes.toString();
    if (index < maxKnownNames && size <= maxKnownSize) knownNames[index] = { name, bytes };
    return name;
  }

  #isAt(from: number, size: number, wanted: Buffer): boolean {
    if (wanted.length !== size) return false;
    for (let at = 0; at < size; at += 1) if (this.bytes[from + at] !== wanted[at]) return false;
    return true;
  }
}

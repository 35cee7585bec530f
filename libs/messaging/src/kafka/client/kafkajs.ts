import { createRequire } from 'node:module';
import type { ICustomPartitioner, Message } from 'kafkajs';
import { present } from '@assay/events';
import { decodeRecords } from '../codec/decoding.ts';
import { batchFormat } from '../codec/batch-header.ts';
import { encodeBatch, encodeRecord } from '../codec/encoding.ts';
import { Encoder, replaceModule, RequestQueue } from './internals.ts';

type Grouping = Omit<Parameters<ReturnType<ICustomPartitioner>>[0], 'message'> & {
  readonly messages: readonly Message[];
  readonly partitioner: ReturnType<ICustomPartitioner>;
};

/** The messages of each partition. kafkajs copies a partition's list again for each message added to it. */
export const messagesByPartition = ({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: Grouping): Partial<Record<number, Message[]>> =>
  Object.groupBy(messages, (message) => partitioner({ topic, partitionMetadata, message }));

replaceModule('protocol/recordBatch/record/v0', encodeRecord);
replaceModule('protocol/recordBatch/v0', { RecordBatch: encodeBatch, MAGIC_BYTE: batchFormat });
replaceModule('protocol/requests/fetch/v4/decodeMessages', decodeRecords);
replaceModule('producer/groupMessagesPerPartition', messagesByPartition);

/**
 * kafkajs 2.2.4 with patches. Its request queue sleeps when empty; unpatched, it arms a timer of a millisecond for
 * ever, for each connection. Grouping, encoding and decoding of batches (with any compression) and new requests avoid
 * copies. Everything that uses Kafka imports kafkajs from here, after the
 * replaced modules above.
 */
export const kafkajs = createRequire(import.meta.url)('kafkajs') as typeof import('kafkajs');

const schedule = present(
  Object.getOwnPropertyDescriptor(RequestQueue.prototype, 'scheduleCheckPendingRequests'),
  'scheduleCheckPendingRequests',
).value as () => void;
RequestQueue.prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};

/** The initial size that an encoder requests. */
const sizeAtFirst = 511;
const powerOfTwoAbove = (value: number): number => 2 ** (32 - Math.clz32(value));
// Each part of a request has an encoder of its own, for example each partition of a fetch. Buffers up to 64 bytes live
// on JavaScript's heap; larger ones are allocated apart.
Encoder.nextPowerOfTwo = (value) => (value === sizeAtFirst ? 64 : powerOfTwoAbove(value));
// Only written bytes are handed out, so the initial contents of a buffer do not matter.
Encoder.prototype.ensureAvailable = function (length) {
  if (this.offset + length <= this.buf.length) return;
  const larger = Buffer.allocUnsafe(powerOfTwoAbove(this.offset + length));
  this.buf.copy(larger, 0, 0, this.offset);
  this.buf = larger;
};

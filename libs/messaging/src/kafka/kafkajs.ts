import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';
import type { ICustomPartitioner, Message } from 'kafkajs';
import { decodeRecords } from './decoding.ts';
import { encodeRecord } from './encoding.ts';
import { Encoder, replaceModule, RequestQueue } from './internals.ts';

type Grouping = Omit<Parameters<ReturnType<ICustomPartitioner>>[0], 'message'> & {
  readonly messages: readonly Message[];
  readonly partitioner: ReturnType<ICustomPartitioner>;
};

/** The messages of each partition. kafkajs copies what a partition has once more for each that comes to it. */
export const messagesByPartition = ({
  topic,
  partitionMetadata,
  messages,
  partitioner,
}: Grouping): Partial<Record<number, Message[]>> =>
  Object.groupBy(messages, (message) => partitioner({ topic, partitionMetadata, message }));

replaceModule('protocol/recordBatch/record/v0', encodeRecord);
replaceModule('protocol/requests/fetch/v4/decodeMessages', decodeRecords);
replaceModule('protocol/recordBatch/crc32C', (bytes: Buffer) => crc32c(bytes));
replaceModule('producer/groupMessagesPerPartition', messagesByPartition);

/**
 * kafkajs 2.2.4, with what it needs: a request queue that sleeps when nothing waits (it would arm a timer of a
 * millisecond for ever, for each connection); records that are put together, written and read (whatever they were
 * compressed with), and requests that begin, without waste; and checksums that the processor reckons. Loaded here,
 * behind the modules of ours that it is to find: whoever works with Kafka has it from here.
 */
export const kafkajs = createRequire(import.meta.url)('kafkajs') as typeof import('kafkajs');

const schedule = Object.getOwnPropertyDescriptor(RequestQueue.prototype, 'scheduleCheckPendingRequests')!
  .value as () => void;
RequestQueue.prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};

/** What an encoder asks for when it begins. */
const sizeAtFirst = 511;
const powerOfTwoAbove = (value: number): number => 2 ** (32 - Math.clz32(value));
// Each part of a request gets an encoder of its own, for each partition of a fetch one; up to 64 bytes lie among
// JavaScript's objects, more are allotted apart.
Encoder.nextPowerOfTwo = (value) => (value === sizeAtFirst ? 64 : powerOfTwoAbove(value));
// All that it hands out was written before, so what a buffer holds at first does not matter.
Encoder.prototype.ensureAvailable = function (length) {
  if (this.offset + length <= this.buf.length) return;
  const larger = Buffer.allocUnsafe(powerOfTwoAbove(this.offset + length));
  this.buf.copy(larger, 0, 0, this.offset);
  this.buf = larger;
};

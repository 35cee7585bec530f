import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import kafkajs from 'kafkajs';
import { decodeBatch } from './decoding.ts';
import { encodeRecord } from './encoding.ts';
import { Encoder, replaceModule, RequestQueue } from './internals.ts';

/**
 * What kafkajs 2.2.4 needs before its first connection: a request queue that sleeps when nothing waits (it would arm a
 * timer of a millisecond for ever, for each connection); zstd, without which a topic compressed by somebody else could not
 * be read; records that are written and read without waste; and checksums that the processor reckons.
 */
export const patchKafka = (): void => {
  if (patched) return;
  patched = true;
  const schedule = Object.getOwnPropertyDescriptor(RequestQueue.prototype, 'scheduleCheckPendingRequests')!.value as () => void;
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
  const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)];
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({ compress: (encoder: { buffer: Buffer }) => compress(encoder.buffer), decompress });
  replaceModule('recordBatch/record/v0', encodeRecord);
  replaceModule('recordBatch/v0/decoder', decodeBatch);
  replaceModule('recordBatch/crc32C', (bytes: Buffer) => crc32c(bytes));
  // All that it hands out was written before, so what a buffer holds at first does not matter.
  Encoder.prototype.ensureAvailable = function (length) {
    if (this.offset + length <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(Encoder.nextPowerOfTwo(this.offset + length));
    this.buf.copy(larger, 0, 0, this.offset);
    this.buf = larger;
  };
};

let patched = false;

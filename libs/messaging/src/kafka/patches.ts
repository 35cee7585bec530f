import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { RequestQueue } from './internals.ts';

/**
 * What kafkajs 2.2.4 needs before its first connection: a request queue that sleeps when nothing waits (it would arm a
 * timer of a millisecond for ever, for each connection), and zstd, without which a topic compressed by somebody else
 * could not be read.
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
};

let patched = false;

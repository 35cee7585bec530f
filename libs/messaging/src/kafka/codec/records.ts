import type { Message } from 'kafkajs';
import type { Batch, LogRecord, NewRecord } from '../../log.ts';
import type { FetchedBatch, FetchedMessage } from '../client/internals.ts';

/**
 * Limits a batch, however much a fetch brought: a store writes each batch in one transaction. Bytes are characters of
 * values.
 */
const [batchRecords, batchBytes] = [200, 2 ** 20];

/**
 * CloudEvents' binary mode, with the trace also under the names that tracing tools use. Our decoder skips those copies
 * (`decoding.ts`).
 */
export const messageOf = ({ partition, key, headers, value }: NewRecord): Message => ({
  partition,
  key,
  value,
  headers: headers.ce_traceparent
    ? {
        ...headers,
        traceparent: headers.ce_traceparent,
        ...(headers.ce_tracestate ? { tracestate: headers.ce_tracestate } : {}),
      }
    : headers,
});

const recordOf = (topic: string, partition: number, message: FetchedMessage): LogRecord => ({
  topic,
  partition,
  offset: message.offset,
  key: message.key,
  headers: message.headers,
  value: message.value,
});

/** The messages of the batch from `from` on: at least one. */
const batchAt = (messages: readonly FetchedMessage[], from: number): readonly FetchedMessage[] => {
  const some = messages.slice(from, from + batchRecords);
  let bytes = 0;
  const end = some.findIndex(({ value }) => (bytes += value.length) > batchBytes);
  return end < 0 ? some : some.slice(0, Math.max(1, end));
};

/**
 * Splits the fetched records from `from` on into batches. Gives one batch without records if only control records came.
 */
export const batchesOf = (topic: string, partition: number, from: number, fetched: FetchedBatch): Batch[] => {
  const isEmpty = fetched.messages.length === 0;
  if (isEmpty && !fetched.isEmptyDueToFiltering()) return [];
  const nextOffset = Number(fetched.lastOffset()) + 1;
  if (isEmpty) return [{ topic, partition, records: [], fetchedOffset: from, nextOffset }];
  const batches: Batch[] = [];
  for (let at = 0; at < fetched.messages.length;) {
    const records = batchAt(fetched.messages, at).map((message) => recordOf(topic, partition, message));
    const last = records.at(-1);
    at += records.length;
    const isLast = at >= fetched.messages.length;
    batches.push({
      topic,
      partition,
      records,
      fetchedOffset: batches.at(-1)?.nextOffset ?? from,
      nextOffset: isLast || !last ? nextOffset : last.offset + 1,
    });
  }
  return batches;
};

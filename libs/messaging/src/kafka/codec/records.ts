import type { Message } from 'kafkajs';
import type { Batch, LogRecord, NewRecord } from '../../log.ts';
import type { FetchedBatch, FetchedMessage } from '../client/internals.ts';

/** Limits a batch, however much a fetch brought: a store writes each batch in one transaction. */
const batchRecords = 200;

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

/**
 * Splits the fetched records from `from` on into batches. Gives one batch without records if only control records came.
 */
export const batchesOf = (topic: string, partition: number, from: number, fetched: FetchedBatch): Batch[] => {
  const isEmpty = fetched.messages.length === 0;
  if (isEmpty && !fetched.isEmptyDueToFiltering()) return [];
  const nextOffset = Number(fetched.lastOffset()) + 1;
  if (isEmpty) return [{ topic, partition, records: [], fetchedOffset: from, nextOffset }];
  const batches: Batch[] = [];
  for (let at = 0; at < fetched.messages.length; at += batchRecords) {
    const records = fetched.messages.slice(at, at + batchRecords).map((message) => recordOf(topic, partition, message));
    const last = records.at(-1);
    const isLast = at + batchRecords >= fetched.messages.length;
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

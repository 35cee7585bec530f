import { hash } from 'node:crypto';
import type { LogRecord } from '@assay/messaging';

/** The chain before the first record of a partition: 64 hex digits, as after each record. */
export const chainStart = '0'.repeat(64);

/** Bytes of the chain that are kept for each record. */
export const prefixBytes = 8;

/**
 * The chain after a record: SHA-256 over the chain before it, as text, and the record as JSON without spaces: topic,
 * partition, offset, key, headers sorted by name, and value, as a reader of the log gets them.
 */
export const chained = (before: string, { topic, partition, offset, key, headers, value }: LogRecord): string => {
  const sorted = Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return hash('sha256', before + JSON.stringify([topic, partition, offset, key, sorted, value]), 'hex');
};

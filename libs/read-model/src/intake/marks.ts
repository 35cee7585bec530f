import { compareSequences } from '@assay/event-sourcing';
import { decode, sequenceIn, type AssayEvent, type Decoded, type Mark } from '@assay/events';
import { newerAt, readMark, type LogRecord, type ReadMark, type Wait } from '@assay/messaging';

/** The view's position in one partition of a topic. */
export interface ReadPosition {
  readonly topic: string;
  readonly partition: number;
  /** Next offset to read. */
  readonly next: number;
  /**
   * Highest sequence seen in events, marks and fences. A record that is not higher is a repeat, or was appended by an
   * owner that had lost the partition.
   */
  readonly mark: string;
  /** The last record read; undefined before the first. */
  readonly read: ReadMark | undefined;
}

export const positionKey = ({ topic, partition }: Pick<ReadPosition, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`;

export type Received =
  | { readonly kind: 'event'; readonly event: AssayEvent; readonly partition: number; readonly offset: number }
  | { readonly kind: 'mark'; readonly mark: Mark; readonly topic: string; readonly partition: number }
  | { readonly kind: 'invalid'; readonly record: LogRecord; readonly why: Extract<Decoded, { kind: 'invalid' }> };

export interface Skipped {
  readonly record: LogRecord;
  readonly type: string;
}

/**
 * Reads records of one partition. Returns the new events and the next position. Stops before a record that only a newer
 * program can read.
 */
export const receivedIn = (
  records: readonly LogRecord[],
  from: ReadPosition,
): {
  readonly received: readonly Received[];
  /** Records with an unknown type. */
  readonly skipped: readonly Skipped[];
  readonly position: ReadPosition;
  readonly wait?: Wait;
} => {
  let { next, mark } = from;
  let last: LogRecord | undefined;
  const received: Received[] = [];
  const skipped: Skipped[] = [];
  for (const record of records) {
    if (record.offset < next) continue;
    const decoded = decode(record.topic, record);
    const sequence = sequenceIn(decoded);
    const isRepeat = sequence !== undefined && compareSequences(sequence, mark) <= 0;
    if (decoded.kind === 'newer' && !isRepeat)
      return {
        received,
        skipped,
        position: { ...from, next: record.offset, mark, read: last ? readMark(last) : from.read },
        wait: newerAt(record, `${decoded.message}; the read model does not have the later events`),
      };
    next = record.offset + 1;
    last = record;
    if (decoded.kind === 'unknown') skipped.push({ record, type: decoded.type });
    if (isRepeat) continue;
    // Ignore the sequence of an invalid record: it could turn all later records into repeats.
    if (sequence !== undefined && decoded.kind !== 'invalid') mark = sequence;
    if (decoded.kind === 'invalid') received.push({ kind: 'invalid', record, why: decoded });
    if (decoded.kind === 'mark') {
      const { topic, partition } = record;
      received.push({ kind: 'mark', mark: decoded.mark, topic, partition });
    }
    if (decoded.kind === 'event')
      received.push({ kind: 'event', event: decoded.event, partition: record.partition, offset: record.offset });
  }
  return { received, skipped, position: { ...from, next, mark, read: last ? readMark(last) : from.read } };
};

import { compareSequences } from '@assay/event-sourcing';
import { decode, type AnyEvent, type Decoded } from '@assay/events';
import { readMark, type LogRecord, type ReadMark } from '@assay/messaging';

/** Where the view stands in one partition of a topic. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** Next offset to read. */
  readonly next: number;
  /** Highest sequence heard: what is not higher is a repeat, or was said by an owner that had lost the partition. */
  readonly mark: string;
  /** Which record was read last; none before the first. */
  readonly read: ReadMark | undefined;
}

export const positionKey = ({ topic, partition }: Pick<Position, 'topic' | 'partition'>): string => `${topic}/${partition}`;

export type Heard =
  | { readonly kind: 'event'; readonly event: AnyEvent; readonly partition: number; readonly offset: number }
  | { readonly kind: 'invalid'; readonly record: LogRecord; readonly why: Extract<Decoded, { kind: 'invalid' }> };

/** Reads a stretch of one partition: what is new in it, and where that leaves us. */
export const heardIn = (records: readonly LogRecord[], from: Position): { readonly heard: readonly Heard[]; readonly position: Position } => {
  let { next, mark } = from;
  let last: LogRecord | undefined;
  const heard: Heard[] = [];
  for (const record of records) {
    if (record.offset < next) continue;
    next = record.offset + 1;
    last = record;
    const decoded = decode(record.topic, record);
    if (decoded.kind === 'unknown') continue;
    const { sequence } = decoded.kind === 'event' ? decoded.event : decoded;
    if (sequence !== undefined && compareSequences(sequence, mark) <= 0) continue;
    if (sequence !== undefined) mark = sequence;
    if (decoded.kind === 'invalid') heard.push({ kind: 'invalid', record, why: decoded });
    if (decoded.kind === 'event') heard.push({ kind: 'event', event: decoded.event, partition: record.partition, offset: record.offset });
  }
  return { heard, position: { ...from, next, mark, read: last ? readMark(last) : from.read } };
};

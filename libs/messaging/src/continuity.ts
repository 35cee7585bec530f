import { createHash } from 'node:crypto';
import type { EventLog, LogRecord } from './log.ts';

/**
 * Identifies the last record that a reader read of a topic's partition: `<offset> <name>`, stored beside the offset.
 */
export type ReadMark = string;

/**
 * Identifies a record by the id and sequence of its event. Without a sequence the time counts, since a publisher
 * publishes a lost event again. A record that is no event is identified by a digest.
 */
const nameOf = ({ key, value, headers }: Pick<LogRecord, 'key' | 'headers' | 'value'>): string => {
  const { ce_id: id, ce_sequence: sequence, ce_time: time = '' } = headers;
  return id
    ? `${id} ${sequence ?? time}`.trim()
    : createHash('sha256')
        .update(JSON.stringify([key, headers, value]))
        .digest('hex')
        .slice(0, 32);
};

export const readMark = (record: LogRecord): ReadMark => `${record.offset} ${nameOf(record)}`;

/** Marks of the last records read, by topic; a topic of which nothing was read has none. */
export type ReadMarks = Readonly<Record<string, ReadMark>>;

export interface ReadUpTo {
  readonly topic: string;
  readonly partition: number;
  /** The offset to read next. */
  readonly next: number;
  /** Mark of the last record read; unknown if an earlier version of Assay read it. */
  readonly mark: ReadMark | undefined;
}

/**
 * Number of looks at a log that seems too short. A new leader may not know the high watermark yet, and show less than
 * there is.
 */
const maxLooks = 3;

/**
 * Describes how the log differs from what was read of it; undefined if the reader can continue. The last record read
 * must still be there, with no unread record between it and `next`. The length proves nothing: a topic that was cut or
 * recreated may have grown past its old end.
 * @param pause waits a moment before the log is read once more
 * @throws any error that keeps the log from answering
 */
export const changeIn = async (
  log: Pick<EventLog, 'read' | 'end'>,
  read: ReadUpTo,
  pause: () => Promise<void>,
): Promise<string | undefined> => {
  for (let looks = 1; ; looks += 1) {
    const change = read.mark === undefined ? await shorter(log, read) : await different(log, read, read.mark);
    if (change === undefined || change.isCertain || looks === maxLooks) return change?.description;
    await pause();
  }
};

/** The log was cut or recreated since it was read. Thrown by readers that rebuild their own state from the log. */
export class LogChanged extends Error {
  readonly code = 'log-changed';
  readonly remedy = 'no effect here; services that had read more stand still (`assay halted`)';

  constructor(place: string, description: string, consequence: string) {
    super(`${place} differs from what was read of it: ${description}; ${consequence}`);
  }
}

interface Change {
  readonly description: string;
  readonly isCertain: boolean;
}

const shorter = async (
  log: Pick<EventLog, 'end'>,
  { topic, partition, next }: ReadUpTo,
): Promise<Change | undefined> => {
  const end = await log.end(topic, partition);
  return end < next ? { description: endsAt(end, next), isCertain: false } : undefined;
};

const endsAt = (end: number, next: number): string => `it ends at ${end}, and was read up to ${next}`;

const different = async (
  log: Pick<EventLog, 'read' | 'end'>,
  { topic, partition, next }: ReadUpTo,
  mark: ReadMark,
): Promise<Change | undefined> => {
  const last = Number(mark.slice(0, mark.indexOf(' ')));
  const found: LogRecord[] = [];
  try {
    for await (const { records } of log.read(topic, partition, last, next)) found.push(...records);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'kafka-offset-gone') throw error;
    return { description: `offset ${last}, which was read, is gone`, isCertain: true };
  }
  const [first, other] = found;
  if (first === undefined)
    return { description: endsAt(Math.min(last, await log.end(topic, partition)), next), isCertain: false };
  if (readMark(first) !== mark)
    return {
      description:
        (first.offset === last
          ? `at ${last} is another event than the one that was read`
          : `nothing is left of the event read at ${last}, and at ${first.offset} is another event`) +
        `${dateOf(first, ', one ')} (${nameOf(first)} for ${mark.slice(mark.indexOf(' ') + 1)})`,
      isCertain: true,
    };
  return (
    other && {
      description:
        `at ${other.offset} lies an event${dateOf(other, ' ')} that was not there ` +
        `when it was read up to ${next} (${nameOf(other)})`,
      isCertain: true,
    }
  );
};

/** Operators recognise dates, so those come first; the names of events follow in brackets. */
const dateOf = ({ headers: { ce_time: time } }: LogRecord, lead: string): string => (time ? `${lead}of ${time}` : '');

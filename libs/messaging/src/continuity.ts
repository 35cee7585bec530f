import { createHash } from 'node:crypto';
import type { EventLog, LogRecord } from './log.ts';

/** Which record somebody read last of a topic's partition: `<offset> <name>`, as a store keeps it beside the offset. */
export type ReadMark = string;

/**
 * What a record is known again by: the id and sequence of its event, where it has none its time, for a sender says
 * again what was lost; or a digest where it is no event.
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

/** The marks of what was read last, by topic; of topics of which nothing was read there is none. */
export type ReadMarks = Readonly<Record<string, ReadMark>>;

export interface ReadUpTo {
  readonly topic: string;
  readonly partition: number;
  /** The offset to read next. */
  readonly next: number;
  /** Of what was read last; unknown where a version before this one read it. */
  readonly mark: ReadMark | undefined;
}

/**
 * A broker that leads since a moment may not know yet how far the copies are, and shows less than there is: it is asked
 * so often before it is believed.
 */
const mostLooks = 3;

/**
 * In what way the log is no longer what somebody read of it, in a few words; undefined where he can go on. What must be
 * there is the record that he read last, and behind it none that he did not read: a topic that was cut, or made anew,
 * may be longer again than it ever was.
 * @param pause waits a moment before the log is asked once more
 * @throws whatever keeps the log from answering
 */
export const changeIn = async (
  log: Pick<EventLog, 'read' | 'end'>,
  read: ReadUpTo,
  pause: () => Promise<void>,
): Promise<string | undefined> => {
  for (let looks = 1; ; looks += 1) {
    const change = read.mark === undefined ? await shorter(log, read) : await different(log, read, read.mark);
    if (change === undefined || change.isCertain || looks === mostLooks) return change?.how;
    await pause();
  }
};

/** The log is not the one that was read: it was cut, or made anew. Told by who is filled anew from it by himself. */
export class LogChanged extends Error {
  readonly code = 'log-changed';
  readonly remedy = 'nothing here; services that had read more stand still (`assay halted`)';

  constructor(place: string, how: string, whatFollows: string) {
    super(`${place} is not what was read of it: ${how}; ${whatFollows}`);
  }
}

interface Change {
  readonly how: string;
  readonly isCertain: boolean;
}

const shorter = async (
  log: Pick<EventLog, 'end'>,
  { topic, partition, next }: ReadUpTo,
): Promise<Change | undefined> => {
  const end = await log.end(topic, partition);
  return end < next ? { how: endsAt(end, next), isCertain: false } : undefined;
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
    return { how: `offset ${last}, which was read, is gone`, isCertain: true };
  }
  const [first, other] = found;
  if (first === undefined)
    return { how: endsAt(Math.min(last, await log.end(topic, partition)), next), isCertain: false };
  if (readMark(first) !== mark)
    return {
      how: `${first.offset === last ? `at ${last} lies another event than was read there` : `nothing is left of what was read at ${last}, and at ${first.offset} lies another event`}${dateOf(first, ', one ')} (${nameOf(first)} for ${mark.slice(mark.indexOf(' ') + 1)})`,
      isCertain: true,
    };
  return (
    other && {
      how: `at ${other.offset} lies an event${dateOf(other, ' ')} that was not there when it was read up to ${next} (${nameOf(other)})`,
      isCertain: true,
    }
  );
};

/** People know dates; names of events stand behind them, in brackets. */
const dateOf = ({ headers: { ce_time: time } }: LogRecord, lead: string): string => (time ? `${lead}of ${time}` : '');

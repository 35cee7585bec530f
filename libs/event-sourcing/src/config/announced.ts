import { decode, isOf, type Advisories } from '@assay/events';
import { retryUntilAnswered, type EventLog } from '@assay/messaging';

const topic = 'advisories.updated';

/** An announcement of advisories, in the order of the log. */
export interface AnnouncedAdvisories extends Advisories {
  /** Its offset. */
  readonly announced: number;
  /** The time of the event. */
  readonly at: string;
}

/**
 * Reads all announcements of advisories, the oldest first. An announcement without a build of the scanner, or without a
 * Java database, means the one before, so that is filled in. What cannot be read is left out, as by every follower.
 */
export const announcedAdvisories = async (
  log: Pick<EventLog, 'end' | 'read'>,
): Promise<readonly AnnouncedAdvisories[]> => {
  const all: AnnouncedAdvisories[] = [];
  for await (const { records } of log.read(topic, 0, 0, await log.end(topic, 0)))
    for (const record of records) {
      const decoded = decode(topic, record);
      if (decoded.kind !== 'event' || !isOf(decoded.event, topic)) continue;
      const { data, time } = decoded.event;
      const before = all.findLast(({ scanner }) => scanner === data.scanner);
      const program = data.program ?? before?.program;
      const java = data.java ?? before?.java;
      all.push({
        ...data,
        ...(program ? { program } : {}),
        ...(java ? { java } : {}),
        announced: record.offset,
        at: time,
      });
    }
  return all;
};

/** Like `announcedAdvisories`, and waits while the brokers do not answer: a start loses nothing by that. */
export const announcedOnceAnswered = (log: Pick<EventLog, 'end' | 'read'>): Promise<readonly AnnouncedAdvisories[]> =>
  retryUntilAnswered(() => announcedAdvisories(log));

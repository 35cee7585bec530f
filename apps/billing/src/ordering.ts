import { randomUUID } from 'node:crypto';
import { unavailable } from '@assay/arm';
import { clientRequestIdOf, traceparentOf, type ArmRequest } from '@assay/http';
import { at, type AnyEvent, type DataOf, type Topic } from '@assay/events';
import { recordOf, type EventLog } from '@assay/messaging';
import { activeTraceparent } from '@assay/telemetry';

/** Identity of a command in the log: the client's request id, and its trace. */
export interface OrderMarks {
  readonly id: string;
  readonly traceparent?: string;
}

export const marksOf = (request: ArmRequest): OrderMarks => {
  const traceparent = traceparentOf(request) ?? activeTraceparent();
  return { id: clientRequestIdOf(request) ?? randomUUID(), ...(traceparent ? { traceparent } : {}) };
};

/**
 * Appends a command and returns its offset.
 * @throws ArmError 503 if the log refuses it
 */
export const appended = async <T extends Topic>(
  log: EventLog,
  { id, traceparent }: OrderMarks,
  topic: T,
  subject: string,
  data: DataOf<T>,
): Promise<number> => {
  const event: AnyEvent = {
    id,
    source: '/assay/billing',
    subject,
    time: new Date().toISOString(),
    correlationid: id,
    topic,
    data,
    ...(traceparent ? { traceparent } : {}),
  };
  const offsets = await log.append([recordOf(event, log.partitions)]).catch(() => {
    throw unavailable('The log does not accept events at the moment.', 5);
  });
  return at(offsets, 0);
};

/** Publishes the owners of repositories if they differ from those published last. */
export const announceOwners = async (
  log: EventLog,
  known: ReadonlyMap<string, string>,
  owners: Readonly<Record<string, string>> | undefined,
): Promise<void> => {
  const wanted = Object.entries(owners ?? {});
  if (
    owners === undefined ||
    (wanted.length === known.size && wanted.every(([name, owner]) => known.get(name) === owner))
  )
    return;
  await appended(log, { id: randomUUID() }, 'owners.changed', 'owners', { owners, by: 'configuration' });
};

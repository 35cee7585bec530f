import { randomUUID } from 'node:crypto';
import { clientRequestIdOf, traceparentOf, unavailable, type ArmRequest } from '@assay/arm';
import type { AnyEvent, DataOf, Topic } from '@assay/events';
import { recordOf, type EventLog } from '@assay/messaging';
import { activeTraceparent } from '@assay/telemetry';

/** What a command is known by in the log: the id that its client gave it, and the trace that it is part of. */
export interface Marks {
  readonly id: string;
  readonly traceparent?: string;
}

export const marksOf = (request: ArmRequest): Marks => {
  const traceparent = traceparentOf(request) ?? activeTraceparent();
  return { id: clientRequestIdOf(request) ?? randomUUID(), ...(traceparent ? { traceparent } : {}) };
};

/** Appends what somebody asked for, and says at which offset.
 * @throws ArmError 503 where the log takes nothing */
export const appended = async <T extends Topic>(
  log: EventLog,
  { id, traceparent }: Marks,
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
  const [offset] = await log.append([recordOf(event, log.partitions)]).catch(() => {
    throw unavailable('The log does not take anything just now.', 5);
  });
  return offset!;
};

/** Says who owns which repositories, where that is not what was said last. */
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

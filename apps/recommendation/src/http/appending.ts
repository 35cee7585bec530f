import { randomUUID } from 'node:crypto';
import { unavailable } from '@assay/arm';
import { callerOf, clientRequestIdOf, traceparentOf, type ArmRequest } from '@assay/http';
import { at, type AssayEvent, type Topic } from '@assay/events';
import { recordOf, type EventLog, type LogClient } from '@assay/messaging';
import { activeTraceparent } from '@assay/telemetry';
import type { View } from '@assay/read-model/view/view';

/** Identifies a request in the log: the id that its client gave, and its trace. */
export const marksOf = (request: ArmRequest): { readonly id: string; readonly traceparent?: string } => {
  const traceparent = traceparentOf(request) ?? activeTraceparent();
  return { id: clientRequestIdOf(request) ?? randomUUID(), ...(traceparent ? { traceparent } : {}) };
};

/** Appends an event and returns its offset. */
export const appended = async (client: LogClient, event: AssayEvent<Topic>): Promise<number> => {
  const log = client.unwrap<EventLog>();
  const offsets = await log.append([recordOf(event as never, log.partitions)]).catch(() => {
    throw unavailable('The log does not accept events at the moment.', 5);
  });
  return at(offsets, 0);
};

/** Appends a config event of a request, and returns once it can be read here. */
export const recorded = async (
  client: LogClient,
  view: View,
  request: ArmRequest,
  event: Pick<AssayEvent<Topic>, 'topic' | 'subject' | 'data'>,
): Promise<void> => {
  const marks = marksOf(request);
  const offset = await appended(client, {
    ...marks,
    ...event,
    source: '/assay/recommendation',
    time: new Date().toISOString(),
    correlationid: marks.id,
  } as AssayEvent<Topic>);
  if (!(await view.reached(event.topic, [offset + 1])))
    throw unavailable('The change is recorded, but cannot be read here yet.');
  view.queries.notified(callerOf(request).name);
};

import { randomUUID } from 'node:crypto';
import { unavailable } from '@assay/arm';
import { callerOf, clientRequestIdOf, traceparentOf, type ArmRequest } from '@assay/http';
import { at, type AssayEvent, type Topic } from '@assay/events';
import { positionBehind, recordOf, type EventLog, type LogClient, type LogPosition } from '@assay/messaging';
import { activeTraceparent } from '@assay/telemetry';
import type { View } from '@assay/read-model/view/view';

/** Identifies a request in the log: the id that its client gave, and its trace. */
export const marksOf = (request: ArmRequest): { readonly id: string; readonly traceparent?: string } => {
  const traceparent = traceparentOf(request) ?? activeTraceparent();
  return { id: clientRequestIdOf(request) ?? randomUUID(), ...(traceparent ? { traceparent } : {}) };
};

/** Appends an event, and returns the position behind it. */
export const appended = async (client: LogClient, event: AssayEvent<Topic>): Promise<LogPosition> => {
  const log = client.unwrap<EventLog>();
  const record = recordOf(event as never, log.partitions);
  const offsets = await log.append([record]).catch(() => {
    throw unavailable('The log does not accept events at the moment.', 5);
  });
  return positionBehind(record.topic, record.partition, at(offsets, 0));
};

/** Appends a config event of a request, and returns once it can be read here. */
export const recorded = async (
  client: LogClient,
  view: View,
  request: ArmRequest,
  event: Pick<AssayEvent<Topic>, 'topic' | 'subject' | 'data'>,
): Promise<void> => {
  const marks = marksOf(request);
  const { topic, offsets } = await appended(client, {
    ...marks,
    ...event,
    source: '/assay/recommendation',
    time: new Date().toISOString(),
    correlationid: marks.id,
  } as AssayEvent<Topic>);
  if (!(await view.reached(topic, offsets))) throw unavailable('The change is recorded, but cannot be read here yet.');
  view.queries.notified(callerOf(request).name);
};

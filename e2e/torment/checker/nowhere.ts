import { placementKey, type NotificationReceived, type Placement } from '@assay/events';
import { faults, type Fault } from './fault.ts';
import { isAboutTag } from './lost.ts';
import type { Received, LogReading } from './reading.ts';
import type { TormentTruth } from './truth.ts';

const nowhere = faults('out of nowhere');

/**
 * Records without an origin: an event whose cause is not in the log, an image that was never pushed, a record that is
 * no event.
 */
export const outOfNowhereIn = (reading: LogReading, { pushes, poison, gone }: TormentTruth): Fault[] => {
  const wasEmitted = (id: string): boolean => reading.ids.has(id) || gone.has(id);
  const all: readonly Received[] = [...reading.received, ...reading.dropped];
  const pushed = new Set(pushes.map(placementKey));
  // No event causes a standstill of a partition: the standstill names its place instead.
  const isHalt = ({ topic, data, causationid }: Received['event']): boolean =>
    topic === 'operator.acted' && data.command === 'halt' && data.target === causationid;
  const tagged = new Set(pushes.map((push) => `${placementKey(push)} ${push.tag}`));
  const isStrange = (data: object): boolean =>
    'registryId' in data && 'repository' in data && 'digest' in data && !pushed.has(placementKey(data as Placement));
  const noticed = ({ registryId = '', repository, digest = '', tag, action }: NotificationReceived): boolean =>
    action === 'delete' ||
    (tag !== undefined && !tagged.has(`${placementKey({ registryId, repository, digest })} ${tag}`));
  return nowhere([
    ...reading.unreadable
      .filter(({ headers }) => !poison.has(headers.ce_id ?? ''))
      .map(
        ({ topic, partition, offset }) => `${topic}/${partition}/${offset} cannot be read, and nobody meant it to be`,
      ),
    ...all
      .filter(({ event }) => !isHalt(event))
      .filter(({ event: { causationid } }) => causationid !== undefined && !wasEmitted(causationid))
      .map(({ topic, event: { id, causationid } }) => `${topic} ${id} answers ${causationid}, which is not in the log`),
    ...all
      .filter(({ event: { correlationid } }) => correlationid !== undefined && !wasEmitted(correlationid))
      .map(
        ({ topic, event: { id, correlationid } }) =>
          `${topic} ${id} belongs to ${correlationid}, which is not in the log`,
      ),
    ...all
      .filter(({ topic, event }) => topic !== 'notification.received' && isStrange(event.data))
      .map(({ topic, event: { id, subject } }) => `${topic} ${id} is about ${subject}, which nobody pushed there`),
    ...reading
      .of('notification.received')
      .filter(({ event }) => !isAboutTag(event) && (noticed(event.data) || isStrange(event.data)))
      .map(
        ({ event: { id, data } }) =>
          `notification ${id} tells of a ${data.action} of ${data.repository}@${data.digest} that nobody did`,
      ),
  ]);
};

import { noticeOf, textOf, isObject, type Read } from './notification.ts';

/** One event of Event Grid, whichever of its two schemas it came in. */
export interface GridEvent {
  readonly sender: 'event-grid' | 'cloud-event';
  readonly id: string;
  readonly type: string;
  /** The ARM id of what it is about: `topic`, or `source`. */
  readonly about: string;
  readonly time: unknown;
  readonly data: unknown;
  readonly body: unknown;
}

const actions: ReadonlyMap<string, 'push' | 'delete'> = new Map([
  ['Microsoft.ContainerRegistry.ImagePushed', 'push'],
  ['Microsoft.ContainerRegistry.ImageDeleted', 'delete'],
]);

/** Types that are known and say nothing about an image. */
const silent: ReadonlyMap<string, string> = new Map([
  ['Microsoft.ContainerRegistry.ChartPushed', 'chart_push'],
  ['Microsoft.ContainerRegistry.ChartDeleted', 'chart_delete'],
  ['Microsoft.EventGrid.SubscriptionDeletedEvent', 'subscription-deleted'],
]);

/** Which registry it is about is said by `topic` or `source`, never by what stands in its data. */
export const readGridEvent = ({ sender, id, type, about, time, data, body }: GridEvent, receivedAt: string): Read => {
  const action = actions.get(type);
  if (!action) return { ignored: silent.get(type) ?? 'unknown-type' };
  if (!isObject(data) || !isObject(data.target)) return { ignored: 'no-target' };
  return noticeOf(
    { sender, id, action, registryId: about, target: data.target, timestamp: textOf(data.timestamp) ?? time, body },
    receivedAt,
  );
};

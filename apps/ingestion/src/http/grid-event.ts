import { noticeOf, textOf, isObject, type OtherKind, type Read } from './notification.ts';

/** One event of Event Grid, in either of its two schemas. */
export interface GridEvent {
  readonly sender: 'event-grid' | 'cloud-event';
  readonly id: string;
  readonly type: string;
  /** The ARM id of the registry: `topic` or `source`. */
  readonly about: string;
  readonly time: unknown;
  readonly data: unknown;
  readonly body: unknown;
}

const actions: ReadonlyMap<string, 'push' | 'delete'> = new Map([
  ['Microsoft.ContainerRegistry.ImagePushed', 'push'],
  ['Microsoft.ContainerRegistry.ImageDeleted', 'delete'],
]);

/** Known types that concern no image. */
const silent: ReadonlyMap<string, OtherKind> = new Map<string, OtherKind>([
  ['Microsoft.ContainerRegistry.ChartPushed', 'chart_push'],
  ['Microsoft.ContainerRegistry.ChartDeleted', 'chart_delete'],
  ['Microsoft.EventGrid.SubscriptionDeletedEvent', 'subscription-deleted'],
]);

/** Reads one event. `topic` or `source` names the registry, never the data. */
export const readGridEvent = ({ sender, id, type, about, time, data, body }: GridEvent, receivedAt: string): Read => {
  const action = actions.get(type);
  if (!action) return { ignored: silent.get(type) ?? 'unknown-type' };
  if (!isObject(data) || !isObject(data.target)) return { ignored: 'no-target' };
  return noticeOf(
    { sender, id, action, registryId: about, target: data.target, timestamp: textOf(data.timestamp) ?? time, body },
    receivedAt,
  );
};

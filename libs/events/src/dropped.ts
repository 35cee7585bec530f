import { isOf, type AnyEvent } from './envelope.ts';
import { targetIn } from './target.ts';

/** An event that an operator dropped, and the service that does not handle it. */
export interface DroppedEvent {
  readonly app: string;
  readonly topic: string;
  readonly id: string;
}

/** The event that a service reports as dropped. Nothing for any other event, or if the dropped record had no id. */
export const droppedIn = (event: AnyEvent): DroppedEvent | undefined => {
  if (!isOf(event, 'operator.acted') || event.data.outcome !== 'dropped') return undefined;
  const target = targetIn(event.data.target);
  const { id } = (event.data.details ?? {}) as { readonly id?: unknown };
  return target && typeof id === 'string' ? { app: target.app, topic: target.topic, id } : undefined;
};

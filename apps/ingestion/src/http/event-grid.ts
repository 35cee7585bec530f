import type { GridEvent } from './grid-event.ts';
import { isObject, textOf } from './notification.ts';

const validationType = 'Microsoft.EventGrid.SubscriptionValidationEvent';

/** Reads events in Event Grid's own schema; `undefined` where the body is not in it. */
export const readEventGrid = (body: unknown): GridEvent[] | undefined => {
  if (!Array.isArray(body)) return undefined;
  const events = body.flatMap((each: unknown): GridEvent[] => {
    if (!isObject(each)) return [];
    const [id, type, about] = [textOf(each.id), textOf(each.eventType), textOf(each.topic)];
    return id && type && about
      ? [{ sender: 'event-grid', id, type, about, time: each.eventTime, data: each.data, body: each }]
      : [];
  });
  return events.length === body.length ? events : undefined;
};

/** Whether somebody asks that we confirm a subscription: by the header and by the type. */
export const isValidation = (eventType: string | undefined, events: readonly GridEvent[]): boolean =>
  eventType?.toLowerCase() === 'subscriptionvalidation' || events.some(({ type }) => type === validationType);

/**
 * What confirms a subscription, where header and event say together that it is asked for. The event's `validationUrl`
 * is the other way and not taken: whoever can send it would choose what we visit.
 */
export const validationOf = (
  eventType: string | undefined,
  events: readonly GridEvent[],
): { readonly about: string; readonly code: string } | undefined => {
  const [event] = events;
  if (
    eventType?.toLowerCase() !== 'subscriptionvalidation' ||
    events.length !== 1 ||
    event?.type !== validationType ||
    !isObject(event.data)
  )
    return undefined;
  const code = textOf(event.data.validationCode);
  return code === undefined ? undefined : { about: event.about, code };
};

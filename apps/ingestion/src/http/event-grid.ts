import type { GridEvent } from './grid-event.ts';
import { isObject, textOf } from './notification.ts';

const validationType = 'Microsoft.EventGrid.SubscriptionValidationEvent';

/** Reads events in Event Grid's own schema. Returns `undefined` if the body does not have that schema. */
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

/** True if the request asks to confirm a subscription, by its header or by its type. */
export const isValidation = (eventType: string | undefined, events: readonly GridEvent[]): boolean =>
  eventType?.toLowerCase() === 'subscriptionvalidation' || events.some(({ type }) => type === validationType);

/**
 * Returns the code that confirms a subscription, if header and event both ask for it. The other way, the event's
 * `validationUrl`, is not taken: any sender could choose a URL that we request.
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

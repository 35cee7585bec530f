import { targetOf, type App } from '@assay/events';
import type { Order } from './orders.ts';
import type { Draft } from './program.ts';
import type { Parked } from './store.ts';

const draftOf = (app: App, event: Parked, order: Order | undefined, data: { readonly command: string; readonly outcome: string; readonly why: string }): Draft => {
  const target = targetOf({ app, ...event });
  const id = event.headers.ce_id ?? target;
  return {
    topic: 'operator.acted', about: target, key: event.key, ...(order ? { n: data.outcome } : {}),
    // Told with the push, below the order that it answers.
    cause: { id: order?.id ?? id, correlationid: event.headers.ce_correlationid ?? id, traceparent: order?.traceparent ?? event.headers.ce_traceparent },
    data: { target, by: app, ...data, details: { key: event.key, code: event.code, topic: event.topic, ...(event.headers.ce_id ? { id: event.headers.ce_id } : {}) } },
  };
};

/** The audit record of an event that was parked, or parked again when an order was carried out. */
export const parking = (app: App, event: Parked, order?: Order): Draft =>
  draftOf(app, event, order, { command: 'park', outcome: 'parked', why: `${event.code}: ${event.message}` });

export type Released = 'redriven' | 'dropped';

/** The audit record of an event that is parked no more. */
export const releasing = (app: App, event: Parked, outcome: Released, order: Order): Draft =>
  draftOf(app, event, order, { command: outcome === 'dropped' ? 'drop' : 'redrive', outcome, why: order.why });

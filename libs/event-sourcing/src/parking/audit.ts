import { targetOf, type App } from '@assay/events';
import type { OperatorCommand } from './operator-commands.ts';
import type { EventDraft } from '../decider/decider.ts';
import type { Standstill } from '../checkpoint/standstill.ts';
import type { Parked } from '../stores/store.ts';

const draftOf = (
  app: App,
  event: Parked,
  order: OperatorCommand | undefined,
  data: { readonly command: string; readonly outcome: string; readonly why: string },
): EventDraft => {
  const target = targetOf({ app, ...event });
  const id = event.headers.ce_id ?? target;
  return {
    topic: 'operator.acted',
    idempotencyKey: target,
    key: event.key || target,
    ...(order ? { occurrence: data.outcome } : {}),
    // Caused by the order, if there is one, and correlated with the push of the event.
    cause: {
      id: order?.id ?? id,
      correlationid: event.headers.ce_correlationid ?? id,
      traceparent: order?.traceparent ?? event.headers.ce_traceparent,
    },
    data: {
      target,
      by: app,
      ...data,
      details: {
        key: event.key,
        code: event.code,
        topic: event.topic,
        ...(event.headers.ce_id ? { id: event.headers.ce_id } : {}),
      },
    },
  };
};

/** The audit record of an event that was parked, or parked again while an order was carried out. */
export const parking = (app: App, event: Parked, order?: OperatorCommand): EventDraft =>
  draftOf(app, event, order, { command: 'park', outcome: 'parked', why: `${event.code}: ${event.message}` });

export type Released = 'redriven' | 'dropped';

/** The audit record of an event that is no longer parked. */
export const releasing = (app: App, event: Parked, outcome: Released, order: OperatorCommand): EventDraft =>
  draftOf(app, event, order, { command: outcome === 'dropped' ? 'drop' : 'redrive', outcome, why: order.why });

/** The target by which operators name a partition that stands still. */
export const placeOf = (app: App, partition: number, { topic, offset }: Pick<Standstill, 'topic' | 'offset'>): string =>
  targetOf({ app, topic, partition, offset });

/** The audit record of a partition that begins to stand still. */
export const halting = (app: App, partition: number, standstill: Standstill): EventDraft => {
  const target = placeOf(app, partition, standstill);
  return {
    topic: 'operator.acted',
    idempotencyKey: target,
    key: target,
    id: standstill.id,
    cause: { id: target, correlationid: standstill.id },
    data: {
      command: 'halt',
      target,
      by: app,
      why: `${standstill.code}: ${standstill.message}`,
      outcome: 'halted',
      details: { topic: standstill.topic, code: standstill.code },
    },
  };
};

/**
 * The audit record of a partition that goes on: by an order, or because its store holds nothing any more that the log
 * lacks.
 */
export const resuming = (
  app: App,
  target: string,
  because: { readonly id: string; readonly why: string; readonly traceparent?: string | undefined },
): EventDraft => ({
  topic: 'operator.acted',
  idempotencyKey: target,
  key: target,
  occurrence: 'resumed',
  cause: { id: because.id, correlationid: because.id, traceparent: because.traceparent },
  data: { command: 'resume', target, by: app, why: because.why, outcome: 'resumed' },
});

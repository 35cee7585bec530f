import { SpanKind, type Attributes } from '@opentelemetry/api';
import {
  at,
  channelOf,
  definitionOf,
  derivedId,
  encode,
  isConfigTopic,
  isoTime,
  present,
  typeOf,
  unsequencedTopics,
  type AnyEvent,
  type App,
} from '@assay/events';
import { partitionOf, type NewRecord } from '@assay/messaging';
import type { ServiceTracer, Traced } from '@assay/telemetry';
import type { EventDraft } from './decider.ts';
import { sequence } from '../processor/sequence.ts';

export interface OutgoingEvent {
  readonly event: AnyEvent;
  readonly record: NewRecord;
  /** The span of the batch with which the event is sent. */
  readonly span: Traced;
}

export interface EventWriter {
  readonly app: App;
  readonly partition: number;
  readonly partitions: number;
  readonly epoch: number;
  readonly now: number;
  readonly tracer: ServiceTracer;
  /** The span in which an event is being handled, by the event's id. */
  readonly handling: ReadonlyMap<string, Traced>;
}

/**
 * Makes events of the drafts of one decision. Those that a trace cannot tell apart share a span: an image may have
 * hundreds of descriptions.
 *
 * @param first number of the first event
 */
export const toEvents = (
  drafts: readonly EventDraft[],
  key: string,
  first: number,
  writer: EventWriter,
): readonly OutgoingEvent[] => {
  const spans = new Map<EventDraft, Traced>();
  for (const batch of Map.groupBy(drafts, batchOf).values()) {
    const span = sending(batch, writer);
    for (const draft of batch) spans.set(draft, span);
  }
  return drafts.map((draft, index) => toEvent(draft, key, first + index, writer, spans.get(draft)));
};

const batchOf = ({ topic, cause, links, data }: EventDraft): string =>
  JSON.stringify([topic, cause.id, links, judgement(data)]);

/** Starts the span of a batch, by the conventions of OpenTelemetry for messaging. */
const sending = (batch: readonly EventDraft[], { partition, tracer, handling }: EventWriter): Traced => {
  const { topic, cause, links, data } = at(batch, 0);
  return tracer.start(`send ${topic}`, {
    kind: SpanKind.PRODUCER,
    parent: handling.get(cause.id)?.traceparent ?? cause.traceparent,
    ...(links ? { links } : {}),
    attributes: {
      'messaging.system': 'assay',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.message.conversation_id': cause.correlationid,
      ...(batch.length > 1 ? { 'messaging.batch.message_count': batch.length } : {}),
      ...judgement(data),
    },
  });
};

/**
 * Makes an event of a draft. Only events in the processor's own partition carry a sequence. A notification for another
 * digest and an audit record go elsewhere, and their repeats are identified by id.
 */
export const toEvent = (
  draft: EventDraft,
  key: string,
  number: number,
  writer: EventWriter,
  span = sending([draft], writer),
): OutgoingEvent => {
  const { app, partition, partitions, epoch, now } = writer;
  const { topic, cause, idempotencyKey, occurrence = 1 } = draft;
  const subject = draft.key ?? key;
  const { version } = present(definitionOf(topic), 'definition of the topic');
  const own = !isConfigTopic(topic) && !unsequencedTopics.includes(topic);
  const event = {
    id: draft.id ?? derivedId(cause.id, typeOf(topic, version), idempotencyKey, occurrence),
    source: `/assay/${app}`,
    subject,
    time: isoTime(now),
    causationid: cause.id,
    correlationid: cause.correlationid,
    ...(own ? { sequence: sequence(epoch, number) } : {}),
    ...(span.traceparent ? { traceparent: span.traceparent } : {}),
    topic,
    data: draft.data,
  } satisfies AnyEvent;
  const target = isConfigTopic(topic) ? 0 : own ? partition : partitionOf(subject, partitions);
  return { event, record: { ...encode(event), topic: channelOf(topic), partition: target }, span };
};

/** The status of an image, the outcome of a scan, and their reason. A collector decides by these what it keeps. */
const judgement = (data: EventDraft['data']): Attributes => {
  const { status, outcome, reason } = data as { status?: unknown; outcome?: unknown; reason?: unknown };
  return {
    ...(typeof status === 'string' ? { 'assay.status': status } : {}),
    ...(typeof outcome === 'string' ? { 'assay.outcome': outcome } : {}),
    ...(typeof reason === 'string' ? { 'assay.reason': reason } : {}),
  };
};

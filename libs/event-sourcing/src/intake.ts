import { SpanKind } from '@opentelemetry/api';
import { decode, type Decoded } from '@assay/events';
import type { Batch, Dispatch, LogRecord } from '@assay/messaging';
import type { ServiceTracer, Traced } from '@assay/telemetry';
import type { Observer } from './observer.ts';
import { beforeAll, compareSequences } from './sequence.ts';
import type { Parked } from './store.ts';
import type { Unit } from './unit.ts';

/** A batch whose bytes were parsed, not yet handled. */
export interface Reading extends Batch {
  readonly decoded: readonly { readonly record: LogRecord; readonly it: Decoded }[];
  /** The keys that its events are about. */
  readonly keys: readonly string[];
}

export const reading = (batch: Batch): Reading => {
  const decoded = batch.records.map((record) => ({ record, it: decode(batch.topic, record) }));
  return { ...batch, decoded, keys: [...new Set(decoded.flatMap(({ it }) => (it.kind === 'event' ? [it.event.subject] : [])))] };
};

export interface IntakePorts {
  readonly app: string;
  readonly unit: Unit<never, never>;
  readonly halted: ReadonlySet<string>;
  readonly dispatch: Dispatch;
  readonly tracer: ServiceTracer;
  readonly observer: Observer;
  readonly now: number;
}

export interface Taken {
  /** Highest sequence of the topic so far. */
  readonly mark: string;
  readonly parked: readonly Parked[];
  /** The open spans of what was handled, by event id. */
  readonly handling: ReadonlyMap<string, Traced>;
}

/** Hands each event to its handler. What cannot be handled is parked and halts its key; the others go on. */
export const takeIn = async ({ topic, partition, decoded }: Reading, from: string | undefined, ports: IntakePorts): Promise<Taken> => {
  const { unit, dispatch, tracer, observer, app } = ports;
  const parked: Parked[] = [];
  const handling = new Map<string, Traced>();
  const halted = new Set(ports.halted);
  let mark = from ?? beforeAll;
  const park = (record: LogRecord, key: string, code: string, message: string): void => {
    parked.push(parkedOf(record, key, code, message, ports.now));
    halted.add(key);
    observer.parked(topic, code);
  };
  const repeated = (sequence: string | undefined): boolean => {
    if (sequence === undefined) return false;
    if (compareSequences(sequence, mark) <= 0) return true;
    mark = sequence;
    return false;
  };
  for (const { record, it } of decoded) {
    if (it.kind === 'fence') repeated(it.sequence);
    else if (it.kind === 'unknown') observer.skipped(topic, it.type);
    else if (it.kind === 'invalid') park(record, record.key, it.code, it.message);
    else if (repeated(it.event.sequence)) observer.repeated(topic);
    else if (halted.has(it.event.subject)) park(record, it.event.subject, 'key-halted', 'an earlier event of this image is parked');
    else {
      const { event } = it;
      const back = unit.snapshot(event.subject);
      const span = tracer.start(`process ${topic}`, { kind: SpanKind.CONSUMER, parent: event.traceparent, attributes: {
        'messaging.system': 'assay', 'messaging.operation.name': 'process', 'messaging.operation.type': 'process', 'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(partition), 'messaging.consumer.group.name': app, 'messaging.message.id': event.id } });
      try {
        await dispatch(event, { unit });
        handling.set(event.id, span);
      } catch (error) {
        back();
        span.end(error);
        park(record, event.subject, 'handler-failed', messageOf(error));
      }
    }
  }
  return { mark, parked, handling };
};

export const parkedOf = ({ topic, partition, offset, headers, value }: LogRecord, key: string, code: string, message: string, now: number): Parked =>
  ({ topic, partition, offset, key, code, message, parkedAt: new Date(now).toISOString(), headers, value });

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

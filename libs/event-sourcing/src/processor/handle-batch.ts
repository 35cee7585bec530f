import { SpanKind } from '@opentelemetry/api';
import {
  decode,
  fenceType,
  markType,
  type AnyEvent,
  type App,
  type Decoded,
  type Mark,
  type ParkCode,
} from '@assay/events';
import { newerAt, partitionOf, type Batch, type Dispatch, type LogRecord } from '@assay/messaging';
import type { ServiceTracer, Traced } from '@assay/telemetry';
import type { ParkedKeys } from '../parking/parked-keys.ts';
import type { Observer } from '../observer.ts';
import type { OperatorCommands } from '../parking/operator-commands.ts';
import { beforeAll, compareSequences } from './sequence.ts';
import type { Parked } from '../stores/store.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** A batch with its records decoded, but not handled. */
export interface DecodedBatch extends Batch {
  readonly decoded: readonly { readonly record: LogRecord; readonly content: Decoded }[];
}

export const decodeBatch = (batch: Batch): DecodedBatch => ({
  ...batch,
  decoded: batch.records.map((record) => ({ record, content: decode(batch.topic, record) })),
});

/**
 * The keys of a batch's events, taken from their headers. So the states can be loaded while the batch is decoded. A
 * record that cannot be read is about its own key.
 */
export const keysIn = ({ records }: Batch): readonly string[] => [
  ...new Set(
    records.flatMap(({ key, headers: { ce_type: type, ce_subject: subject } }) =>
      type === fenceType || type === markType ? [] : [subject ?? key, key].filter((each) => each !== ''),
    ),
  ),
];

export interface HandlingPorts {
  readonly app: App;
  /** Number of partitions of the keyed topics. */
  readonly partitions: number;
  readonly unit: UnitOfWork<never, never>;
  readonly dispatch: Dispatch;
  readonly tracer: ServiceTracer;
}

export interface HandleBatchPorts extends HandlingPorts {
  readonly parkedKeys: Pick<ParkedKeys, 'blocks' | 'holds'>;
  readonly commands: Pick<OperatorCommands, 'isDropped' | 'hasDropped'>;
  readonly observer: Observer;
  readonly now: number;
}

export interface HandledBatch {
  /** Highest sequence of the topic so far. */
  readonly lastSequence: string;
  /** The mark in the batch, if it is no repeat. */
  readonly mark?: Mark | undefined;
  readonly parked: readonly Parked[];
  /** The open spans of the handled events, by event id. */
  readonly handling: ReadonlyMap<string, Traced>;
  /** The position at which the batch ended early, and why: later records are for a newer program. */
  readonly wait?: ReturnType<typeof newerAt> | undefined;
}

type Invalid = Extract<Decoded, { kind: 'invalid' }>;

/** Reason to park an event that is not itself at fault. */
export const keyParked = {
  code: 'key-halted' satisfies ParkCode,
  message: 'an earlier event of this image is parked',
} as const;

/**
 * Hands each event to its handler. An event that cannot be handled is parked and halts its key, and other keys go on.
 * The batch ends before the first event of a newer program.
 */
export const handleBatch = async (
  { topic, partition, decoded }: DecodedBatch,
  from: string | undefined,
  ports: HandleBatchPorts,
): Promise<HandledBatch> => {
  const { parkedKeys, commands, observer } = ports;
  const parked: Parked[] = [];
  const handling = new Map<string, Traced>();
  const haltedHere = new Set<string>();
  let lastSequence = from ?? beforeAll;
  let mark: Mark | undefined;
  let wait: ReturnType<typeof newerAt> | undefined;
  const park = (record: LogRecord, key: string, code: ParkCode, message: string): void => {
    parked.push(parkedOf(record, key, code, message, ports.now));
    haltedHere.add(key);
    observer.parked(topic, code);
    traceParked(record, code, message, ports);
  };
  const isRepeat = (sequence: string | undefined): boolean =>
    sequence !== undefined && compareSequences(sequence, lastSequence) <= 0;
  const repeated = (sequence: string | undefined): boolean => {
    if (isRepeat(sequence)) return true;
    lastSequence = sequence ?? lastSequence;
    return false;
  };
  // The sequence of an unreadable record is not trusted: it could make repeats of all later records. Repeats of
  // unreadable records are therefore identified by id.
  const isKnown = ({ id, sequence }: Pick<Invalid, 'id' | 'sequence'>): boolean =>
    id !== undefined &&
    sequence !== undefined &&
    (parked.some(({ headers }) => headers.ce_id === id) ||
      parkedKeys.holds(topic, id) ||
      commands.hasDropped(topic, id));
  for (const { record, content } of decoded) {
    if (content.kind === 'newer' && !isRepeat(content.sequence) && !commands.isDropped(record)) {
      wait = newerAt(record, content.message);
      break;
    }
    if (content.kind === 'fence') repeated(content.sequence);
    else if (content.kind === 'mark') {
      if (repeated(content.mark.sequence)) observer.repeated(topic);
      else ({ mark } = content);
    } else if (content.kind === 'unknown') {
      repeated(content.sequence);
      observer.skipped(record, content.type);
    }
    // A repeat of an unreadable record counts as a repeat. If it was parked, a later program that can read it might
    // count it twice.
    else if (content.kind === 'event' ? repeated(content.event.sequence) : isRepeat(content.sequence))
      observer.repeated(topic);
    else if (content.kind === 'newer' || commands.isDropped(record))
      ports.unit.drop(content.kind === 'event' ? content.event.subject : record.key, topic);
    else if (content.kind === 'invalid' && isKnown(content)) observer.repeated(topic);
    else if (content.kind === 'invalid')
      park(record, record.key, content.code, faultOf(record, content.message, ports.partitions));
    else if (haltedHere.has(content.event.subject) || parkedKeys.blocks(content.event.subject, topic))
      park(record, content.event.subject, keyParked.code, keyParked.message);
    else {
      const { event } = content;
      const handled = await handle(event, partition, ports);
      if ('span' in handled) handling.set(event.id, handled.span);
      else park(record, event.subject, handled.failure.code, handled.failure.message);
    }
  }
  const earlyMs = Math.max(
    0,
    ...decoded.map(({ content }) => (content.kind === 'event' ? Date.parse(content.event.time) - ports.now : 0)),
  );
  if (earlyMs > 0) observer.early(topic, earlyMs);
  return { lastSequence, mark, parked, handling, wait };
};

/** Marks the trace of a parked event, also of one that cannot be read, so that a collector keeps it. */
const traceParked = (
  { topic, partition, headers }: LogRecord,
  code: string,
  message: string,
  { app, tracer }: HandlingPorts,
): void =>
  tracer
    .start(`park ${topic}`, {
      parent: headers.ce_traceparent,
      attributes: {
        'messaging.system': 'assay',
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(partition),
        'messaging.consumer.group.name': app,
        'assay.parked': code,
      },
    })
    .end(message);

/**
 * Describes the fault of an unreadable record. If the record is not in the partition of its key, no event of that key
 * waits behind it.
 */
export const faultOf = (
  { key, partition }: Pick<LogRecord, 'key' | 'partition'>,
  message: string,
  partitions: number,
): string => {
  const own = partitionOf(key, partitions);
  return own === partition
    ? message
    : `${message}; its key belongs to partition ${own}, so nothing of that is halted by it`;
};

/** Hands one event to its handler. If the handler fails, its changes are undone. */
export const handle = async (
  event: AnyEvent,
  partition: number,
  { app, unit, dispatch, tracer }: HandlingPorts,
  links: readonly (string | undefined)[] = [],
): Promise<{ readonly span: Traced } | { readonly failure: { readonly code: ParkCode; readonly message: string } }> => {
  const back = unit.snapshot(event.subject);
  const span = tracer.start(`process ${event.topic}`, {
    kind: SpanKind.CONSUMER,
    parent: event.traceparent,
    links,
    attributes: {
      'messaging.system': 'assay',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': event.topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.consumer.group.name': app,
      'messaging.message.id': event.id,
    },
  });
  try {
    await dispatch(event, { unit });
    return { span };
  } catch (error) {
    back();
    span.end(error);
    return { failure: { code: 'handler-failed', message: messageOf(error) } };
  }
};

const parkedOf = (
  { topic, partition, offset, headers, value }: LogRecord,
  key: string,
  code: string,
  message: string,
  now: number,
): Parked => ({ topic, partition, offset, key, code, message, parkedAt: new Date(now).toISOString(), headers, value });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

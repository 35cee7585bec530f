import { decode, present, type ParkCode } from '@assay/events';
import type { Traced } from '@assay/telemetry';
import type { Released } from './audit.ts';
import type { ParkedKeys } from './parked-keys.ts';
import { faultOf, handle, keyParked, type HandlingPorts } from '../processor/handle-batch.ts';
import type { OperatorCommand, OperatorCommands } from './operator-commands.ts';
import type { Parked } from '../stores/store.ts';

export interface Release {
  readonly gone: readonly { readonly event: Parked; readonly outcome: Released }[];
  /** The released and re-parked events, as they were before. */
  readonly unpark: readonly Parked[];
  readonly parked: readonly Parked[];
  /** The open spans of the handled events, by event id. */
  readonly handling: ReadonlyMap<string, Traced>;
}

export interface ReleasePorts extends HandlingPorts {
  readonly parkedKeys: Pick<ParkedKeys, 'blocks'>;
  readonly commands: Pick<OperatorCommands, 'noteDropped' | 'hasDroppedBehind'>;
}

/**
 * Carries out an order about one event of a queue of parked events (one topic and key, in order). The events behind it
 * are handled, until one fails again or has its own fault.
 */
export const release = async (
  order: OperatorCommand,
  queue: readonly Parked[],
  ports: ReleasePorts,
): Promise<Release> => {
  const rest = new Map(queue.map((event) => [event.offset, event]));
  const gone: { event: Parked; outcome: Released }[] = [];
  const handling = new Map<string, Traced>();
  const markReleased = (event: Parked, outcome: Released): void => {
    rest.delete(event.offset);
    gone.push({ event, outcome });
  };
  const isBlocked = (event: Parked, key: string): boolean =>
    key === event.key
      ? [...rest.keys()].some((offset) => offset < event.offset)
      : ports.parkedKeys.blocks(key, event.topic, event.offset);
  const tried = async (event: Parked): Promise<boolean> => {
    const failure = await failureOf(event, isBlocked, ports, order, handling);
    if (failure) rest.set(event.offset, { ...event, ...failure, order: order.at });
    else {
      markReleased(event, 'redriven');
      // A restore meets the dropped event behind this one.
      if (ports.commands.hasDroppedBehind(event)) ports.unit.drop(event.key, event.topic);
    }
    return !failure;
  };
  const ordered = present(rest.get(order.offset), 'ordered event');
  if (order.command === 'drop') {
    markReleased(ordered, 'dropped');
    ports.commands.noteDropped(ordered);
    ports.unit.drop(ordered.key, ordered.topic);
  } else await tried(ordered);
  for (const event of rest.values()) {
    if (event.code !== keyParked.code || !(await tried(event))) break;
  }
  const parked = queue
    .map(({ offset }) => rest.get(offset))
    .filter((event) => event !== undefined && event.order === order.at) as Parked[];
  const touched = new Set([...gone.map(({ event }) => event.offset), ...parked.map(({ offset }) => offset)]);
  return { gone, parked, unpark: queue.filter(({ offset }) => touched.has(offset)), handling };
};

type Failure = Pick<Parked, 'message'> & { readonly code: ParkCode; readonly key?: string };

/** Decodes the event with the present program, and hands it to its handler. Returns nothing on success. */
const failureOf = async (
  parked: Parked,
  isBlocked: (event: Parked, key: string) => boolean,
  ports: ReleasePorts,
  order: OperatorCommand,
  handling: Map<string, Traced>,
): Promise<Failure | undefined> => {
  const decoded = decode(parked.topic, parked);
  if (decoded.kind === 'invalid')
    return { code: decoded.code, message: faultOf(parked, decoded.message, ports.partitions) };
  if (decoded.kind === 'newer') return { code: 'newer-version', message: decoded.message };
  if (decoded.kind !== 'event') return undefined;
  const { event } = decoded;
  if (isBlocked(parked, event.subject)) return { key: event.subject, ...keyParked };
  const handled = await handle(event, parked.partition, ports, [order.traceparent]);
  if ('failure' in handled) return { key: event.subject, ...handled.failure };
  handling.set(event.id, handled.span);
  return undefined;
};

import { isOf, targetIn, type AnyEvent, type App, type Target } from '@assay/events';
import type { LogRecord } from '@assay/messaging';

/** An operator's order about a parked event. */
export interface OperatorCommand extends Target {
  readonly command: 'redrive' | 'drop';
  /** Offset of the order in `operator.acted`. */
  readonly at: number;
  readonly id: string;
  /** Id of the event that the order is about. Absent if the event has none, or the order does not name it. */
  readonly event?: string | undefined;
  readonly by: string;
  readonly why: string;
  readonly traceparent?: string | undefined;
}

type Place = Pick<Target, 'topic' | 'partition' | 'offset'>;
type InLog = Place & Pick<LogRecord, 'headers'>;

/**
 * After a topic was cut, another event may have the position that an order names. The order applies to its own event
 * only.
 */
export const isAbout = (ordered: string | undefined, { headers: { ce_id: id } }: Pick<LogRecord, 'headers'>): boolean =>
  ordered === undefined || id === undefined || ordered === id;

const keyIn = (details: unknown): string | undefined => {
  const { key } = (details ?? {}) as { readonly key?: unknown };
  return typeof key === 'string' ? key : undefined;
};

const eventIn = (details: unknown): string | undefined => {
  const { id } = (details ?? {}) as { readonly id?: unknown };
  return typeof id === 'string' ? id : undefined;
};

const placeOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`;

type OfKey = Place & { readonly key: string };

const queueOf = ({ topic, partition, key }: OfKey): string => `${topic}/${partition}/${key}`;

/** An order counts once: an event that is parked again holds the offset of the order. */
export const isNewFor = ({ at }: OperatorCommand, { order = -1 }: { readonly order?: number }): boolean => at > order;

/** An operator's order to resume a partition that stands still. */
export interface Resumption {
  readonly partition: number;
  readonly id: string;
  readonly why: string;
  readonly traceparent?: string | undefined;
}

/**
 * The orders for one service about parked events and partitions that stand still, and the events dropped by it, all
 * from `operator.acted`.
 */
export class OperatorCommands {
  readonly #orders = new Map<string, OperatorCommand[]>();
  /** By position: ids of the dropped events, as far as known. */
  readonly #dropped = new Map<string, (string | undefined)[]>();
  /** By topic and id, at any position. */
  readonly #droppedIds = new Set<string>();
  /** Offset of the last dropped event, by topic, partition and key. */
  readonly #lastDropped = new Map<string, number>();
  readonly #handled = new Set<string>();
  /** By the id of the event that reported the standstill. */
  readonly #resumptions = new Map<string, Resumption>();
  /** The partitions reported to stand still, and not to go on since. By partition: id and target of the report. */
  readonly #standing = new Map<number, { readonly id: string; readonly target: string }>();
  readonly #watchers = new Set<(order: Pick<OperatorCommand, 'partition'>) => void>();

  constructor(private readonly app: App) {}

  take(event: AnyEvent, at: number): void {
    if (!isOf(event, 'operator.acted')) return;
    const {
      data: { command, target: text, by, why, outcome, details },
      id,
      causationid,
      traceparent,
    } = event;
    const target = targetIn(text);
    if (target?.app !== this.app) return;
    if (command === 'halt') this.#standing.set(target.partition, { id, target: text });
    if (command === 'resume')
      return this.#resume(target.partition, outcome, causationid ?? '', {
        partition: target.partition,
        id,
        why,
        traceparent,
      });
    const place = placeOf(target);
    if (command === 'park') this.#handled.delete(place);
    if (command !== 'redrive' && command !== 'drop') return;
    if (outcome === 'dropped') {
      this.#dropped.set(place, [...(this.#dropped.get(place) ?? []), eventIn(details)]);
      this.#droppedIds.add(`${target.topic}/${eventIn(details)}`);
      const key = keyIn(details);
      if (key !== undefined) this.noteDropped({ ...target, key });
    }
    if (outcome === 'redriven') this.#handledBy(causationid, place);
    if (outcome !== 'ordered' || this.#handled.has(place)) return;
    const order = { ...target, command, at, id, event: eventIn(details), by, why, traceparent };
    this.#orders.set(place, [...(this.#orders.get(place) ?? []), order]);
    for (const watcher of this.#watchers) watcher(order);
  }

  #resume(partition: number, outcome: string, halt: string, order: Resumption): void {
    if (outcome === 'resumed') this.#standing.delete(partition);
    if (outcome !== 'ordered') return;
    this.#resumptions.set(halt, order);
    for (const watcher of this.#watchers) watcher(order);
  }

  /** The order about a standstill, by the id of the event that reported it. */
  resumptionOf(halt: string): Resumption | undefined {
    return this.#resumptions.get(halt);
  }

  /** The last report about a partition, if it is that the partition stands still. */
  standing(partition: number): { readonly id: string; readonly target: string } | undefined {
    return this.#standing.get(partition);
  }

  /**
   * Discards the other orders about an event that was redriven. They came too late, and must not be carried out if a
   * restore parks the event again.
   */
  #handledBy(order: string | undefined, place: string): void {
    const orders = this.#orders.get(place) ?? [];
    this.#orders.set(place, orders.slice(0, orders.findIndex(({ id }) => id === order) + 1));
    this.#handled.add(place);
  }

  /** The orders about an event since it was last tried. */
  since(event: Place & { readonly order?: number }): readonly OperatorCommand[] {
    return this.#orders.get(placeOf(event))?.filter((order) => isNewFor(order, event)) ?? [];
  }

  /** A dropped event stays dropped when a store is restored, even if the present program could handle it. */
  isDropped(event: InLog): boolean {
    return (
      this.#dropped.size > 0 && (this.#dropped.get(placeOf(event)) ?? []).some((dropped) => isAbout(dropped, event))
    );
  }

  /** True if an event with that id was dropped. A repeat has another position. */
  hasDropped(topic: string, id: string): boolean {
    return this.#droppedIds.has(`${topic}/${id}`);
  }

  /** Notes that an event is being dropped. Its report in the log is received later, and after a restart. */
  noteDropped(event: OfKey): void {
    const queue = queueOf(event);
    this.#lastDropped.set(queue, Math.max(event.offset, this.#lastDropped.get(queue) ?? 0));
  }

  /** True if an event of the same topic and key was dropped behind this one. */
  hasDroppedBehind(event: OfKey): boolean {
    return (this.#lastDropped.get(queueOf(event)) ?? -1) > event.offset;
  }

  /** Calls the watcher with the partition of each new order. */
  watch(watcher: (order: Pick<OperatorCommand, 'partition'>) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

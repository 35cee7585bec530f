import { isOf, targetIn, type AnyEvent, type App, type Target } from '@assay/events';
import type { LogRecord } from '@assay/messaging';

/** What an operator wants done with a parked event. */
export interface OperatorCommand extends Target {
  readonly command: 'redrive' | 'drop';
  /** Where it stands in `operator.acted`. */
  readonly at: number;
  readonly id: string;
  /** Id of the event that it was given about; unknown where that had none, or nobody said. */
  readonly event?: string | undefined;
  readonly by: string;
  readonly why: string;
  readonly traceparent?: string | undefined;
}

type Place = Pick<Target, 'topic' | 'partition' | 'offset'>;
type InLog = Place & Pick<LogRecord, 'headers'>;

/** In a topic that was cut another event may lie where the one was that an order is about: it counts for no other. */
export const isAbout = (ordered: string | undefined, { headers: { ce_id: id } }: Pick<LogRecord, 'headers'>): boolean =>
  ordered === undefined || id === undefined || ordered === id;

const eventIn = (details: unknown): string | undefined => {
  const { id } = (details ?? {}) as { readonly id?: unknown };
  return typeof id === 'string' ? id : undefined;
};

const placeOf = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`;

/** An order counts once: an event that is parked again has its mark. */
export const isNewFor = ({ at }: OperatorCommand, { order = -1 }: { readonly order?: number }): boolean => at > order;

/** What an operator ordered of a partition that stands still. */
export interface Resumption {
  readonly partition: number;
  readonly id: string;
  readonly why: string;
  readonly traceparent?: string | undefined;
}

/**
 * What operators ordered of one service's parked events and of its partitions that stand still, and what it dropped, as
 * `operator.acted` says.
 */
export class OperatorCommands {
  readonly #orders = new Map<string, OperatorCommand[]>();
  /** By place: ids of the events, as far as they are known. */
  readonly #dropped = new Map<string, (string | undefined)[]>();
  /** By topic and id, wherever they lay. */
  readonly #droppedIds = new Set<string>();
  readonly #handled = new Set<string>();
  /** By the id of the event that said that a partition stands still. */
  readonly #resumptions = new Map<string, Resumption>();
  /** Those that were said to stand still, and not to go on since: their targets, by partition. */
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

  /** The order about a standstill, by the id of the event that said it. */
  resumptionOf(halt: string): Resumption | undefined {
    return this.#resumptions.get(halt);
  }

  /** What the log says last of a partition, where that is that it stands still. */
  standing(partition: number): { readonly id: string; readonly target: string } | undefined {
    return this.#standing.get(partition);
  }

  /**
   * What else was ordered of an event came too late, and must not be carried out where a store is filled anew and the
   * event is parked again.
   */
  #handledBy(order: string | undefined, place: string): void {
    const orders = this.#orders.get(place) ?? [];
    this.#orders.set(place, orders.slice(0, orders.findIndex(({ id }) => id === order) + 1));
    this.#handled.add(place);
  }

  /** What was ordered of an event since it was last tried. */
  since(event: Place & { readonly order?: number }): readonly OperatorCommand[] {
    return this.#orders.get(placeOf(event))?.filter((order) => isNewFor(order, event)) ?? [];
  }

  /** A dropped event stays dropped when a store is filled anew, also where the program of today could handle it. */
  isDropped(event: InLog): boolean {
    return (
      this.#dropped.size > 0 && (this.#dropped.get(placeOf(event)) ?? []).some((dropped) => isAbout(dropped, event))
    );
  }

  /** Whether an event of that id was dropped: what is told once more lies in another place. */
  hasDropped(topic: string, id: string): boolean {
    return this.#droppedIds.has(`${topic}/${id}`);
  }

  /** Is told of the partition of each new order. */
  watch(watcher: (order: Pick<OperatorCommand, 'partition'>) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

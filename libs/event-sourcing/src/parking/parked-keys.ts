import { isNewFor, type OperatorCommand } from './operator-commands.ts';
import type { Parked } from '../stores/store.ts';

/** The part of a parked event that is kept in memory. The rest is in the store. */
export type ParkedRef = Pick<Parked, 'topic' | 'partition' | 'offset' | 'key' | 'code'> & {
  readonly id?: string;
  readonly order?: number;
};

export const parkedRef = ({
  topic,
  partition,
  offset,
  key,
  code,
  headers: { ce_id: id },
  order,
}: Parked): ParkedRef => ({
  topic,
  partition,
  offset,
  key,
  code,
  ...(id === undefined ? {} : { id }),
  ...(order === undefined ? {} : { order }),
});

const placeOf = ({ topic, offset }: Pick<ParkedRef, 'topic' | 'offset'>): string => `${topic}/${offset}`;

/**
 * The parked events of a partition. A key with parked events is halted: nothing is emitted about it. Later events of
 * the key in the same topic wait behind them, those in other topics are received. Order holds within a topic only, so
 * the state of a halted key does not depend on how its topics interleave.
 */
export class ParkedKeys<E extends ParkedRef = ParkedRef> {
  readonly #byKey = new Map<string, Map<string, E>>();

  constructor(events: Iterable<E> = []) {
    this.add(events);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** True if an event with that id is parked in the topic. */
  holds(topic: string, id: string): boolean {
    for (const event of this) if (event.topic === topic && event.id === id) return true;
    return false;
  }

  /** True if an event of the key is parked in the topic, before an offset. */
  blocks(key: string, topic: string, before = Infinity): boolean {
    const events = this.#byKey.get(key);
    return events !== undefined && [...events.values()].some((event) => event.topic === topic && event.offset < before);
  }

  /**
   * The event that an order is about, and all parked events of the same topic and key, in order. Empty if the event is
   * not parked any more, or was tried by this order.
   */
  queueFor(order: OperatorCommand): readonly E[] {
    const ordered = [...this].find((event) => placeOf(event) === placeOf(order));
    if (!ordered || !isNewFor(order, ordered)) return [];
    return [...(this.#byKey.get(ordered.key)?.values() ?? [])]
      .filter(({ topic }) => topic === order.topic)
      .toSorted((a, b) => a.offset - b.offset);
  }

  add(events: Iterable<E>): void {
    for (const event of events) {
      const others = this.#byKey.get(event.key) ?? new Map<string, E>();
      this.#byKey.set(event.key, others.set(placeOf(event), event));
    }
  }

  remove(events: Iterable<ParkedRef>): void {
    for (const event of events) {
      const others = this.#byKey.get(event.key);
      others?.delete(placeOf(event));
      if (others?.size === 0) this.#byKey.delete(event.key);
    }
  }

  clear(): void {
    this.#byKey.clear();
  }

  /** Number of parked events of a topic. */
  countIn(topic: string): number {
    return [...this].filter((event) => event.topic === topic).length;
  }

  *[Symbol.iterator](): IterableIterator<E> {
    for (const events of this.#byKey.values()) yield* events.values();
  }
}

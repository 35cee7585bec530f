import { AsyncLocalStorage } from 'node:async_hooks';
import { at, isConfigTopic } from '@assay/events';
import type { NewRecord } from './log.ts';

/** A position in a topic: the next offset to read in each partition. */
export interface LogPosition {
  readonly topic: string;
  readonly offsets: readonly number[];
}

/** The position behind a record. */
export const positionBehind = (topic: string, partition: number, offset: number): LogPosition => ({
  topic,
  offsets: Array.from({ length: partition + 1 }, (_, each) => (each === partition ? offset + 1 : 0)),
});

/** One position for each topic: the furthest in each partition. */
export const joined = (positions: readonly LogPosition[]): readonly LogPosition[] =>
  [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, all]) => ({
    topic,
    offsets: Array.from({ length: Math.max(...all.map(({ offsets }) => offsets.length)) }, (_, partition) =>
      Math.max(...all.map(({ offsets }) => offsets[partition] ?? 0)),
    ),
  }));

const current = new AsyncLocalStorage<Appended>();

/**
 * The positions behind the config events that are appended while work runs, such as the answer to a request. Keyed
 * topics are left out: what is appended to them is no order of a caller.
 */
export class Appended {
  #positions: readonly LogPosition[] = [];

  get positions(): readonly LogPosition[] {
    return this.#positions;
  }

  /** Runs work, and collects what it appends, also after it returned. */
  during<T>(work: () => T): T {
    return current.run(this, work);
  }

  add(positions: readonly LogPosition[]): void {
    // Joined at once: work that never ends must not collect more and more.
    this.#positions = joined([...this.#positions, ...positions]);
  }

  /** The collection of the work that runs here; undefined if there is none. */
  static get current(): Appended | undefined {
    return current.getStore();
  }

  /** The offsets that a log gives to records. Their positions are added to those of the work that runs. */
  static async by(records: readonly NewRecord[], appending: Promise<readonly number[]>): Promise<readonly number[]> {
    const offsets = await appending;
    Appended.current?.add(
      records.flatMap(({ topic, partition }, index) =>
        isConfigTopic(topic) ? [positionBehind(topic, partition, at(offsets, index))] : [],
      ),
    );
    return offsets;
  }
}

import { compareSequences } from '@assay/event-sourcing';
import { placementKey, type AnyEvent, type App, type AssayEvent, type Placement, type Topic } from '@assay/events';
import type { Records } from '../log/records.ts';
import type { ReadModelFile } from '../services/read-model.ts';
import type { StoreServer } from '../store/memory.ts';
import type { Scene } from '../story/drawn.ts';
import type { Push } from '../story/story.ts';
import type { Ledger } from '../truth/ledger.ts';
import type { Received } from '../truth/reader.ts';

/** Everything there is to judge by, once all is quiet. */
export interface Facts {
  readonly files: readonly Pick<ReadModelFile, 'taken'>[];
  readonly ledger: Ledger;
  readonly records: Records;
  readonly stores: Readonly<Record<App, StoreServer>>;
  readonly scene: Scene;
  readonly pushes: readonly Push[];
  /** Virtual times, ms since the epoch. */
  readonly now: number;
  readonly healedAt: number;
  /**
   * When recommendation and all servers could be reached again: before all is healed, where another service is held.
   */
  readonly reachedAt: number;
  /** Clocks of two machines differ by up to so much. */
  readonly skewMs: number;
  /** What a reader of the log takes in, repeats left out, in the order of the log. */
  readonly events: readonly Emitted[];
}

/** An event with the place where it stands, and when it came there. */
export type Emitted = AnyEvent & { readonly partition: number; readonly at: number };

/** Says what does not hold; nothing when all holds. */
export type Invariant = { readonly name: string; readonly broken: (facts: Facts) => Iterable<string> };

export const eventOf = ({ topic, record, at }: Pick<Received, 'topic' | 'record' | 'at'>): Emitted => {
  const {
    ce_id: id = '',
    ce_source: source = '',
    ce_subject: subject = '',
    ce_time: time = '',
    ce_causationid: causationid,
    ce_correlationid: correlationid,
    ce_sequence: sequence,
    ce_traceparent: traceparent,
  } = record.headers;
  return {
    id,
    source,
    subject,
    time,
    causationid,
    correlationid,
    sequence,
    traceparent,
    topic,
    data: JSON.parse(record.value) as object,
    partition: record.partition,
    at,
  } as Emitted;
};

export const ofTopic = <T extends Topic>({ events }: Pick<Facts, 'events'>, topic: T): (Emitted & AssayEvent<T>)[] =>
  events.filter((event) => event.topic === topic) as (Emitted & AssayEvent<T>)[];

/** As their speaker said them, over all its topics. */
export const inEmittedOrder = <E extends Emitted>(events: readonly E[]): E[] =>
  events.toSorted((a, b) => compareSequences(a.sequence!, b.sequence!));

export const byPlacement = <E extends { readonly data: Placement }>(events: readonly E[]): Map<string, E[]> =>
  Map.groupBy(events, ({ data }) => placementKey(data));

export const short = (text: string): string =>
  text.replace(/sha256:([0-9a-f]{8})[0-9a-f]+/g, '$1').replace(/^.*registries\//, '');

import { compareSequences } from '@assay/event-sourcing';
import {
  placementKey,
  type AnyEvent,
  type App,
  type AssayEvent,
  type Database,
  type Placement,
  type Topic,
} from '@assay/events';
import type { MarkContent } from '../../laws/marks.ts';
import { kindOf } from '../../laws/records.ts';
import type { SimulatedRecords } from '../log/records.ts';
import type { ReadModelFile } from '../services/read-model.ts';
import type { StoreServer } from '../store/memory.ts';
import type { DrawnScene } from '../story/drawn.ts';
import type { Pods } from '../story/pods.ts';
import type { StoryPush } from '../story/story.ts';
import type { TruthLedger } from '../truth/ledger.ts';
import type { Received, ReceivedMark } from '../truth/reader.ts';

/** The evidence to judge by, once all is quiet. */
export interface EndFacts {
  readonly files: readonly Pick<ReadModelFile, 'taken'>[];
  readonly ledger: TruthLedger;
  readonly records: SimulatedRecords;
  readonly stores: Readonly<Record<App, StoreServer>>;
  readonly scene: DrawnScene;
  readonly pushes: readonly StoryPush[];
  /** The clusters that run images, if there are any. */
  readonly pods?: Pods | undefined;
  /** Virtual times, ms since the epoch. */
  readonly now: number;
  readonly healedAt: number;
  /**
   * When recommendation and all servers could be reached again. It is before `healedAt` if another service was held.
   */
  readonly reachedAt: number;
  /** The maximum difference between the clocks of two machines. */
  readonly skewMs: number;
  /** The events that a reader of the log accepts, without repeats, in the order of the log. */
  readonly events: readonly Emitted[];
  /** The marks of classifications that a reader of the log accepts, in the order of the log. */
  readonly marks: readonly EmittedMark[];
}

/** A mark with its place in the log and the time when it was appended. */
export interface EmittedMark {
  readonly partition: number;
  readonly sequence: string;
  readonly at: number;
  readonly record: ReceivedMark['record'];
  readonly data: Pick<MarkContent, 'except'> & { readonly database: Database };
}

/** An event with its place in the log and the time when it was appended. */
export type Emitted = AnyEvent & { readonly partition: number; readonly offset: number; readonly at: number };

/** Yields violations; nothing if the invariant holds. */
export type Invariant = { readonly name: string; readonly broken: (facts: EndFacts) => Iterable<string> };

export const markOf = ({ record, sequence, at }: ReceivedMark): EmittedMark => ({
  partition: record.partition,
  sequence,
  at,
  record,
  data: JSON.parse(record.value) as EmittedMark['data'],
});

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
    topic: kindOf(record) || topic,
    data: JSON.parse(record.value) as object,
    partition: record.partition,
    offset: record.offset,
    at,
  } as Emitted;
};

export const ofTopic = <T extends Topic>({ events }: Pick<EndFacts, 'events'>, topic: T): (Emitted & AssayEvent<T>)[] =>
  events.filter((event) => event.topic === topic) as (Emitted & AssayEvent<T>)[];

/** Sorts in the order in which the producer emitted them, over all its topics. */
export const inEmittedOrder = <E extends Emitted>(events: readonly E[]): E[] =>
  events.toSorted((a, b) => compareSequences(a.sequence!, b.sequence!));

export const byPlacement = <E extends { readonly data: Placement }>(events: readonly E[]): Map<string, E[]> =>
  Map.groupBy(events, ({ data }) => placementKey(data));

export const short = (text: string): string =>
  text.replace(/sha256:([0-9a-f]{8})[0-9a-f]+/g, '$1').replace(/^.*registries\//, '');

/** A JSON value that is not validated yet. */
export type Json = Record<string, unknown>;

/** One event type: its topic, data class, upcasters, and golden examples that never change. */
export interface EventDefinition<Data extends object = object, Topic extends string = string> {
  readonly topic: Topic;
  /** The topic of the log on which the event travels, if that is the topic of another event: both keep their order. */
  readonly channel?: string;
  /** The newest version. All other code knows only this version. */
  readonly version: number;
  readonly data: new () => Data;
  /** One sentence for a consumer outside Assay. */
  readonly summary: string;
  /** True if consumers outside Assay may rely on the event. */
  readonly published: boolean;
  /** Names of the lists that are split into pages, for events that carry large sets. */
  readonly paged: readonly string[];
  /** From version n to n + 1, for each n below `version`. Pure; run when an old event is read. */
  readonly upcasters: Readonly<Record<number, (data: Json) => Json>>;
  /** A golden example of each version, never changed. */
  readonly examples: Readonly<Record<number, Json>>;
}

type Described<Data extends object, Topic extends string> = Pick<
  EventDefinition<Data, Topic>,
  'topic' | 'data' | 'summary' | 'examples'
> &
  Partial<EventDefinition<Data, Topic>>;

/** Defines an event. By default it has version 1, is internal, and has no pages or upcasters. */
export const defineEvent = <Data extends object, const Topic extends string>(
  described: Described<Data, Topic>,
): EventDefinition<Data, Topic> => ({ version: 1, published: false, paged: [], upcasters: {}, ...described });

/** The CloudEvents `type` of a topic's event in a version, for example `assay.image.pushed.v1`. */
export const typeOf = (topic: string, version: number): string => `assay.${topic}.v${version}`;

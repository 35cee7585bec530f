/** A JSON value before anybody has looked at it. */
export type Json = Record<string, unknown>;

/** What one event type is: its words, its shape, its past and an example that never changes. */
export interface EventDefinition<Data extends object = object, Topic extends string = string> {
  readonly topic: Topic;
  /** The newest version; the only one that the rest of the code knows. */
  readonly version: number;
  readonly data: new () => Data;
  /** One sentence for a consumer outside Assay. */
  readonly summary: string;
  /** Whether consumers outside Assay may rely on it. */
  readonly published: boolean;
  /** Which list is cut into pages, for events that carry large sets. */
  readonly paged: readonly string[];
  /** From version n to n + 1, for each n below `version`. Pure; run when an old event is read. */
  readonly upcasters: Readonly<Record<number, (data: Json) => Json>>;
  /** A golden example of each version, for ever. */
  readonly examples: Readonly<Record<number, Json>>;
}

type Described<Data extends object, Topic extends string> = Pick<
  EventDefinition<Data, Topic>,
  'topic' | 'data' | 'summary' | 'examples'
> &
  Partial<EventDefinition<Data, Topic>>;

/** Defines an event; version 1, internal, unpaged and without a past unless said otherwise. */
export const defineEvent = <Data extends object, const Topic extends string>(
  described: Described<Data, Topic>,
): EventDefinition<Data, Topic> => ({ version: 1, published: false, paged: [], upcasters: {}, ...described });

/** The CloudEvents `type` of a topic's event in a version, for example `assay.image.pushed.v1`. */
export const typeOf = (topic: string, version: number): string => `assay.${topic}.v${version}`;

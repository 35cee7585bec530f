import type { Map as ImmutableMap } from 'immutable';
import type { Cause, Facts, NotificationReceived, RegistryObserved, Sender, SubscriptionObserved } from '@assay/events';

/** A push that a sender notified. */
export interface NotifiedPush {
  readonly cause: Cause;
  readonly sender: Sender;
  readonly occurredAt: string;
  readonly receivedAt: string;
  /** The time of the event, if it is later. The push of a child is published when its index was read. */
  readonly seenAt?: string;
  readonly tag?: string;
  readonly mediaType?: string;
  readonly listedIn?: string;
}

/** A deletion that a sender notified. */
export interface NotifiedDeletion {
  readonly cause: Cause;
  readonly deletedAt: string;
  readonly receivedAt: string;
  /** As that of a push. */
  readonly seenAt?: string;
}

/**
 * Most names of one digest in one repository that are kept. A sweep publishes no further ones: their digest is assessed
 * already. With fewer, each sweep would take the names that were dropped for new.
 */
export const mostNames = 10_000;
/** Of many names, and of many indexes, only the last ones are published, because every later event carries them. */
export const mostPublished = 50;

export const answeredIn = ({ answered }: Emitted): readonly string[] =>
  'length' in answered ? (answered as readonly string[]) : Object.keys(answered);

/** The names under which a digest was pushed, as they were notified. */
export const namesOf = ({ tag, tags }: Pick<NotificationReceived, 'tag' | 'tags'>): readonly string[] =>
  tags ?? (tag ? [tag] : []);

/** Everything received about a digest in one repository. */
export interface ReceivedSource {
  readonly loginServer?: string;
  /** Of the last push that named it: a registry that moved has another id. */
  readonly registryId?: string;
  readonly repository: string;
  /** All names under which the digest was pushed, in the order in which they were first notified. */
  readonly names: readonly string[];
  /** The indexes that list the digest, in the same order. */
  readonly indexes: readonly string[];
  /** When the first of all pushes was received. */
  readonly firstReceivedAt?: string;
  /**
   * The notifications that added nothing new, and their times, kept so that a repeat is recognised. The ids of the
   * others are in `pushes` and `deletions`.
   */
  readonly seen: Readonly<Record<string, string>>;
  /** Pushes in the order received. What is over is dropped behind many others, and after days (`compact`). */
  readonly pushes: readonly NotifiedPush[];
  readonly deletions: readonly NotifiedDeletion[];
  /** About each tag that named this digest, or was taken for that, in the order received. */
  readonly words?: readonly TagWord[];
  /** The indexes that list the digest and had a tag, and whether they have one. Order 0: no word about it yet. */
  readonly listers?: Readonly<Record<string, { readonly order: number; readonly isTagged: boolean }>>;
  /**
   * The latest time of any notification, ms since the epoch. It orders what is published about tags, also after a loss
   * of what was published: received notifications are never lost.
   */
  readonly latestMs?: number;
  /** The last word about a tag or an index. */
  readonly word?: { readonly cause: Cause; readonly at: string };
  /** The registry notified a push of the digest without a tag. */
  readonly isByDigest?: true;
}

/** The digest that a tag names, by the tag's own key. Absent if the tag is gone. */
export interface TagWord {
  readonly tag: string;
  readonly at: string;
  readonly digest?: string;
}

/** The tags of an image that were published last. */
export interface TaggedPlace {
  readonly tags: readonly string[];
  readonly indexes: readonly string[];
  readonly order: number;
}

export type Received = Readonly<Record<string, ReceivedSource>>;

export interface Emitted {
  /**
   * Ids of the notifications that were answered by `image.pushed` or `image.deleted`, in that order. It is a list,
   * because thousands may name one digest, and a record is copied a hundred times slower. Older versions stored a
   * record.
   */
  readonly answered: readonly string[] | Readonly<Record<string, true>>;
  /**
   * By placement, the last notification that was answered with an error and is still tried. `code` is the error (absent
   * if the registry was not asked), `times` counts the answers.
   */
  readonly trying?: Readonly<Record<string, { readonly id: string; readonly code?: string; readonly times?: number }>>;
  /** Ids of the notifications that have a preliminary answer only. */
  readonly early?: readonly string[];
  /**
   * The facts of the manifest, once it was read. A digest always names the same manifest. Absent if the manifest is no
   * image without a proof: then the next push reads it again.
   */
  readonly facts?: { readonly facts: Facts; readonly mediaType: string };
  /** Placements whose registry served the manifest. States that an older version stored have none. */
  readonly shown?: Readonly<Record<string, true>>;
  /** By placement. An image that never had a tag has no entry. */
  readonly tagged?: Readonly<Record<string, TaggedPlace>>;
}

/** A sweep that found so many images gone that it publishes no deletion before an operator orders it. */
export interface HeldSweep {
  readonly gone: number;
  readonly known: number;
  readonly since: string;
  /**
   * The operator's confirmation, and why. `id` is the id of its event, the cause of all events that follow from the
   * order.
   */
  readonly order?: { readonly id: string; readonly by: string; readonly why: string };
}

/**
 * The last outcome of a registry's sweeps other than `held` and `ordered`: `reached`, `failed`, `cut` (for want of
 * time), `swept` (as ordered) or `released`.
 */
export interface SweepOutcome {
  readonly outcome: string;
  readonly since: string;
  readonly by: string;
  readonly why: string;
  /** The place in which the first of the cut sweeps stopped. */
  readonly position?: SweepPosition;
  /** Of the listing of a subscription. */
  readonly listing?: ListingOutcome;
}

/** Counts of the listing of a subscription. */
export interface ListingOutcome {
  readonly subscriptionName: string;
  readonly registries: number;
  readonly restricted: number;
  /** The first of the registries that are listed and not watched by this discovery, with the reason. */
  readonly leftOut: readonly LeftOutRegistry[];
  /** Registries with a webhook that Assay keeps. Absent if the discovery keeps none. */
  readonly webhooks?: number;
  /** The first of the registries that are to have one and do not, with the reason. */
  readonly withoutWebhook?: readonly { readonly registryId: string; readonly why: string }[];
}

/** A registry that is listed and not watched by its discovery. */
export interface LeftOutRegistry {
  readonly registryId: string;
  readonly loginServer: string;
  readonly why: string;
}

/** A place in the listings of a registry: a repository, or a tag in it. A repository without a tag was read whole. */
export interface SweepPosition {
  readonly repository: string;
  /** Empty if the listing of the repository cannot be resumed. */
  readonly tag?: string;
}

export interface Config {
  /** By login server, in lower case. */
  readonly byLoginServer: ImmutableMap<string, RegistryObserved>;
  readonly byId: ImmutableMap<string, RegistryObserved>;
  /** By id, in lower case. */
  readonly subscriptions: Readonly<Record<string, SubscriptionObserved>>;
  /** Held sweeps by registry id in lower case, and held removals of registries by `discovery/NAME/SUBSCRIPTION`. */
  readonly held: Readonly<Record<string, HeldSweep>>;
  /** By registry id in lower case; a registry that was never swept has no entry. */
  readonly sweeps: Readonly<Record<string, SweepOutcome>>;
}

/** The payload of an inspection job. */
export interface InspectTask {
  readonly loginServer: string;
  readonly repository: string;
  readonly digest: string;
  readonly tag?: string;
  /** An index lists the manifest, so that it must not be an index itself. */
  readonly listed: boolean;
  readonly traceparent?: string;
  /**
   * The last push that waits for the inspection, and how the registry is reached. A waiting job is due at once if
   * either changes.
   */
  readonly lastPush: string;
  readonly reached: string;
}

/** Marks the answer for a manifest that is still tried. */
export interface RetryMarks {
  readonly trying?: true;
  readonly unasked?: true;
  readonly early?: true;
}

export type InspectResult =
  | { readonly facts: Facts; readonly mediaType: string }
  | ({ readonly code: string; readonly message: string; readonly attempts: number } & RetryMarks)
  | { readonly failed: string };

export type { NotificationReceived };

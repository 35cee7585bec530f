import {
  causeOf,
  derivedId,
  notificationId,
  placementKey,
  tagKey,
  type AssayEvent,
  type Cause,
  type Facts,
  type NotificationReceived,
  type Placement,
} from '@assay/events';
import type { EventDraft } from '@assay/event-sourcing';
import { mostPublished, type Emitted, type ReceivedSource, type TaggedPlace, type TagWord } from './state.ts';

// The tags that name an image, by the words of those tags' own keys, and of the indexes that list it.

/** Of the tags that an image lost, the last ones are published. */
const mostLost = 10;
/** Most words about tags of one digest in one repository that are kept, the last ones. */
const mostWords = 1000;

/** Folds a word about the tags of an image. */
export const withWord = (source: ReceivedSource, event: AssayEvent<'notification.received'>): ReceivedSource => {
  const { action, tag = '', pointsTo, listedIn, order = 0, occurredAt } = event.data;
  const word = { cause: causeOf(event), at: occurredAt };
  if (listedIn !== undefined)
    return order <= (source.listers?.[listedIn]?.order ?? 0)
      ? source
      : { ...source, word, listers: { ...source.listers, [listedIn]: { order, isTagged: action === 'push' } } };
  const { words = [] } = source;
  if (occurredAt <= (words.find((each) => each.tag === tag)?.at ?? '')) return source;
  const named = { tag, at: occurredAt, ...(pointsTo ? { digest: pointsTo } : {}) };
  return { ...source, word, words: [...words.filter((each) => each.tag !== tag), named].slice(-mostWords) };
};

/**
 * The last tags of an image, and the indexes with a tag that list it. A tag under which it was pushed counts until the
 * registry is known to name something else.
 */
const taggedBy = (source: ReceivedSource, digest: string): Omit<TaggedPlace, 'order'> => {
  const { listers = {} } = source;
  return {
    tags: ownTags(source, digest).slice(-mostPublished).toSorted(),
    indexes: Object.keys(listers)
      .filter((index) => listers[index]?.isTagged)
      .slice(-mostPublished)
      .toSorted(),
  };
};

const ownTags = ({ names, words = [] }: ReceivedSource, digest: string): readonly string[] => {
  const lost = refutedIn(words, digest);
  const own = words.filter((word) => word.digest === digest).map(({ tag }) => tag);
  return lost.size + own.length === 0 ? names : [...new Set([...names, ...own])].filter((tag) => !lost.has(tag));
};

/** The tags that name something else than a digest. */
export const refutedIn = (words: readonly TagWord[] = [], digest: string): ReadonlySet<string> =>
  new Set(words.filter((word) => word.digest !== digest).map(({ tag }) => tag));

/** The image was pushed under these tags again: until the registry was asked, they name it. */
export const withClaim = (words: readonly TagWord[], tags: readonly string[], digest?: string): readonly TagWord[] =>
  words.filter((word) => word.digest === digest || !tags.includes(word.tag));

const lastWords = (words: readonly TagWord[], most: number): readonly TagWord[] =>
  words
    .toSorted((a, b) => Number(a.at < b.at) - Number(a.at > b.at) || Number(a.tag > b.tag) - Number(a.tag < b.tag))
    .slice(0, most);

const isTagged = ({ tags, indexes }: Omit<TaggedPlace, 'order'>): boolean => tags.length + indexes.length > 0;

/**
 * True if an image without a tag counts as untagged. A notification that names a tag does not show that an image had
 * it: one that was pushed by digest, too, stays what it was.
 */
const mayHaveHadTag = ({ listers, names, isByDigest }: ReceivedSource): boolean =>
  listers !== undefined || (names.length > 0 && !isByDigest);

/**
 * Publishes the tags of an image if they are others than before; and, if an index got its first tag or lost its last
 * one, a word to each of its children. An index that had lost its tags before its manifest was read sends that word
 * once it is read.
 *
 * @param isFirstRead whether the facts are published only now
 */
export const taggedEvents = (
  source: ReceivedSource,
  emitted: Emitted,
  placement: Placement,
  facts: Facts | undefined,
  isFirstRead: boolean,
): EventDraft[] => {
  const { word, words = [] } = source;
  if (!word) return [];
  const { loginServer, registryId, repository, digest } = placement;
  const place = placementKey(placement);
  const last = emitted.tagged?.[place];
  const now = taggedBy(source, digest);
  const isSame = last
    ? JSON.stringify([last.tags, last.indexes]) === JSON.stringify([now.tags, now.indexes])
    : !isTagged(now) && !mayHaveHadTag(source);
  const isLate = isFirstRead && last !== undefined && !isTagged(now);
  if (isSame && !isLate) return [];
  const { cause, at } = word;
  const order = isSame ? (last?.order ?? 0) : Math.max((last?.order ?? 0) + 1, source.latestMs ?? 0);
  const lost = lastWords(
    words.filter((each) => each.digest !== digest),
    mostLost,
  ).map(({ tag, digest: named }) => ({ tag, ...(named ? { digest: named } : {}) }));
  const data = { ...placement, ...now, ...(lost.length > 0 ? { lost } : {}), at, order };
  const children = last && isTagged(last) === isTagged(now) && !isLate ? [] : (facts?.children ?? []);
  const notices = [...new Set(children.map((child) => child.digest))].map((child): EventDraft => {
    const about: NotificationReceived = {
      sender: 'tag',
      senderEventId: derivedId(cause.id, child),
      action: isTagged(now) ? 'push' : 'delete',
      loginServer,
      registryId,
      repository,
      digest: child,
      listedIn: digest,
      order,
      occurredAt: at,
      receivedAt: at,
    };
    const id = notificationId('tag', cause.id, `${place} ${child} ${order}`);
    return { topic: 'notification.received', key: child, cause, idempotencyKey: child, id, data: about };
  });
  return isSame
    ? notices
    : [...notices, { topic: 'image.tagged', cause, idempotencyKey: place, occurrence: order, data }];
};

/** The tags of a deleted image may be gone with it: each of the last ones is asked about. A sweep finds the others. */
export const tagNotices = (
  source: ReceivedSource,
  placement: Placement,
  cause: Cause,
  occurredAt: string,
  receivedAt: string,
): EventDraft[] => {
  const { loginServer, registryId, repository, digest } = placement;
  return ownTags(source, digest)
    .slice(-mostWords)
    .map((tag): EventDraft => {
      const key = tagKey(loginServer, repository, tag);
      const about: NotificationReceived = {
        sender: 'tag',
        senderEventId: derivedId(cause.id, key),
        action: 'delete',
        loginServer,
        registryId,
        repository,
        tag,
        occurredAt,
        receivedAt,
      };
      const id = notificationId('tag', cause.id, key);
      return { topic: 'notification.received', key, cause, idempotencyKey: key, id, data: about };
    });
};

export const withTagged = (emitted: Emitted, { data }: AssayEvent<'image.tagged'>): Emitted => {
  const { tags, indexes, order } = data;
  return { ...emitted, tagged: { ...emitted.tagged, [placementKey(data)]: { tags, indexes, order } } };
};

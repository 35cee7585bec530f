import { derivedId, notificationId, tagKey, type AnyEvent, type RegistryObserved } from '@assay/events';

/** A tag that ingestion has in its store, with the digest that it named last. */
export interface KnownTag {
  readonly repository: string;
  readonly tag: string;
  /** Absent if it was gone, or if the registry has not answered yet. */
  readonly digest?: string | undefined;
}

/** An image that was pushed under tags. */
interface NamedImage {
  readonly repository: string;
  readonly digest: string;
  readonly tags: ReadonlySet<string>;
  /** Tags that are known to name something else. */
  readonly refuted: ReadonlySet<string>;
}

interface ListedTag {
  readonly repository: string;
  readonly digest: string;
  readonly tag?: string;
}

/** A tag that does not name what it was known to name, or about which images do not know better. */
interface FoundTag {
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
  readonly others: readonly string[];
}

/** Most digests in one notification. A later sweep reports the others. */
const mostOthers = 1000;

/**
 * Compares the tags of a registry with the known ones.
 *
 * @param isWhole true for a repository of which every tag was read: only such a one shows that a tag is gone
 * @returns the tags that name something else, those that are gone, and the number of all that may be found gone
 */
export const comparedTags = (
  listed: readonly ListedTag[],
  images: readonly NamedImage[],
  tags: readonly KnownTag[],
  isWhole: (place: { readonly repository: string }) => boolean,
): { readonly moved: readonly FoundTag[]; readonly gone: readonly FoundTag[]; readonly known: number } => {
  const nameOf = (repository: string, tag: string): string => `${repository}:${tag}`;
  const pointers = new Map(tags.map((each) => [nameOf(each.repository, each.tag), each]));
  const claims = new Map<string, { readonly repository: string; readonly tag: string; readonly digests: string[] }>();
  const wrong = new Set<string>();
  for (const { repository, digest, tags: names, refuted } of images) {
    for (const tag of refuted) wrong.add(`${nameOf(repository, tag)} ${digest}`);
    for (const tag of names) {
      const name = nameOf(repository, tag);
      if (refuted.has(tag)) continue;
      if (!claims.has(name)) claims.set(name, { repository, tag, digests: [] });
      claims.get(name)?.digests.push(digest);
    }
  }
  const othersOf = (name: string, digest?: string): string[] =>
    (claims.get(name)?.digests ?? []).filter((each) => each !== digest).slice(0, mostOthers);
  const there = new Set<string>();
  const moved = listed.flatMap(({ repository, tag, digest }): FoundTag[] => {
    if (tag === undefined) return [];
    const name = nameOf(repository, tag);
    there.add(name);
    const others = [...othersOf(name, digest), ...(wrong.has(`${name} ${digest}`) ? [digest] : [])];
    return pointers.get(name)?.digest === digest && others.length === 0 ? [] : [{ repository, tag, digest, others }];
  });
  const wanted = new Map(
    [...[...pointers.values()].filter(({ digest }) => digest !== undefined), ...claims.values()]
      .filter(isWhole)
      .map(({ repository, tag }) => [nameOf(repository, tag), { repository, tag }]),
  );
  const gone = [...wanted].flatMap(([name, { repository, tag }]): FoundTag[] =>
    there.has(name) ? [] : [{ repository, tag, others: othersOf(name) }],
  );
  return { moved, gone, known: wanted.size };
};

/** @param askedAt when the listing of the repository began */
export const tagNotification = (
  { registryId, loginServer }: RegistryObserved,
  { repository, tag, digest, others }: FoundTag,
  askedAt: string,
  order?: string,
): AnyEvent => {
  const key = tagKey(loginServer, repository, tag);
  const senderEventId = derivedId(key, digest ?? '', askedAt);
  const id = notificationId('sweep', registryId.toLowerCase(), senderEventId);
  return {
    id,
    source: '/assay/ingestion',
    subject: key,
    time: askedAt,
    ...(order === undefined ? {} : { causationid: order }),
    correlationid: order ?? id,
    topic: 'notification.received',
    data: {
      sender: 'sweep',
      senderEventId,
      action: digest ? 'push' : 'delete',
      loginServer,
      registryId,
      repository,
      tag,
      ...(digest ? { digest } : {}),
      ...(others.length > 0 ? { others } : {}),
      occurredAt: askedAt,
      receivedAt: askedAt,
    },
  };
};

import { placementKey, tagKey, type DataOf, type Topic } from '@assay/events';
import type { StoryPush } from '../story/story.ts';
import { ofTopic, short, type Invariant } from './facts.ts';

/** The events about tags, in the order of the log. */
export interface TagEvents {
  readonly moved: readonly DataOf<'tag.moved'>[];
  readonly tagged: readonly DataOf<'image.tagged'>[];
  readonly pushed: readonly DataOf<'image.pushed'>[];
  readonly deleted: readonly DataOf<'image.deleted'>[];
}

export const tagEvents = (dataOf: <T extends Topic>(topic: T) => DataOf<T>[]): TagEvents => ({
  moved: dataOf('tag.moved'),
  tagged: dataOf('image.tagged'),
  pushed: dataOf('image.pushed'),
  deleted: dataOf('image.deleted'),
});

/** Differences between the tags of the registries and those that are known. */
export function* wrongTags(
  { moved, tagged, pushed, deleted }: TagEvents,
  pushes: readonly StoryPush[],
): Generator<string> {
  const pointers = new Map(
    moved.map(({ loginServer, repository, tag, digest }) => [tagKey(loginServer, repository, tag), digest]),
  );
  const last = new Map(tagged.map((data) => [placementKey(data), data]));
  // An image that was pushed again without a notification counts as deleted: no sweep finds it without a tag.
  const goneAt = new Map<string, string>();
  for (const data of deleted) {
    const key = placementKey(data);
    if (data.deletedAt > (goneAt.get(key) ?? '')) goneAt.set(key, data.deletedAt);
  }
  const named = new Set(
    pushed
      .filter((data) => data.tags.length > 0 && data.pushedAt > (goneAt.get(placementKey(data)) ?? ''))
      .map(placementKey),
  );
  for (const { image, registry, repository } of pushes) {
    if (registry.isGone) continue;
    for (const tag of registry.tags(repository)) {
      const [known, is] = [
        pointers.get(tagKey(registry.loginServer, repository, tag)),
        registry.digestOf(repository, tag),
      ];
      if (known !== is) yield `${repository}:${tag} is ${short(is)}, and ${known ? short(known) : 'nothing'} is known`;
    }
    const place = placementKey({ registryId: registry.registryId, repository, digest: image.digest });
    if (!named.has(place)) continue;
    const state = registry.state(repository, image.digest);
    const hasTag = last.get(place)?.tags.length !== 0;
    if (state === 'tagged' && !hasTag) yield `${repository}@${short(image.digest)} has a tag, and is untagged`;
    if (state === 'untagged' && hasTag) yield `${repository}@${short(image.digest)} has no tag, and is not untagged`;
  }
}

/** Once all is well, each tag names what its registry has under it, and no image has a tag that is another one's. */
export const tagsAreTheRegistrys: Invariant = {
  name: 'a tag names what its registry names',
  *broken(facts) {
    const dataOf = <T extends Topic>(topic: T): DataOf<T>[] =>
      ofTopic(facts, topic).map(({ data }) => data as DataOf<T>);
    yield* wrongTags(tagEvents(dataOf), facts.pushes);
  },
};

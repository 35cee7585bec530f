import { placementKey, tagKey, type DataOf, type Topic } from '@assay/events';
import type { ImageRegistry } from '../outside/registry.ts';
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
      // A forged event opens a server of its own under the id of a registry.
      .map((data) => `${data.loginServer} ${placementKey(data)}`),
  );
  const read = new Set(
    pushed.filter(({ facts }) => facts !== undefined).map((data) => `${data.loginServer} ${placementKey(data)}`),
  );
  for (const { image, registry, repository } of pushes) {
    if (registry.isGone) continue;
    const { registryId, loginServer } = registry;
    for (const tag of registry.tags(repository)) {
      const name = `${loginServer}/${repository}:${tag}`;
      const [known, is] = [pointers.get(tagKey(loginServer, repository, tag)), registry.digestOf(repository, tag)];
      if (known !== is) yield `${name} is ${short(is)}, and ${known ? short(known) : 'nothing'} is known`;
    }
    const isIn = (names: ReadonlySet<string>, digest: string): boolean =>
      names.has(`${loginServer} ${placementKey({ registryId, repository, digest })}`);
    if (!isIn(named, image.digest)) continue;
    // An index that was deleted, or whose registry moved, before its manifest was read, has no word for its images.
    const children = (image.children ?? []).filter((child) =>
      pushes
        .filter((push) => push.registry === registry && push.repository === repository)
        .filter((push) => push.image.children?.includes(child))
        .every((push) => isIn(named, push.image.digest) && isIn(read, push.image.digest)),
    );
    for (const { digest } of [image, ...children]) {
      const known = last.get(placementKey({ registryId, repository, digest }));
      const state = registry.state(repository, digest);
      const hasTag = known === undefined || known.tags.length + known.indexes.length > 0;
      if (state === 'tagged' && !hasTag)
        yield `${loginServer}/${repository}@${short(digest)} has a tag, and is untagged`;
      if (state === 'untagged' && hasTag)
        yield `${loginServer}/${repository}@${short(digest)} has no tag, and is not untagged`;
    }
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

export const tagLaws = {
  moves: 'a tag moves only to what its registry named',
  due: 'nothing is closed that has a tag, runs, or did until lately',
} as const;

/** A notification alone moves no tag: each move is one that the registry made, as of when it was asked. */
export const tagsMoveAsTheRegistrys: Invariant = {
  name: tagLaws.moves,
  *broken(facts) {
    const registries = registriesOf(facts.pushes);
    for (const { at, data } of ofTopic(facts, 'tag.moved')) {
      const { loginServer, repository, tag, digest, askedAt } = data;
      const registry = registries.get(loginServer);
      if (registry && !registry.hasNamed(repository, tag, digest, Date.parse(askedAt) - facts.skewMs, at))
        yield `${repository}:${tag} moved to ${digest ? short(digest) : 'nothing'}, which it did not name by then`;
    }
  },
};

export const registriesOf = (pushes: readonly StoryPush[]): ReadonlyMap<string, ImageRegistry> =>
  new Map(pushes.map(({ registry }) => [registry.loginServer, registry]));

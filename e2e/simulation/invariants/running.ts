import { ofTopic, short, type Invariant } from './facts.ts';
import { closedAfterMs } from './contract.ts';
import { registriesOf, tagLaws } from './tags.ts';

/** Time in which events of a sighting reach the owner of the recommendation, ms. */
const reachMs = 10 * 60_000;

/** By what registries and clusters really had, and not by any event about it. */
export const closingsAreDue: Invariant = {
  name: tagLaws.due,
  *broken(facts) {
    const { pods, skewMs } = facts;
    const registries = registriesOf(facts.pushes);
    const readAt = new Map<string, number>();
    for (const { at, data } of ofTopic(facts, 'image.pushed'))
      if (data.facts?.kind === 'index' && !readAt.has(data.digest)) readAt.set(data.digest, at);
    const isRead = (index: string, time: number): boolean => (readAt.get(index) ?? Infinity) <= time;
    const dueMs = closedAfterMs - skewMs - 1000;
    for (const { at, data } of ofTopic(facts, 'recommendation.changed')) {
      const { loginServer, repository, digest, reason } = data;
      if (reason !== 'untagged') continue;
      const registry = registries.get(loginServer);
      const ms = registry?.untaggedMs(repository, digest, at) ?? Infinity;
      if (ms < dueMs) yield `${repository}@${short(digest)} is closed, and had no tag for ${ms} ms`;
      if (!pods) continue;
      if ([at - reachMs, at].every((time) => pods.runs(digest, time, isRead)))
        yield `${repository}@${short(digest)} is closed, and runs`;
      const ranMs = at - pods.seenAt(digest, at - reachMs, isRead);
      if (ranMs < dueMs) yield `${repository}@${short(digest)} is closed, and ran ${ranMs} ms before`;
    }
  },
};

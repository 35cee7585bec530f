import { ofTopic, short, type Invariant } from './facts.ts';
import { closedAfterMs } from './contract.ts';
import { registriesOf } from './tags.ts';

/** Time in which events of a sighting reach the owner of the recommendation, ms. */
const reachMs = 10 * 60_000;

/** By what registries and clusters really had, and not by any event about it. */
export const closingsAreDue: Invariant = {
  name: 'nothing is closed that has a tag, runs, or did until lately',
  *broken(facts) {
    const { pods, skewMs } = facts;
    const registries = registriesOf(facts.pushes);
    const dueMs = closedAfterMs - skewMs - 1000;
    for (const { at, data } of ofTopic(facts, 'recommendation.changed')) {
      const { loginServer, repository, digest, reason } = data;
      if (reason !== 'untagged') continue;
      const registry = registries.get(loginServer);
      const ms = registry?.untaggedMs(repository, digest, at) ?? Infinity;
      if (ms < dueMs) yield `${repository}@${short(digest)} is closed, and had no tag for ${ms} ms`;
      if (!pods) continue;
      if ([at - reachMs, at].every((time) => pods.runs(digest, time)))
        yield `${repository}@${short(digest)} is closed, and runs`;
      if (at - pods.seenAt(digest, at - reachMs) < dueMs)
        yield `${repository}@${short(digest)} is closed, and ran ${at - pods.seenAt(digest, at)} ms before`;
    }
  },
};

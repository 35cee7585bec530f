import type { FindingClassified } from '@assay/events';
import { laws } from '../../laws/judge.ts';
import type { ImagePlace } from '../../laws/place.ts';
import { foundBy, isUncovered, systemBy } from '../outside/databases.ts';
import { knownFrom } from './contract.ts';
import { ofTopic, short, type EndFacts, type Invariant } from './facts.ts';

/** True if a scanner can assess the image in this place: it is there, and its scan comes to an end. */
export const isScannable =
  ({ scene, pushes }: Pick<EndFacts, 'scene' | 'pushes'>) =>
  ({ registryId, repository, digest }: ImagePlace): boolean => {
    const { truth, os } = scene.all.get(digest)!;
    const push = pushes.find(({ registry }) => registry.registryId.toLowerCase() === registryId.toLowerCase());
    return (
      os === 'linux' &&
      !truth.invalid &&
      truth.name !== 'endless' &&
      push?.registry.state(repository, digest) === 'tagged'
    );
  };

const weekMs = 7 * 24 * 60 * 60_000;

/** When the database was asked about an image: at the scan, or at a later push that its result answers. */
const askedAt = (facts: EndFacts, { digest, result, receivedAt }: FindingClassified): number =>
  Math.max(
    Date.parse(receivedAt),
    ...[...ofTopic(facts, 'scan.completed'), ...ofTopic(facts, 'scan.reassessed')]
      .filter(({ data }) => data.digest === digest && data.result === result)
      .map(({ data }) => Date.parse(data.startedAt)),
  );

const scannedInTime: readonly string[] = ['healthy', 'unhealthy', 'paged', 'many', 'spread'];

/** True for a scan whose processes all ended, or that took too long: it is tried again with the next database. */
const isTriedAgain = (reason: string | undefined): boolean =>
  reason === 'failed/lease-expired' || reason === 'failed/timeout';

/**
 * An image that stands on the newest database is shown by it: neither the age of an earlier database nor the system
 * that it knew is left.
 */
export const theNewestDatabaseCounts: Invariant = {
  name: 'an image that is assessed again is shown as it is now',
  *broken(facts) {
    const { digest: newest, builtAt } = ofTopic(facts, 'advisories.updated').at(-1)!.data.database;
    const isPresent = isScannable(facts);
    for (const [placement, { answer }] of knownFrom(facts.events, facts.marks)) {
      if (answer === undefined || !('classification' in answer) || !isPresent(answer)) continue;
      const image = facts.scene.all.get(answer.digest)!;
      if (!scannedInTime.includes(image.truth.name) || isTriedAgain(answer.reason)) continue;
      if (foundBy(image, newest, answer.scanner.digest).length > 0) continue;
      const isPast = systemBy(image, newest).endOfLife;
      const isMissing = isUncovered(image, newest);
      const reason = askedAt(facts, answer) - Date.parse(builtAt) > weekMs ? 'advisories-too-old' : undefined;
      if (facts.ledger.keeps(answer)) {
        if (answer.status !== 'unhealthy') yield `${short(placement)} is ${answer.status}, and findings of it are kept`;
        continue;
      }
      const expected = isPast ? 'operating-system-end-of-life' : isMissing ? 'advisories-missing' : reason;
      if (answer.reason !== expected || answer.status !== (expected ? 'undetermined' : 'healthy'))
        yield (
          `${short(placement)} is ${answer.status}/${answer.reason}, and by ${newest.slice(-4)} it is ` +
          (expected ?? 'healthy')
        );
    }
  },
};

/** Once every fault has ended, each image that has a standing approval stands on the database announced last. */
export const noImageIsLeftBehind: Invariant = {
  name: laws.covered,
  *broken(facts) {
    yield* facts.ledger.leftBehind(isScannable(facts));
  },
};

/** Each answer to an offer is about results that its partition had, or was about to have. */
export const answersAreFounded: Invariant = {
  name: laws.weighed,
  *broken({ ledger }) {
    yield* ledger.misweighed();
  },
};

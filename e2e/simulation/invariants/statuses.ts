import { withEvent, type PlacementEvent, type PlacementState } from '@assay/recommendation/read-model/placement';
import { isIndex, shownStatus } from '@assay/recommendation/read-model/status';
import { placementKey, type AnyEvent } from '@assay/events';
import {
  isAnswered,
  isIndexOnly,
  isSameStanding,
  knownFrom,
  parkedAt,
  recommendedAt,
  standingAt,
  waitOf,
  textOf,
  type Known,
  type ExpectedStatus,
} from './contract.ts';
import { ofTopic, short, type EndFacts, type Invariant, type Emitted } from './facts.ts';

const placed = new Set([
  'image.pushed',
  'image.deleted',
  'scan.approved',
  'scan.declined',
  'scan.started',
  'scan.completed',
  'finding.classified',
  'recommendation.changed',
  'usage.charged',
]);

/** The product's view as a fold in memory: it is judged here, and judges nothing. */
const viewOf = (events: readonly Emitted[]): Map<string, PlacementState> => {
  const view = new Map<string, PlacementState>();
  for (const any of events) {
    if (!placed.has(any.topic)) continue;
    const event = any as AnyEvent as PlacementEvent;
    // The last page of a paged event counts.
    if (
      (event.topic === 'scan.completed' || event.topic === 'finding.classified') &&
      event.data.page !== event.data.pages
    )
      continue;
    const key = placementKey(event.data);
    view.set(key, withEvent(view.get(key), event));
  }
  return view;
};

const staleAfterMs = 30 * 24 * 60 * 60_000;

const isOpen = ({ status, reason }: ExpectedStatus): boolean =>
  status === 'queued' || status === 'scanning' || reason === 'overdue';

/** The events in the log at a time. */
const knownBy = ({ events }: EndFacts, time: number): Map<string, Known> =>
  knownFrom(events.filter(({ at }) => at <= time));

export const everyPushHasAStatus: Invariant = {
  name: 'every push reaches one terminal status',
  *broken(facts) {
    const all = knownFrom(facts.events);
    const emitted = new Map(ofTopic(facts, 'recommendation.changed').map(({ data }) => [placementKey(data), data]));
    for (const [placement, known] of all) {
      if (isIndexOnly(known)) continue;
      const standing = standingAt(known, facts.now);
      if (isOpen(standing)) yield `${short(placement)} is ${textOf(standing)}`;
      // Lapses of time follow the clock of the replica that owns the image at that moment.
      const expected = [0, -facts.skewMs, facts.skewMs].map((ms) => recommendedAt(known, facts.now + ms));
      if (!expected.some((each) => isSameStanding(emitted.get(placement), each)))
        yield `${short(placement)} is ${textOf(expected[0])}, and ${textOf(emitted.get(placement))} is recommended`;
    }
    for (const {
      image: { digest },
      registry,
      repository,
    } of facts.pushes) {
      const known = all.get(placementKey({ registryId: registry.registryId, repository, digest }));
      const state = registry.state(repository, digest);
      if (state === 'tagged' && !known) yield `${repository}@${short(digest)} was pushed, and nobody knows of it`;
      const standing = known && !isIndexOnly(known) ? standingAt(known, facts.now) : undefined;
      if (state === 'gone' && standing && standing.reason !== 'image-deleted')
        yield `${repository}@${short(digest)} is gone, and is ${standing.status}`;
      if (state === 'tagged' && standing?.reason === 'image-deleted')
        yield `${repository}@${short(digest)} is there, and is deleted`;
    }
  },
};

/**
 * An outage of a registry, or of a service that the runner needs, keeps no image from being assessed. Once it is over,
 * failures caused by it are retried.
 */
export const nothingIsGivenUp: Invariant = {
  name: 'nothing is given up for what was away',
  *broken(facts) {
    const all = knownFrom(facts.events);
    for (const {
      image: { digest },
      registry,
      repository,
    } of facts.pushes) {
      if (registry.state(repository, digest) === 'gone') continue;
      const known = all.get(placementKey({ registryId: registry.registryId, repository, digest }));
      const { reason = '' } = known && !isIndexOnly(known) ? standingAt(known, facts.now) : {};
      // A scan may take too long without any fault.
      if (/failed\/(unreachable|rate-limited|gone|blobs-unreachable|system-failed|internal)$/.test(reason))
        yield `${repository}@${short(digest)} is there, and is ${reason}`;
    }
  },
};

const minuteMs = 60_000;
/** Now, when pushes are overdue, and when every healthy image is stale. */
const laterMs = [0, 16 * minuteMs, 25 * 60 * minuteMs, staleAfterMs + 24 * 60 * minuteMs];

/** The product's status for the events in the log at a time equals the contract's, in any order of topics. */
export const misshown = function* (
  events: readonly Emitted[],
  now: number,
  shownBy: typeof shownStatus = shownStatus,
): Iterable<string> {
  const views = [viewOf(events), viewOf([...Map.groupBy(events, ({ topic }) => topic).values()].flat())];
  for (const [placement, known] of knownFrom(events)) {
    for (const state of views.map((view) => view.get(placement)!)) {
      if (isIndex(state) !== isIndexOnly(known))
        yield `${short(placement)} is taken for ${isIndex(state) ? 'an index' : 'an image'}`;
      if (isIndexOnly(known)) continue;
      for (const parked of [false, true]) {
        for (const ms of laterMs) {
          const [shown, expected] = [
            shownBy(state, { now: now + ms, parked, staleAfterMs }),
            (parked ? parkedAt : standingAt)(known, now + ms),
          ];
          if (!isSameStanding(shown, expected))
            yield (
              `${short(placement)} is ${textOf(expected)}${parked ? ', with something parked' : ''}` +
              `${ms > 0 ? `, ${ms / minuteMs} minutes later` : ''}, ` +
              `and shown as ${textOf(shown)}`
            );
        }
      }
    }
  }
};

export const theViewIsRight: Invariant = {
  name: 'what is shown is what the contract says, in whatever order the topics came',
  *broken(facts) {
    // At the end, and at each approval, while work is pending.
    for (const time of new Set([facts.now, ...ofTopic(facts, 'scan.approved').map(({ at }) => at)]))
      yield* misshown(
        facts.events.filter(({ at }) => at <= time),
        time,
      );
  },
};

/** Time for leases to expire, for attempts and for their pauses, after everything can be reached again. */
const recoveryMs = 6 * minuteMs;

/** Once everything can be reached, a push is answered by its deadline, or soon after. */
export const deadlinesHold: Invariant = {
  name: 'no push is queued for ever',
  *broken(facts) {
    for (const [placement, known] of knownFrom(facts.events)) {
      const { push } = known;
      if (!push || isIndexOnly(known) || push.origin === 'sweep') continue;
      const by = Math.max(waitOf(push), facts.healedAt) + recoveryMs + facts.skewMs;
      if (by < facts.now && !isAnswered(knownBy(facts, by).get(placement)!))
        yield `${short(placement)} was pushed at ${push.receivedAt} and not answered by ${new Date(by).toISOString()}`;
    }
  },
};

/** Time for restarts, for moving partitions, and for the check, once per second, whether everything was received. */
const noticeMs = 2 * minuteMs;

/** A lapse of time is emitted when it happens: not before, and not only when a reader asks. */
export const lapsesAreEmitted: Invariant = {
  name: 'what became overdue or stale was said',
  *broken(facts) {
    const emitted = Map.groupBy(ofTopic(facts, 'recommendation.changed'), ({ data }) => placementKey(data));
    for (const [placement, known] of knownFrom(facts.events)) {
      const { push } = known;
      if (!push || isIndexOnly(known)) continue;
      const by = Math.max(waitOf(push), facts.reachedAt) + noticeMs + facts.skewMs;
      const isLate = by < facts.now && !isAnswered(knownBy(facts, by).get(placement)!);
      if (isLate && !emitted.get(placement)?.some(({ data: { reason }, at }) => reason === 'overdue' && at <= by))
        yield `${short(placement)} was pushed at ${push.receivedAt}, and nobody said that it is overdue`;
    }
    for (const { at, data } of [...emitted.values()].flat()) {
      if (
        (data.reason === 'overdue' || data.reason === 'stale') &&
        Date.parse(data.since) > at + Math.max(1, facts.skewMs)
      )
        yield (
          `${short(placementKey(data))} was called ${data.reason} ${Date.parse(data.since) - at} ms before ` +
          'its time'
        );
    }
  },
};

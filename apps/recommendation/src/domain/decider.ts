import {
  databaseLimits,
  isoTime,
  mostClusters,
  noFindings,
  pushOf,
  resultLost,
  severities,
  type Cause,
  type DataOf,
  type Push,
} from '@assay/events';
import type { DecideContext, Decision, EventDraft, State } from '@assay/event-sourcing';
import { censusOf, coveringMark, defineDecider, noCensus, type Census } from '@assay/event-sourcing/decider';
import { dayMs, evolveConfig, isOrder, survey, type Config } from './closings.ts';
import { movedSince, noFindingSet } from './findings.ts';
import { tallies } from './promise.ts';
import { evolveDropped, evolveReceived, rankOf, evolveEmitted } from './folds.ts';
import {
  placementIn,
  runningIn,
  unanswered,
  type Received,
  type ReceivedPlacement,
  type ReceivedPush,
  type CountingAnswer,
  type Recommended,
  type Running,
  type Emitted,
  type EmittedPlacement,
} from './state.ts';

export type { Received, Emitted } from './state.ts';

/** Azure's key of the recommendation in the default shape. */
export const assessmentKey = 'dbd0cb49-b563-45e7-9724-889e799fa648';

type Given = Pick<DecideContext<unknown>, 'key' | 'now' | 'receivedUntil' | 'isSurveyed' | 'marks'>;

interface When extends Given {
  /** An open recommendation on an image without a tag is closed after this time, ms. */
  readonly untaggedMs: number;
  readonly running: Running;
}

/** Recommends for each placement that differs from its last published recommendation. */
const decideAfter =
  (untaggedMs: number) =>
  (state: { received: Received; emitted: Emitted }, given: Given): Decision => {
    const { received, emitted } = state;
    const when: When = { ...given, untaggedMs, running: runningIn(received) };
    const all = Object.keys(received)
      .toSorted()
      .map((key) => {
        const placement = placementIn(received, key);
        const before = emitted[key];
        const tagged = recommendationOn(placement, before, when);
        return { key, placement, before, tagged, now: tagged && untilClosed(tagged, placement, before, when) };
      });
    return {
      events: all.flatMap(({ key, placement, before, now }) =>
        now === undefined || isSame(now, before)
          ? []
          : [changed(key, now, shownOf(placement, now), before, useOf(placement, when))],
      ),
      wakeAt: earliest(
        all.map(({ placement, tagged }) =>
          tagged?.reason === 'overdue' ? undefined : unanswered(placement)?.deadline,
        ),
      ),
      lapsesAt: earliest(
        all.flatMap(({ placement, tagged, now }) => [
          placement.outcome && tagged?.reason !== 'stale' ? freshOf(placement.outcome, when).until : undefined,
          now?.reason === untagged ? undefined : asksAt(closesAt(tagged, placement, when), when),
        ]),
      ),
      census: all
        .flatMap(({ placement, now }) => (isOpen(now) ? countOf(closesAt(now, placement, when), when) : []))
        .reduce(censusOf, noCensus),
      // The mark of a newer database ends the staleness of an image. It is no event of the image.
      awaitsMark: all.some(({ tagged }) => tagged?.reason === 'stale'),
    };
  };

const earliest = (times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) + 1 : undefined;
};

/** A recommendation, with the push and the cause it rests on. */
interface Recommendation extends Recommended {
  readonly about: Push & { readonly verdict?: number };
  readonly scanId?: string;
  readonly classification?: number;
  readonly at: string;
  readonly cause: Cause;
  /** Distinguishes events of the same cause: part of the event's id. */
  readonly n?: string;
}

/**
 * Follows the answer until the answer lapses, as if the image had a tag. A push without an answer keeps the last
 * recommendation until it is overdue.
 */
const recommendationOn = (
  placement: ReceivedPlacement,
  before: EmittedPlacement | undefined,
  when: When,
): Recommendation | undefined => {
  const { now } = when;
  const isOver = isClosed(before);
  // A closing may rest on a lapse, which was over by then.
  const receivedUntil = Math.max(when.receivedUntil ?? 0, isOver ? Date.parse(before.since) + 1 : 0);
  const { outcome } = placement;
  const waiting = unanswered(placement);
  // Once published, overdue holds until there is an answer. Neither a later push nor a slower clock takes it back.
  if (waiting && (isOverdue(before) || receivedUntil > waiting.deadline)) return overdue(waiting, outcome);
  if (!outcome) return undefined;
  if (outcome.dropped && outcome.status === 'healthy') return inDoubt(outcome);
  const fresh = freshOf(outcome, when);
  const { until } = fresh;
  if (until !== undefined && (isStaleStill(outcome, until, before) || receivedUntil > until))
    return stale(outcome, until, fresh);
  if (until !== undefined && now > until && (isStale(before) || isOver)) return stale(outcome, until, fresh);
  return answered(outcome, isStale(before) || isOver ? fresh : undefined);
};

/** Closes what would be open on an image without a tag, once its time is over. */
const untilClosed = (
  tagged: Recommendation,
  placement: ReceivedPlacement,
  before: EmittedPlacement | undefined,
  when: When,
): Recommendation => {
  const closing = closesAt(tagged, placement, when);
  const n = [placement.tagged?.order ?? 0, lastSeenMs(when), ...(tagged.n ? [tagged.n] : [])].join('/');
  if (closing !== undefined && (isClosed(before) || (when.isSurveyed && (when.receivedUntil ?? 0) > closing)))
    return closed(tagged, closing, n);
  return isClosed(before) ? { ...tagged, n: `open/${n}` } : tagged;
};

/** The reason of a recommendation that is closed because its image has no tag. */
const untagged = 'untagged';

/** The last time at which a cluster had the image, ms since the epoch; 0 without any. */
const lastSeenMs = ({ running }: When): number => Math.max(0, ...Object.values(running).map(({ seenMs }) => seenMs));

/**
 * When the open recommendation on an image without a tag is closed, ms since the epoch. While the image runs, also in a
 * cluster that is silent, it stays open.
 */
const closesAt = (shown: Recommendation | undefined, { tagged }: ReceivedPlacement, when: When): number | undefined => {
  const runs = Object.values(when.running).some(({ isGone }) => !isGone);
  if (tagged?.untaggedMs === undefined || !isOpen(shown) || runs || when.untaggedMs === 0) return undefined;
  return Math.max(tagged.untaggedMs, lastSeenMs(when)) + when.untaggedMs;
};

const isOpen = (shown: Recommendation | undefined): boolean =>
  shown?.status === 'unhealthy' || shown?.status === 'undetermined';

const hourMs = 60 * 60_000;

/** When to look at a closing. One that is over and was not made is held, and is looked at again each hour. */
const asksAt = (closing: number | undefined, { now, receivedUntil = 0 }: When): number | undefined =>
  closing !== undefined && Math.max(receivedUntil, now - hourMs) > closing ? now + hourMs : closing;

const countOf = (closing = Infinity, { receivedUntil = 0 }: When): Census => ({
  open: 1,
  ending: closing < receivedUntil + dayMs ? 1 : 0,
  due: closing < receivedUntil ? 1 : 0,
});

const closed = (tagged: Recommendation, at: number, n: string): Recommendation => ({
  ...tagged,
  status: 'not-applicable',
  reason: untagged,
  bySeverity: noFindings(),
  fixable: 0,
  exempt: 0,
  findingSet: noFindingSet,
  at: isoTime(Math.max(at, Date.parse(tagged.at))),
  n: `${untagged}/${n}`,
});

/** Without a tag an image has no findings that count. */
const shownOf = (placement: ReceivedPlacement, { reason }: Recommendation): ReceivedPlacement => {
  const { outcome } = placement;
  return outcome?.entries && reason === untagged
    ? { outcome: { ...outcome, entries: [] }, before: { ...rankOf(outcome), entries: outcome.entries } }
    : placement;
};

/** How long an image may be called healthy. */
interface Fresh {
  /** ms since the epoch. Absent if time alone changes nothing. */
  readonly until?: number | undefined;
  /** The announcement of the database by which it is, if a mark covers the image. */
  readonly announced?: number;
}

/** The newest database that a healthy image was assessed with counts: its own, or that of the mark that covers it. */
const freshOf = ({ judged, staleAt, scanner, sequence }: CountingAnswer, { key: digest, marks }: When): Fresh => {
  const covering =
    scanner === undefined
      ? undefined
      : coveringMark(marks.received, { digest, registryIds: [judged.registryId], scanner, sequence });
  if (staleAt === undefined || !covering || covering.database.demonstration) return { until: staleAt };
  const until = Date.parse(covering.database.builtAt) + databaseLimits(covering.database).staleMs;
  return until > staleAt ? { until, announced: covering.announced } : { until: staleAt };
};

const isClosed = (emitted: EmittedPlacement | undefined): emitted is EmittedPlacement => emitted?.reason === untagged;
const isOverdue = (emitted: EmittedPlacement | undefined): boolean =>
  emitted?.reason === 'overdue' && emitted.status === 'undetermined';
const isStale = (emitted: EmittedPlacement | undefined): boolean =>
  emitted?.reason === 'stale' && emitted.status === 'undetermined';

/** Once published, stale holds until the image is assessed with a newer database, also by a slower clock. */
const isStaleStill = (outcome: CountingAnswer, until: number, emitted: EmittedPlacement | undefined): boolean => {
  const { verdict, classification } = rankOf(outcome);
  return (
    isStale(emitted) &&
    emitted?.verdict === verdict &&
    emitted.classification === classification &&
    until <= Date.parse(emitted.since)
  );
};

/** @param again the database by which an image is healthy that was stale */
const answered = (
  {
    judged,
    scanId,
    classification,
    status,
    reason,
    bySeverity,
    fixable,
    exempt,
    findingSet,
    at,
    cause,
  }: CountingAnswer,
  again?: Fresh,
): Recommendation => ({
  about: judged,
  ...(scanId ? { scanId } : {}),
  ...(classification > 0 ? { classification } : {}),
  status,
  ...(reason ? { reason } : {}),
  bySeverity,
  fixable,
  exempt,
  ...(findingSet ? { findingSet } : {}),
  at,
  cause,
  ...(again?.announced === undefined ? {} : { n: `fresh/${again.announced}` }),
});

/** A healthy image may have findings by the classification that was dropped. */
const inDoubt = (outcome: CountingAnswer): Recommendation => ({
  ...answered(outcome),
  status: 'undetermined',
  reason: `failed/${resultLost}`,
  n: 'dropped',
});

const stale = (outcome: CountingAnswer, until: number, { announced }: Fresh): Recommendation => ({
  ...answered(outcome),
  status: 'undetermined',
  reason: 'stale',
  at: isoTime(until),
  n: announced === undefined ? 'stale' : `stale/${announced}`,
});

/** Keeps the findings last known of the image, as nothing newer is known. */
const overdue = ({ push, deadline, cause }: ReceivedPush, outcome: CountingAnswer | undefined): Recommendation => {
  const {
    bySeverity = noFindings(),
    fixable = 0,
    exempt = 0,
    findingSet = outcome ? undefined : noFindingSet,
  } = outcome ?? {};
  const { verdict, classification } = outcome ? rankOf(outcome) : { verdict: 0, classification: 0 };
  return {
    about: pushOf(push),
    status: 'undetermined',
    reason: 'overdue',
    bySeverity,
    fixable,
    exempt,
    ...(findingSet ? { findingSet } : {}),
    at: isoTime(deadline),
    cause,
    n: `overdue/${verdict}.${classification}`,
  };
};

const isSame = (now: Recommended, before: Recommended | undefined): boolean =>
  before !== undefined &&
  now.status === before.status &&
  now.reason === before.reason &&
  now.fixable === before.fixable &&
  now.exempt === before.exempt &&
  severities.every((severity) => now.bySeverity[severity] === before.bySeverity[severity]) &&
  (now.findingSet === undefined || before.findingSet === undefined || now.findingSet === before.findingSet);

/** Whether a tag names the image, and where it runs, for readers of an event that is published anyway. */
const useOf = (
  { tagged: { untaggedMs, successor } = { order: 0 } }: ReceivedPlacement,
  { running }: When,
): Pick<DataOf<'recommendation.changed'>, 'untagged' | 'runningIn'> => {
  const clusters = Object.keys(running).filter((cluster) => running[cluster]?.isGone === false);
  return {
    ...(untaggedMs === undefined
      ? {}
      : { untagged: { since: isoTime(untaggedMs), ...(successor ? { successor } : {}) } }),
    ...(clusters.length > 0 ? { runningIn: clusters.toSorted().slice(0, mostClusters) } : {}),
  };
};

const changed = (
  key: string,
  now: Recommendation,
  placement: ReceivedPlacement,
  before: EmittedPlacement | undefined,
  use: ReturnType<typeof useOf>,
): EventDraft => {
  const { about, at, cause, n, status, reason, bySeverity, fixable, exempt, findingSet, scanId, classification } = now;
  return {
    topic: 'recommendation.changed',
    cause,
    idempotencyKey: key,
    ...(n ? { occurrence: n } : {}),
    data: {
      ...about,
      ...(scanId ? { scanId } : {}),
      ...(classification ? { classification } : {}),
      assessmentKey,
      status,
      ...(reason ? { reason } : {}),
      ...(before
        ? {
            previous: {
              status: before.status,
              ...(before.reason ? { reason: before.reason } : {}),
              bySeverity: before.bySeverity,
            },
          }
        : {}),
      bySeverity,
      fixable,
      exempt,
      ...(findingSet ? { findingSet } : {}),
      ...movedSince(placement, before),
      since: before && before.status === status && before.reason === reason ? before.since : at,
      ...use,
    },
  };
};

/**
 * The answer before one that was published is needed no more: it named the findings that moved, and no change is on it.
 * What is closed begins again without findings.
 * While a refusal counts, a change of the classification below may still arrive.
 */
const compacted = (state: State<Received, Emitted>): State<Received, Emitted> => ({
  ...state,
  received: Object.fromEntries(
    Object.entries(state.received).map(([key, { before, ...placement }]) => {
      const { outcome } = placement;
      const { findingSet = 'not published', reason } = state.emitted[key] ?? {};
      const isOver = outcome?.setId !== undefined && (outcome.findingSet === findingSet || reason === untagged);
      return [key, isOver || !before ? placement : { ...placement, before }];
    }),
  ),
});

/** An open recommendation on an image without a tag is closed after so many days. */
export const untaggedDays = 14;

/** Publishes only changes of a recommendation, including those by lapse of time. */
export const deciderClosing = (days: number) =>
  defineDecider<'recommendation', Received, Emitted, Config>({
    app: 'recommendation',
    stateVersion: 9,
    decidesByAbsence: true,
    empty: () => ({ received: {}, emitted: {} }),
    evolveReceived,
    evolveDropped,
    evolveEmitted,
    decide: decideAfter(days * dayMs),
    survey,
    compact: compacted,
    noConfig: {},
    evolveConfig,
    matters: isOrder,
    tallies,
  });

export const decider = deciderClosing(untaggedDays);

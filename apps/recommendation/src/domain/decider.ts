import { isoTime, noFindings, pushOf, severities, type Cause, type Push } from '@assay/events';
import type { DecideContext, Decision, EventDraft } from '@assay/event-sourcing';
import { defineDecider } from '@assay/event-sourcing/decider';
import { movedSince, noFindingSet } from './findings.ts';
import { evolveReceived, rankOf, evolveEmitted } from './folds.ts';
import {
  placementIn,
  type Received,
  type ReceivedPlacement,
  type ReceivedPush,
  type CountingAnswer,
  type Recommended,
  type Emitted,
  type EmittedPlacement,
} from './state.ts';

export type { Received, Emitted } from './state.ts';

/** Azure's key of the recommendation in the default shape. */
export const assessmentKey = 'dbd0cb49-b563-45e7-9724-889e799fa648';

type When = Pick<DecideContext<unknown>, 'now' | 'receivedUntil'>;

/** Recommends for each placement that differs from its last published recommendation. */
const decide = ({ received, emitted }: { received: Received; emitted: Emitted }, when: When): Decision => {
  const all = Object.keys(received)
    .toSorted()
    .map((key) => {
      const placement = placementIn(received, key);
      return { key, placement, before: emitted[key], now: recommendationOn(placement, emitted[key], when) };
    });
  return {
    events: all.flatMap(({ key, placement, before, now }) =>
      now === undefined || isSame(now, before) ? [] : [changed(key, now, placement, before)],
    ),
    wakeAt: earliest(
      all.map(({ placement, now }) => (now?.reason === 'overdue' ? undefined : unanswered(placement)?.deadline)),
    ),
    lapsesAt: earliest(
      all.map(({ placement, now }) => (now?.reason === 'stale' ? undefined : placement.outcome?.staleAt)),
    ),
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
 * Follows the answer until the answer lapses. A push without an answer keeps the last recommendation until it is
 * overdue.
 */
const recommendationOn = (
  placement: ReceivedPlacement,
  before: EmittedPlacement | undefined,
  { now, receivedUntil = 0 }: When,
): Recommendation | undefined => {
  const { outcome } = placement;
  const waiting = unanswered(placement);
  // Once published, overdue holds until there is an answer. Neither a later push nor a slower clock takes it back.
  if (waiting && (isOverdue(before) || receivedUntil > waiting.deadline)) return overdue(waiting, outcome);
  if (!outcome) return undefined;
  const { staleAt } = outcome;
  return staleAt !== undefined &&
    (isStaleStill(outcome, before) || receivedUntil > staleAt || (now > staleAt && isStale(before)))
    ? stale(outcome, staleAt)
    : answered(outcome);
};

/** The latest push, unless a received outcome answers it or a later push. */
const unanswered = ({ push, outcome }: ReceivedPlacement): ReceivedPush | undefined =>
  push &&
  (outcome === undefined ||
    (outcome.judged.pushId !== push.push.pushId && outcome.judged.receivedAt <= push.push.receivedAt))
    ? push
    : undefined;

const isOverdue = (emitted: EmittedPlacement | undefined): boolean =>
  emitted?.reason === 'overdue' && emitted.status === 'undetermined';
const isStale = (emitted: EmittedPlacement | undefined): boolean =>
  emitted?.reason === 'stale' && emitted.status === 'undetermined';

const isStaleStill = (outcome: CountingAnswer, emitted: EmittedPlacement | undefined): boolean => {
  const { verdict, classification } = rankOf(outcome);
  return isStale(emitted) && emitted?.verdict === verdict && emitted.classification === classification;
};

const answered = ({
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
}: CountingAnswer): Recommendation => ({
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
});

const stale = (outcome: CountingAnswer, staleAt: number): Recommendation => ({
  ...answered(outcome),
  status: 'undetermined',
  reason: 'stale',
  at: isoTime(staleAt),
  n: 'stale',
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

const changed = (
  key: string,
  now: Recommendation,
  placement: ReceivedPlacement,
  before: EmittedPlacement | undefined,
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
    },
  };
};

/** Publishes only changes of a recommendation, including those by lapse of time. */
export const decider = defineDecider<'recommendation', Received, Emitted, Record<string, never>>({
  app: 'recommendation',
  stateVersion: 3,
  decidesByAbsence: true,
  empty: () => ({ received: {}, emitted: {} }),
  evolveReceived,
  evolveEmitted,
  decide,
  noConfig: {},
  evolveConfig: (config, event) => {
    // Orders about parked events change no recommendation.
    event.topic satisfies 'operator.acted';
    return config;
  },
  matters: () => false,
});

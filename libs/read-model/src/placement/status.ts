import type { Status } from '@assay/events';
import { isIndexOfImages, waitMs } from './lapse.ts';
import {
  builtMs,
  databaseIn,
  headIn,
  shownHeadIn,
  wasLookedInto,
  type StatusHead,
  type LatestPush,
  type PlacementState,
  type LatestVerdict,
} from './placement.ts';

export type ShownStatus = Status | 'queued' | 'scanning';

/**
 * Statuses as lists show them, the worst first. An image that is not assessed is unknown, so it outweighs a healthy
 * one.
 */
export const shownStatuses: readonly ShownStatus[] = [
  'unhealthy',
  'undetermined',
  'scanning',
  'queued',
  'not-applicable',
  'healthy',
];

export interface StatusWithReason {
  readonly status: ShownStatus;
  readonly reason?: string;
}

/** Facts besides the events that a status depends on. */
export interface StatusFacts {
  /** ms since the epoch. */
  readonly now: number;
  /** Whether an event of this digest is parked before the recommendation. */
  readonly parked: boolean;
  /** Healthy by a database older than this is stale, ms. */
  readonly staleAfterMs: number;
}

/** The step that the placement waits for, and the time after which that is overdue, ms since the epoch. */
export interface Pending {
  readonly status: 'queued' | 'scanning';
  readonly deadline: number;
}

/**
 * A later push without a verdict, or a verdict whose scan has not ended. During a rescan the last status still holds.
 */
export const pendingIn = (state: PlacementState): Pending | undefined => {
  const { push, verdict, started, completed } = state;
  if (isIndex(state)) return undefined;
  if (push && isUnanswered(push, verdict)) {
    return { status: 'queued', deadline: Date.parse(push.receivedAt) + waitMs(push.origin) };
  }
  if (!verdict?.approved) return undefined;
  const head = headIn(state);
  if (head && (head.verdict >= verdict.verdict || verdict.kind === 'rescan')) return undefined;
  const begun = started?.verdict === verdict.verdict || completed?.verdict === verdict.verdict;
  // A rescan may overtake the first status: the push must not wait longer for it.
  const deadline =
    verdict.kind === 'rescan' ? Date.parse(verdict.receivedAt) + waitMs(push?.origin) : Date.parse(verdict.deadline);
  return { status: begun ? 'scanning' : 'queued', deadline };
};

/** True for an index of images. An index is never assessed itself; its images are. */
export const isIndex = ({ push }: PlacementState): boolean => isIndexOfImages(push?.facts);

/** The verdict on a later push may arrive before that push does. */
const isUnanswered = (push: LatestPush, verdict: LatestVerdict | undefined): boolean =>
  verdict === undefined || (verdict.pushId !== push.pushId && verdict.receivedAt <= push.receivedAt);

/** True if a healthy image was last assessed with a database that is too old by now. */
const isStale = ({ status }: StatusHead, state: PlacementState, { now, staleAfterMs }: StatusFacts): boolean => {
  const built = builtMs(databaseIn(state));
  return status === 'healthy' && built !== undefined && built + staleAfterMs < now;
};

/** The status of an image as shown. An index has none of its own (see `indexStanding`). */
export const shownStatus = (state: PlacementState, reading: StatusFacts): StatusWithReason => {
  const pending = pendingIn(state);
  if (pending) {
    if (reading.parked) return { status: 'undetermined', reason: 'parked' };
    return pending.deadline < reading.now ? { status: 'undetermined', reason: 'overdue' } : { status: pending.status };
  }
  const head = shownHeadIn(state);
  if (!head) {
    const unanswered = unansweredIn(state);
    return unanswered === 'image-deleted' ? { status: 'not-applicable', reason: unanswered } : { status: unanswered };
  }
  // An event about the image could not be handled, so it may no longer be healthy.
  if (head.status === 'healthy' && reading.parked) return { status: 'undetermined', reason: 'parked' };
  if (isStale(head, state, reading)) return { status: 'undetermined', reason: 'stale' };
  return { status: head.status, ...(head.reason ? { reason: head.reason } : {}) };
};

/**
 * True if the image counts: its findings are in lists and sums, unless it is shown as not applicable. Those of an
 * undetermined image are in them as they were last known, since unknown is not safe.
 */
export const isApplicable = (state: PlacementState): boolean =>
  pendingIn(state) !== undefined || shownHeadIn(state)?.status !== 'not-applicable';

/**
 * True for an image that had a tag and has none, nor an index with a tag that lists it. One that was deleted is shown
 * as that: its tags went with it.
 */
export const isUntagged = (state: PlacementState): boolean =>
  state.tagged?.tags.length === 0 && state.tagged.indexes.length === 0 && !isDeleted(state);

/**
 * True if the findings of the image are in sums, and in lists without a filter. `inSums` is the same in SQL.
 * @param runs whether any cluster had the digest in its last word
 */
export const isInSums = (state: PlacementState, runs: boolean): boolean =>
  isApplicable(state) && (runs || !isUntagged(state));

/**
 * The last known counts of an image that counts. Absent for any other, and if no scan succeeded: zeros would claim that
 * it has no findings.
 */
export const countsIn = (state: PlacementState): StatusHead | undefined => {
  if (!wasLookedInto(state) || !isApplicable(state)) return undefined;
  const head = headIn(state);
  return head?.bySeverity ? head : state.classified;
};

/** The view has seen neither a verdict nor a status: the image is gone, or one topic is ahead of another. */
export const unansweredIn = ({
  deletion,
  started,
  completed,
}: PlacementState): 'image-deleted' | 'scanning' | 'queued' =>
  deletion ? 'image-deleted' : (started ?? completed) ? 'scanning' : 'queued';

export const isDeleted = (state: PlacementState): boolean => {
  const head = headIn(state);
  if (head) return head.reason === 'image-deleted' && pendingIn(state) === undefined;
  return state.deletion !== undefined && (!state.push || state.deletion.deletedAt >= state.push.pushedAt);
};

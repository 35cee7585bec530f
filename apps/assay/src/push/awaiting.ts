import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs, type Backoff } from '@assay/backoff';
import { isTerminal, type PlacementAnswer, type TimelineEvent } from '../client/answers.ts';
import type { Api } from '../client/api.ts';
import { Failure, reasonOf } from '../terminal/failure.ts';

/** A digest in one repository, and the id of its last push before this one. */
export interface Awaited {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
  readonly pushedBefore: string | undefined;
}

/** Result of a push. */
export interface PushOutcome {
  readonly placement: PlacementAnswer;
  readonly events: readonly TimelineEvent[];
  /** False if the time was up before. */
  readonly finished: boolean;
}

/**
 * Starts fast, since a known image has its answer at once. Backs off until a dozen waiting pushes stay within a
 * caller's rate limit.
 */
const askBackoff: Backoff = { firstMs: 40, longestMs: 500, factor: 1.15, jitter: 0 };

/** Returns the pause before the next poll in ms, by the number of polls so far. */
export const pauseMs = (asked: number): number => backoffMs(askBackoff, asked);

/** The recommendation and the charge follow a status shortly. */
const graceMs = 3_000;

export const placementOf = async (
  api: Api,
  { registryId, repository, digest }: Pick<Awaited, 'registryId' | 'repository' | 'digest'>,
): Promise<PlacementAnswer | undefined> => {
  try {
    const { placements } = await api.image(digest);
    return placements.find(
      (one) => one.registryId.toLowerCase() === registryId.toLowerCase() && one.repository === repository,
    );
  } catch (error) {
    if (error instanceof Failure && reasonOf(error) === 'not-found') return undefined;
    throw error;
  }
};

const isIndex = ({ children }: PlacementAnswer): boolean => children !== undefined;

/** True if no more events of this push are expected. */
const isSettled = (placement: PlacementAnswer): boolean => {
  const { status, times, charge } = placement;
  if (isIndex(placement)) return true;
  return times.recommended !== undefined && (charge !== undefined || !['healthy', 'unhealthy'].includes(status));
};

/** Waits until a push has its terminal status, or the time is up. */
export const outcomeOf = async (
  api: Api,
  awaited: Awaited,
  until: number,
  onStatus: (status: string) => void = () => undefined,
): Promise<PushOutcome | undefined> => {
  let settleBy: number | undefined;
  for (let polls = 0; ; polls += 1) {
    const placement = await placementOf(api, awaited);
    const isAnswered =
      placement?.pushId !== undefined && placement.pushId !== awaited.pushedBefore && isTerminal(placement);
    const now = performance.now();
    onStatus(placement && placement.pushId !== awaited.pushedBefore ? placement.status : 'queued');
    if (isAnswered) settleBy ??= now + graceMs;
    const finished = isAnswered && (isSettled(placement) || (settleBy !== undefined && now > settleBy));
    if (finished || now > until)
      return placement && { placement, events: (await api.timeline(awaited.digest)).events, finished };
    await pause(pauseMs(polls));
  }
};

/**
 * True if no scan ran for this push, since the result was known. A later verdict, as by another plan, does not change
 * that.
 */
export const isJoined = ({ verdict, receivedAt = '', times }: PlacementAnswer): boolean =>
  verdict?.approved === true &&
  times.judged !== undefined &&
  (times.started === undefined || times.started < receivedAt);

/** Returns the trace of this push. The placement's own trace is that of its first push. */
export const traceOf = ({ placement, events }: PushOutcome): string | null =>
  events.find(({ pushId, traceId }) => traceId !== undefined && pushId === placement.pushId)?.traceId ??
  placement.traceId ??
  null;

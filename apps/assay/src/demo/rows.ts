import type { BySeverity } from '../terminal/format.ts';
import { isTerminal } from '../client/answers.ts';
import { isJoined, traceOf, type PushOutcome } from '../push/awaiting.ts';
import { chargeOf, scanMsOf } from '../push/result.ts';

/** A row of `demo --json`. */
export interface DemoRow {
  readonly reference: string;
  readonly subscription: string;
  readonly digest: string;
  /** Digest of the index that lists the image. */
  readonly index: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly findings: number;
  readonly bySeverity: BySeverity;
  readonly charge: { readonly amount: string; readonly currency: string } | null;
  readonly pushToRecommendationMs: number | null;
  /** 0 if no scan ran for this push. */
  readonly scanMs: number;
  readonly traceId: string | null;
}

/** A row with fields that only people see. */
export interface ShownRow {
  readonly row: DemoRow;
  readonly fixable: number;
  readonly joined: boolean;
  readonly finished: boolean;
}

const none: BySeverity = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };

export const shownRow = (reference: string, outcome: PushOutcome, index: string | null = null): ShownRow => {
  const { placement, finished } = outcome;
  const { subscriptionId, digest, status, reason, findings, bySeverity, fixable, pushToRecommendationMs } = placement;
  return {
    fixable: fixable ?? 0,
    joined: isJoined(placement),
    finished: finished && isTerminal(placement),
    row: {
      reference,
      subscription: subscriptionId,
      digest,
      index,
      status,
      reason: reason ?? null,
      findings: findings ?? 0,
      bySeverity: bySeverity ?? none,
      charge: chargeOf(outcome),
      pushToRecommendationMs: pushToRecommendationMs ?? null,
      scanMs: scanMsOf(placement),
      traceId: traceOf(outcome),
    },
  };
};

/** An index has the status of its worst image, and is finished when its last image is. */
export const indexRow = (reference: string, outcome: PushOutcome, children: readonly ShownRow[]): ShownRow => {
  const own = shownRow(reference, outcome);
  const times = children.map(({ row }) => row.pushToRecommendationMs).filter((ms) => ms !== null);
  return {
    fixable: own.fixable,
    joined: false,
    finished: own.finished && children.every(({ finished }) => finished),
    row: {
      ...own.row,
      charge: null,
      pushToRecommendationMs: times.length > 0 ? Math.max(...times) : null,
      scanMs: 0,
    },
  };
};

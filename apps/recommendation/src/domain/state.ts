import type { BySeverity, Cause, Judged, PageSet, Push, Status } from '@assay/events';

/** A finding as it is told of: its id and its vulnerability. */
export type Finding = readonly [findingId: string, vulnerability: string];
/** With its severity, the worst one 0, until all of them are there. */
export type RankedFinding = readonly [rank: number, finding: Finding];

/** What is recommended about a placement. */
export interface Recommended {
  readonly status: Status;
  readonly reason?: string;
  readonly bySeverity: BySeverity;
  readonly fixable: number;
  readonly exempt: number;
  /** Stands for the findings that count. What was said or heard by an older program has none. */
  readonly findingSet?: string;
}

/**
 * Which of two answers counts: the higher verdict and, within it, the higher classification. A verdict that declined
 * has none and is 0.
 */
export interface Rank {
  readonly verdict: number;
  readonly classification: number;
}

/** The answer that counts. */
export interface Outcome extends Recommended {
  readonly judged: Judged;
  readonly classification: number;
  readonly scanId?: string;
  readonly at: string;
  readonly cause: Cause;
  /** Those that count, worst first. */
  readonly findings?: readonly Finding[];
  /** Until when it may be called healthy, ms since the epoch. */
  readonly staleAt?: number;
}

/** The answer that counted before: by it is told what came and went. */
export interface Before extends Rank {
  /** Only where they are others than those of the answer that counts. */
  readonly findings?: readonly Finding[];
}

/** The latest push. */
export interface ReceivedPush {
  readonly push: Push;
  readonly cause: Cause;
  /** When an answer is overdue, ms since the epoch. */
  readonly deadline: number;
}

export interface ReceivedPlacement {
  readonly push?: ReceivedPush;
  readonly outcome?: Outcome;
  readonly before?: Before;
  /** Pages of a set whose last one has not come. */
  readonly unfinished?: PageSet<Page>;
}

export interface Page {
  readonly page: number;
  readonly pages: number;
  readonly findings: readonly RankedFinding[];
}

export interface EmittedPlacement extends Recommended, Partial<Rank> {
  /** When the status began that was said last. */
  readonly since: string;
}

/** Stores that an older program filled hold the outcome alone. */
export type Received = Readonly<Record<string, ReceivedPlacement | Outcome>>;
export type Emitted = Readonly<Record<string, EmittedPlacement>>;

export const placementIn = (received: Received, key: string): ReceivedPlacement => {
  const known = received[key];
  return known === undefined ? {} : 'judged' in known ? { outcome: known } : known;
};

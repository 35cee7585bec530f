import type { BySeverity, Cause, Judged, PageSet, Push, Status } from '@assay/events';

/** A finding as published in `added` and `removed`: its id and its vulnerability. */
export type Finding = readonly [findingId: string, vulnerability: string];
/** A finding with its severity, 0 the worst; kept until all pages are there. */
export type RankedFinding = readonly [rank: number, finding: Finding];

/** The recommendation for a placement. */
export interface Recommended {
  readonly status: Status;
  readonly reason?: string;
  readonly bySeverity: BySeverity;
  readonly fixable: number;
  readonly exempt: number;
  /** Id of the set of findings that count. Absent if an older program received or published it. */
  readonly findingSet?: string;
}

/**
 * Orders answers: the higher verdict counts and, within a verdict, the higher classification. A verdict that declined
 * has no classification and is 0.
 */
export interface Rank {
  readonly verdict: number;
  readonly classification: number;
}

/** The answer that counts. */
export interface CountingAnswer extends Recommended {
  readonly judged: Judged;
  readonly classification: number;
  readonly scanId?: string;
  readonly at: string;
  readonly cause: Cause;
  /** The findings that count, worst first. */
  readonly findings?: readonly Finding[];
  /** The image may be called healthy until this time, ms since the epoch. */
  readonly staleAt?: number;
}

/** The answer that counted before, to tell which findings were added and removed. */
export interface Before extends Rank {
  /** Only if they differ from those of the answer that counts. */
  readonly findings?: readonly Finding[];
}

/** The latest push. */
export interface ReceivedPush {
  readonly push: Push;
  readonly cause: Cause;
  /** The answer is overdue after this time, ms since the epoch. */
  readonly deadline: number;
}

export interface ReceivedPlacement {
  readonly push?: ReceivedPush;
  readonly outcome?: CountingAnswer;
  readonly before?: Before;
  /** Pages of a set whose last page has not arrived. */
  readonly unfinished?: PageSet<FindingPage>;
}

export interface FindingPage {
  readonly page: number;
  readonly pages: number;
  readonly findings: readonly RankedFinding[];
}

export interface EmittedPlacement extends Recommended, Partial<Rank> {
  /** When the last published status began. */
  readonly since: string;
}

/** Stores filled by an older program hold the outcome alone. */
export type Received = Readonly<Record<string, ReceivedPlacement | CountingAnswer>>;
export type Emitted = Readonly<Record<string, EmittedPlacement>>;

export const placementIn = (received: Received, key: string): ReceivedPlacement => {
  const known = received[key];
  return known === undefined ? {} : 'judged' in known ? { outcome: known } : known;
};

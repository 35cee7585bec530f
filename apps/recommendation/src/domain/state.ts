import type {
  BySeverity,
  Cause,
  ClassificationRef,
  Judged,
  PageSet,
  Push,
  RuledFindings,
  SetContent,
  Status,
} from '@assay/events';

/**
 * A finding in short: its severity (0 the worst), `a` for active or `e` for exempt, and its identity. Sets are in the
 * canonical order of identities, so that a change can name their entries by position.
 */
export type Entry = string;

/** The recommendation for a placement. */
export interface Recommended {
  readonly status: Status;
  readonly reason?: string;
  readonly bySeverity: BySeverity;
  readonly fixable: number;
  readonly exempt: number;
  /** Id of the set of findings that count. Absent if it is not known. */
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
  /** The whole set of findings, in canonical order. Absent if it is not known: a change was on a set that is lost. */
  readonly entries?: readonly Entry[];
  /** `ce_id` of the first page of the classification. */
  readonly setId?: string;
  /** Name of the scanner, if the image may be called healthy until `staleAt`: only its marks cover the image. */
  readonly scanner?: string;
  /** An operator dropped a classification of the digest behind this one. It may have been about this placement. */
  readonly dropped?: true;
  /** Sequence of its last page: marks behind it cover the image. */
  readonly sequence?: string;
  /** The image may be called healthy by its own database until this time, ms since the epoch. */
  readonly staleAt?: number;
}

/** The answer that counted before, to tell which findings were added and removed. */
export interface Before extends Rank {
  readonly setId?: string;
  /** Only if they are known, and differ from those of the answer that counts. */
  readonly entries?: readonly Entry[];
}

/** The latest push. */
export interface ReceivedPush {
  readonly push: Push;
  readonly cause: Cause;
  /** The answer is overdue after this time, ms since the epoch. */
  readonly deadline: number;
}

/** The last `image.tagged`. */
export interface ReceivedTags {
  readonly order: number;
  /** Since when it has no tag, ms since the epoch. Absent if it has one. */
  readonly untaggedMs?: number;
  /** The digest that its last tag which moved away names. */
  readonly successor?: string;
}

/** A cluster's last word about a digest. */
export interface ReceivedSighting {
  /** ms since the epoch. */
  readonly seenMs: number;
  readonly isGone: boolean;
}

/** By cluster, its last word about the digest. */
export type Running = Readonly<Record<string, ReceivedSighting>>;

export interface ReceivedPlacement {
  readonly push?: ReceivedPush;
  readonly outcome?: CountingAnswer;
  readonly before?: Before;
  readonly tagged?: ReceivedTags;
  /** Under `everyPlacement` alone. */
  readonly running?: Running;
  /** Pages of a set whose last page has not arrived. */
  readonly unfinished?: PageSet<FindingPage>;
}

export interface FindingPage {
  readonly page: number;
  readonly pages: number;
  /** `ce_id` of the page. */
  readonly id: string;
  readonly content: SetContent;
  /** Base and positions of a change; in the first page alone. */
  readonly base?: ClassificationRef;
  readonly removed?: readonly number[];
  readonly ruled?: readonly RuledFindings[];
  readonly entries: readonly Entry[];
}

export interface EmittedPlacement extends Recommended, Partial<Rank> {
  /** When the last published status began. */
  readonly since: string;
}

export type Received = Readonly<Record<string, ReceivedPlacement>>;
export type Emitted = Readonly<Record<string, EmittedPlacement>>;

/** The key of what is known of the digest wherever it is. No placement has it. */
export const everyPlacement = '';

export const runningIn = (received: Received): Running => placementIn(received, everyPlacement).running ?? {};

export const placementIn = (received: Received, key: string): ReceivedPlacement => received[key] ?? {};

/** The latest push, unless a received outcome answers it or a later push. */
export const unanswered = ({ push, outcome }: ReceivedPlacement): ReceivedPush | undefined =>
  push &&
  (outcome === undefined ||
    (outcome.judged.pushId !== push.push.pushId && outcome.judged.receivedAt <= push.push.receivedAt))
    ? push
    : undefined;

import type {
  Cause,
  ClassificationCause,
  Judged,
  PageSet,
  RuleChanged,
  ScanCompleted,
  ScannedFinding,
  Severity,
  Status,
  SystemPackages,
} from '@assay/events';

/** What a classification says and looks at of a scan, but for its lists. */
export type ScanHead = Judged &
  Pick<
    ScanCompleted,
    | 'scanId'
    | 'kind'
    | 'mode'
    | 'outcome'
    | 'reason'
    | 'startedAt'
    | 'scannerMs'
    | 'scanner'
    | 'database'
    | 'driver'
    | 'os'
  >;

/** A scan whose pages are all there. */
export interface ReceivedScan {
  /** Id of its first page's event: what a classification rests on. */
  readonly id: string;
  readonly cause: Cause;
  readonly head: ScanHead;
  readonly findings: readonly ScannedFinding[];
  /**
   * Names of the system's packages in the inventory, each once, sorted; those of languages tell nothing of the system.
   */
  readonly packages: readonly string[];
}

export interface ReceivedPlacement {
  /** The scan that counts: of the highest verdict, and within it the last one heard. */
  readonly scan?: ReceivedScan;
  /** Pages of a scan that is not complete yet. */
  readonly pending?: PageSet<ScanCompleted> & { readonly cause: Cause; readonly id: string };
}

/** Of each finding: what it was said to be. Compared with what would be said today. */
export type EmittedFindings = Readonly<
  Record<string, { readonly severity: Severity; readonly rule?: string; readonly fixed?: string }>
>;
/** When each finding was first seen. */
export type Sightings = Readonly<Record<string, string>>;

/** What one page of a classification said. */
export interface EmittedPage {
  readonly findings: EmittedFindings;
  readonly firstSeenAt: Sightings;
}

export interface EmittedPlacement {
  readonly verdict: number;
  readonly classification: number;
  readonly scanId: string;
  readonly status: Status;
  readonly reason?: string;
  readonly basis: readonly string[];
  readonly cause: ClassificationCause;
  readonly system?: SystemPackages;
  /** The latest time at which any classification of the placement was said. */
  readonly at: string;
  /** Of all pages, once they are all there. */
  readonly findings: EmittedFindings;
  /** Kept when a scan fails or a finding is gone for a while. */
  readonly firstSeenAt: Sightings;
  /** Pages still to come of the classification above; with any, it counts as not said. */
  readonly missing: number;
  /**
   * Pages that came so far, where some are missing. They are put together once: findings may be hundreds of thousands,
   * and their pages many.
   */
  readonly pending?: readonly EmittedPage[];
}

export type Received = Readonly<Record<string, ReceivedPlacement>>;
export type Emitted = Readonly<Record<string, EmittedPlacement>>;

export interface HeldRule {
  readonly rule: RuleChanged;
  readonly cause: Cause;
}

/**
 * Rules that disable findings, by scope and id (an id is the word of whoever made the rule), and the event that brought
 * each.
 */
export interface Config {
  readonly rules: Readonly<Record<string, HeldRule>>;
  /** Scanner builds whose results count no more, by digest, and the event that recalled each. */
  readonly recalled: Readonly<Record<string, Cause>>;
  /** The last change of any rule: what a new classification is caused by when no scan caused it. */
  readonly changed?: Cause;
}

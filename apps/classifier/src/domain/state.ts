import type {
  Cause,
  ClassificationCause,
  Judged,
  PageSet,
  RuleChanged,
  ScanCompleted,
  ScannedFinding,
  ScanSummary,
  Severity,
  Status,
  SystemPackages,
} from '@assay/events';

/** Scan metadata that a classification uses or copies, without its lists. */
export type ScanHead = Judged &
  Pick<ScanCompleted, 'scanId' | 'kind' | 'mode' | 'outcome' | 'reason' | 'startedAt'> &
  ScanSummary;

/** A scan with all its pages. */
export interface ReceivedScan {
  /** Id of the first page's event. A classification names it in its basis. */
  readonly id: string;
  readonly cause: Cause;
  readonly head: ScanHead;
  readonly findings: readonly ScannedFinding[];
  /**
   * Distinct names of the operating system's packages, sorted. Language packages are left out: they prove nothing about
   * the system.
   */
  readonly packages: readonly string[];
}

export interface ReceivedPlacement {
  /** The scan that counts: of the highest verdict, the last one received. */
  readonly scan?: ReceivedScan;
  /** Pages of a scan that is not complete yet. */
  readonly pending?: PageSet<ScanCompleted> & { readonly cause: Cause; readonly id: string };
}

/** Each finding as emitted, for comparison with a classification made now. */
export type EmittedFindings = Readonly<
  Record<string, { readonly severity: Severity; readonly rule?: string; readonly fixed?: string }>
>;
/** When each finding was first seen. */
export type Sightings = Readonly<Record<string, string>>;

/** The findings of one page of a classification. */
export interface EmittedPage {
  readonly findings: EmittedFindings;
  readonly firstSeenAt: Sightings;
}

/** Optional facts of a scan on which the gate decides, too. */
export const inventoryFacts = ['witness', 'inventory', 'warnings'] as const satisfies readonly (keyof ScanSummary)[];
export type InventoryFact = (typeof inventoryFacts)[number];

export interface EmittedPlacement {
  readonly verdict: number;
  readonly classification: number;
  readonly scanId: string;
  readonly status: Status;
  readonly reason?: string;
  readonly basis: readonly string[];
  readonly cause: ClassificationCause;
  readonly system?: SystemPackages;
  /** Names of the facts about the inventory that it repeats. An older program repeated none. */
  readonly facts?: readonly InventoryFact[];
  /** Latest time of any classification of the placement. */
  readonly at: string;
  /** Findings of all pages; empty until the classification is complete. */
  readonly findings: EmittedFindings;
  /** Kept while a finding is absent or a scan fails, so that a returning finding has its first sighting. */
  readonly firstSeenAt: Sightings;
  /** Number of pages still missing. If it is not 0, the classification counts as not emitted. */
  readonly missing: number;
  /**
   * Pages so far of an incomplete classification. They are merged once: there may be hundreds of thousands of findings
   * on many pages.
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
 * Exemption rules by scope and id, with the event that brought each. An id is chosen by its author and is unique only
 * within a scope.
 */
export interface Config {
  readonly rules: Readonly<Record<string, HeldRule>>;
  /** Recalled scanner builds by digest, with the event that recalled each. Their results no longer count. */
  readonly recalled: Readonly<Record<string, Cause>>;
  /** Last change of any rule: the cause of a new classification that no scan caused. */
  readonly changed?: Cause;
}

import type {
  AdvisoryRemoval,
  Cause,
  ClassificationCause,
  ClassificationRef,
  ClassifiedFinding,
  Database,
  Finding,
  Judged,
  RuleChanged,
  ScanCompleted,
  ScanReassessed,
  ScanSummary,
  SetSum,
  Status,
  SystemPackages,
} from '@assay/events';

/** Facts of a result that a classification uses or copies, without its findings. */
export type ResultFacts = ScanSummary & Pick<ScanCompleted, 'startedAt'>;

/** The findings of a digest by its last result. They hold for each placement whose last answer is a success. */
export interface StandingSet {
  readonly result: number;
  /** Version of the form of the findings. */
  readonly form: number;
  /** First page of the last event that named the result: its facts count. A classification names it in its basis. */
  readonly id: string;
  readonly cause: Cause;
  /** Sequence of the last page of that event. A mark behind it covers the set. */
  readonly sequence?: string;
  readonly facts: ResultFacts;
  /** In canonical order. */
  readonly findings: readonly Finding[];
  readonly sum: SetSum;
  /** Digests of layers, which findings name by position. */
  readonly layers: readonly string[];
}

/** A finding that the set misses since its advisory is gone. It counts as it was until a later database agrees. */
export interface KeptFinding {
  /** Names its layer by the position in those of the set. */
  readonly finding: Finding;
  /** The first database that missed it. */
  readonly removedBy: AdvisoryRemoval & Pick<Database, 'builtAt'>;
  /** The first result that misses it. */
  readonly since: number;
}

/**
 * The last result of a digest, if its set is not known: it rests on a result that the log lost, or that an operator
 * dropped. The next whole set ends it.
 */
export type LostResult = Pick<StandingSet, 'result' | 'id' | 'cause' | 'facts'>;

/** The approval that an answer is to, and how the scan ended. */
export type AnswerHead = Judged & Pick<ScanCompleted, 'scanId' | 'kind' | 'mode' | 'outcome' | 'reason'>;

/** The answer to an approval, with all its pages. */
export interface ScanAnswer {
  /** Id of the first page's event. A classification names it in its basis. */
  readonly id: string;
  readonly cause: Cause;
  readonly head: AnswerHead;
  /** Of an answer without success. A success has those of the standing set. */
  readonly facts?: ResultFacts;
}

export interface ReceivedPlacement {
  /** The answer that counts: of the highest verdict, the last one received. */
  readonly answer?: ScanAnswer;
  /** The highest verdict that was answered after a decline. What readers kept of earlier ones is gone. */
  readonly declinedBefore?: number;
}

/** Pages of a result that is not complete yet. The set before them stands. */
export interface PendingResult extends Pick<ScanReassessed, 'pages' | 'form' | 'content' | 'layers' | 'removed'> {
  /** Of the first page. */
  readonly id: string;
  readonly cause: Cause;
  /** The approval that is answered. Absent for a reassessment. */
  readonly answers?: AnswerHead;
  readonly afterDecline?: true;
  readonly facts: ResultFacts;
  /** Absent without success. */
  readonly result?: number;
  readonly sum?: SetSum;
  /** The findings of each page so far. They are merged once: there may be hundreds of thousands. */
  readonly lists: readonly (readonly Finding[])[];
}

/** Everything that was received about a digest. */
export interface Received {
  readonly set?: StandingSet;
  /** Beside the set. Absent if there are none. */
  readonly kept?: readonly KeptFinding[];
  /** Present instead of the set. */
  readonly lost?: LostResult;
  readonly pending?: PendingResult;
  readonly placements: Readonly<Record<string, ReceivedPlacement>>;
}

/** First sighting of a finding that is gone, so that it has it again if it returns. */
export interface Sighting {
  readonly vulnerability: string;
  readonly package: string;
  readonly installedVersion: string;
  readonly firstSeenAt: string;
  /** Time of the first event without the finding. */
  readonly goneAt: string;
}

/** Pages of a classification that is not complete. It counts as not emitted. */
export interface PendingClassification {
  readonly id: string;
  readonly verdict: number;
  readonly classification: number;
  /** The findings of each page so far. */
  readonly lists: readonly (readonly ClassifiedFinding[])[];
  /** It can never be complete: a page is missing before one that is there, or it changes another set. */
  readonly broken?: true;
}

/** A classification without its findings. */
export interface EmittedHead extends ClassificationRef {
  readonly scanId: string;
  readonly status: Status;
  readonly reason?: string;
  readonly basis: readonly string[];
  readonly cause: ClassificationCause;
  readonly system?: SystemPackages;
  /** The result that it rests on. Absent without success. */
  readonly result?: number;
  /** Digest of the database on which it stood when it was emitted. */
  readonly database: string;
  /** Sequence of its last page. A mark behind it covers it. */
  readonly sequence?: string;
}

export interface EmittedPlacement {
  /** The last classification with all its pages. */
  readonly last?: EmittedHead;
  /** The findings of `last`, in canonical order. */
  readonly findings: readonly ClassifiedFinding[];
  /** Identifies the list of layers to which positions in `findings` point. Empty if there are none. */
  readonly layers: string;
  /** Number of changes since the last whole set. */
  readonly changes: number;
  /** Forgotten 90 days after the finding left. */
  readonly gone: readonly Sighting[];
  /** Latest time of any classification of the placement. */
  readonly at: string;
  readonly pending?: PendingClassification;
}

export type Emitted = Readonly<Record<string, EmittedPlacement>>;

export interface HeldRule {
  readonly rule: RuleChanged;
  readonly cause: Cause;
  /** Of the event in `rule.changed`. */
  readonly offset: number;
}

/** A recall of a scanner build or a database. */
export interface Recall {
  readonly cause: Cause;
  /** Of the event in `operator.acted`. */
  readonly offset: number;
}

/**
 * Exemption rules by scope and id, with the event that brought each. An id is chosen by its author and is unique only
 * within a scope.
 */
export interface Config {
  readonly rules: Readonly<Record<string, HeldRule>>;
  /** Removed rules by scope and id. */
  readonly removed: Readonly<
    Record<string, Pick<RuleChanged, 'ruleId' | 'scope'> & Pick<HeldRule, 'cause' | 'offset'>>
  >;
  /** Recalled scanner builds by digest. Their results no longer count. */
  readonly recalled: Readonly<Record<string, Recall>>;
  /** Recalled databases by digest. An image is undetermined that was assessed by one last. */
  readonly recalledDatabases: Readonly<Record<string, Recall>>;
  /** The last recall of a database, or the last that was taken back. Absent before the first. */
  readonly databasesActed?: Recall;
  /** Last change of any rule: the cause of a new classification that no scan caused, and no rule of its findings. */
  readonly changed?: Cause;
}

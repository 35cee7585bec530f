import type { BySeverity, Severity } from '../terminal/format.ts';

/** The read API's answer about an image: the members that the command line reads. */
export interface ImageAnswer {
  readonly digest: string;
  readonly placements: readonly PlacementAnswer[];
  readonly parked?: readonly { readonly topic: string; readonly code?: string; readonly message?: string }[];
}

export interface ChargeAnswer {
  readonly amount: string;
  readonly currency: string;
  readonly chargedFor: string;
  readonly priceRule: string;
  readonly repository: string;
  readonly corrections?: readonly { readonly amount: string; readonly time: string }[];
  /** The amount after the corrections. */
  readonly rest?: string;
}

export interface ChildAnswer {
  readonly digest: string;
  readonly kind: string;
  readonly status: string;
  readonly reason?: string;
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** Why the status of the index does not depend on it. */
  readonly leftOut?: string;
  /** Why it may be another thing than it seems. */
  readonly unclear?: string;
  readonly bySeverity?: BySeverity;
}

export interface DisagreementAnswer {
  readonly what: string;
  readonly path: string;
  /** Numbers of packages in the report of the scanner, and in the image to the witness. */
  readonly scanner: number;
  readonly witness: number;
  readonly examples: readonly string[];
}

/** The independent look at an image, beside the scanner's. */
export interface WitnessEvidence {
  readonly version: string;
  readonly layers: number;
  readonly packages: number;
  readonly databases: readonly {
    readonly kind: string;
    readonly path: string;
    readonly leadsTo?: string;
    readonly packages?: number;
  }[];
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
  readonly disagreements: readonly DisagreementAnswer[];
}

/** The basis of a status. */
export interface EvidenceAnswer {
  readonly scanner: { readonly name: string; readonly version: string };
  readonly inventory?: {
    readonly packages: number;
    readonly systemPackages: number;
    readonly packageManagers: readonly string[];
    readonly shells: readonly string[];
    readonly languages: readonly string[];
  };
  readonly warnings?: readonly string[];
  readonly uncovered?: {
    readonly system?: string;
    readonly languages?: readonly string[];
    readonly unsourced?: readonly string[];
  };
  readonly witness?: WitnessEvidence;
  readonly database: { readonly builtAt: string };
}

/** A cluster in which an image runs. */
interface RunningInAnswer {
  readonly cluster: string;
  readonly namespaces?: readonly string[];
  readonly since: string;
  /** Last report that had it. */
  readonly seenAt: string;
  /** The cluster has not reported for two days: the image may run there or not. */
  readonly silent?: boolean;
}

/** A cluster with its last report. */
export interface ClusterAnswer {
  readonly cluster: string;
  readonly reportedAt: string;
  readonly digests: number;
  readonly silent?: boolean;
}

/** Numbers of digests of a report. */
export interface ReportAnswer {
  readonly digests: number;
  readonly firstSeen: number;
  readonly gone: number;
  readonly again: number;
}

export interface PlacementAnswer {
  readonly subscriptionId: string;
  readonly registryId: string;
  readonly loginServer: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  /** It lost its tags. */
  readonly untagged?: {
    readonly since: string;
    readonly lost: readonly { readonly tag: string; readonly digest?: string }[];
  };
  readonly kind?: string;
  readonly os?: string;
  readonly architecture?: string;
  readonly listedIn: readonly string[];
  readonly status: string;
  readonly reason?: string;
  /** Reasons not to trust an absence of findings; absent if the image was not scanned. */
  readonly doubts?: readonly string[];
  /** When the advisories were built on which the status rests. */
  readonly advisoriesAt?: string;
  readonly since?: string;
  readonly deleted?: boolean;
  /** Absent until a cluster reported. */
  readonly running?: readonly RunningInAnswer[];
  readonly bySeverity?: BySeverity;
  readonly findings?: number;
  readonly fixable?: number;
  readonly exempt?: number;
  readonly pushId?: string;
  readonly receivedAt?: string;
  readonly verdict?: {
    readonly verdict: number;
    readonly approved: boolean;
    readonly reason?: string;
    readonly message?: string;
    readonly lane?: string;
    readonly deadline?: string;
  };
  readonly scanner?: { readonly name: string; readonly version: string };
  readonly database?: { readonly builtAt: string };
  readonly demonstrationDatabase?: boolean;
  readonly driver?: string;
  readonly operatingSystem?: { readonly family: string; readonly version: string; readonly endOfLife?: boolean };
  readonly evidence?: EvidenceAnswer;
  readonly scanId?: string;
  readonly scanMs?: number;
  readonly pullMs?: number;
  readonly pushToRecommendationMs?: number;
  readonly times: Readonly<
    Partial<Record<'pushed' | 'judged' | 'started' | 'completed' | 'classified' | 'recommended', string>>
  >;
  readonly charge?: ChargeAnswer;
  readonly traceId?: string;
  readonly children?: readonly ChildAnswer[];
}

/** The numbers of a list of images. */
export interface ListTotals {
  readonly total: number;
  /** Images without any filter. */
  readonly all: number;
  /** By status, with all filters except that of the status. */
  readonly counts: Readonly<Record<string, number>>;
  /** Findings of these images that rules disable. */
  readonly hidden: number;
  /** Images without a final result, by place alone: conditions on findings do not apply. */
  readonly unknown: number;
  /** Images that lost their tags, which the list leaves out. */
  readonly untagged: number;
}

/** A tag, and what it names and named, the newest first. */
export interface TagAnswer {
  readonly registryId: string;
  readonly loginServer: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
  readonly at: string;
  readonly moves: readonly {
    readonly at: string;
    readonly digest?: string;
    readonly origin: string;
    /** Number of moves within ten minutes, of which this is the last. */
    readonly times?: number;
  }[];
}

/** Images with their numbers. */
export interface ImageListAnswer extends ListTotals {
  readonly images: readonly PlacementAnswer[];
}

/** Numbers of a list of upgrades. */
export interface FixTotals {
  readonly total: number;
  /** Images that lost their tags and do not run: their findings are left out. */
  readonly untaggedImages: number;
}

/** The first hits of one kind, and the number of all. */
interface Hits<Hit> {
  readonly value: readonly Hit[];
  readonly total: number;
}

/** All that has a text in its name. */
export interface SearchAnswer {
  /** Packages with findings, and the number of images that have one of them. */
  readonly packages: Hits<{ readonly package: string; readonly images: number; readonly vulnerabilities: number }> & {
    readonly images: number;
  };
  readonly vulnerabilities: Hits<{
    readonly id: string;
    readonly title?: string;
    readonly severity: Severity;
    readonly images: number;
  }>;
  readonly images: Hits<{
    readonly loginServer: string;
    readonly repository: string;
    readonly digest: string;
    readonly tags: readonly string[];
  }>;
  readonly registries: Hits<{ readonly loginServer: string }>;
  /** Images without a final result. */
  readonly unknownImages: number;
  readonly untaggedImages: number;
}

/** An upgrade of a package, and the findings that it closes. */
export interface FixAnswer {
  readonly package: string;
  readonly type: string;
  readonly system?: string;
  readonly fixed: string;
  readonly installed: readonly string[];
  readonly closes: number;
  /** All findings of the images that have one of these. */
  readonly of: number;
  readonly images: number;
  /** Those that run. Absent until a cluster reported. */
  readonly running?: number;
  readonly bySeverity: BySeverity;
  readonly worst: Severity;
  /** The first ones. */
  readonly repositories: readonly string[];
  readonly repositoryCount: number;
}

export interface FindingAnswer {
  readonly vulnerability: string;
  readonly package: string;
  readonly installedVersion: string;
  readonly fixedVersion?: string;
  readonly severity: Severity;
  readonly state?: string;
  readonly remediation?: string;
  readonly advisoryRemoved?: { readonly at: string };
}

/** Whether a pipeline may go on with an image. */
export interface GateAnswer {
  readonly decision: 'allow' | 'deny' | 'unknown';
  readonly reason: string;
  readonly message: string;
  /** True if waiting may still change the decision. */
  readonly pending: boolean;
  readonly digest: string;
  /** Address of the image's page. Absent if no suite answered. */
  readonly page?: string;
  readonly upgrade?: UpgradeAnswer;
  readonly advisoriesAt?: string;
  readonly demonstrationDatabase?: true;
  /** Children of an index that the decision does not rest on. */
  readonly leftOut?: readonly LeftOutAnswer[];
  /** Absent if no suite answered. */
  readonly places?: readonly GatedPlaceAnswer[];
}

/** An upgrade of one package that closes findings. */
interface UpgradeAnswer {
  readonly package: string;
  readonly fixed: string;
  readonly closes: number;
  /** The line to type, if one is known. */
  readonly command?: string;
}

/** An image at one place to which a decision applies. */
export interface GatedPlaceAnswer {
  readonly repository: string;
  readonly digest: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly decision: GateAnswer['decision'];
  readonly doubts?: readonly string[];
  readonly evidence?: EvidenceAnswer;
}

export interface LeftOutAnswer {
  readonly repository: string;
  readonly digest: string;
  /** Empty if it is not known. */
  readonly platform: string;
  readonly reason: string;
}

export interface TimelineAnswer {
  readonly digest: string;
  readonly events: readonly TimelineEvent[];
}

export interface TimelineEvent {
  readonly topic: string;
  readonly id: string;
  readonly time: string;
  readonly afterMs: number;
  readonly summary: string;
  readonly cause?: string;
  readonly pushId?: string;
  readonly traceId?: string;
  readonly repository?: string;
  /** Number of events that this event stands for, if it was published in pages. */
  readonly pages?: number;
  readonly depth: number;
}

/** Why an image has its status, in every place. */
export interface WhyAnswer {
  readonly digest: string;
  readonly places: readonly WhyPlaceAnswer[];
  readonly parked?: readonly object[];
}

export interface WhyPlaceAnswer {
  readonly subscriptionId: string;
  readonly loginServer: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly status: string;
  readonly reason?: string;
  readonly advisoriesAt?: string;
  readonly steps: readonly WhyStepAnswer[];
  /** The images that an index lists. */
  readonly children?: readonly WhyChildAnswer[];
}

/** A manifest that an index lists. */
export interface WhyChildAnswer {
  readonly digest: string;
  readonly kind: string;
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** Why the status of the index does not depend on it. */
  readonly leftOut?: string;
  /** Why it may be another thing than it seems. */
  readonly unclear?: string;
  readonly place?: WhyPlaceAnswer;
}

export interface WhyStepAnswer {
  readonly step: string;
  readonly title: string;
  readonly details: readonly string[];
  /** Absent if the step has no event yet. */
  readonly time?: string;
  readonly events: readonly { readonly topic: string; readonly id: string }[];
}

export interface ParkedAnswer {
  readonly target: string;
  readonly service: string;
  readonly topic: string;
  readonly key?: string;
  readonly since: string;
  readonly code?: string;
  readonly message: string;
  /** The event at fault, if this event is only parked behind it. */
  readonly waitsFor?: string;
  readonly repositories: readonly string[];
  readonly record?: {
    readonly key: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly bytes: number;
    readonly value: string;
    readonly truncated?: boolean;
  };
}

/** Result of an order about a parked event: `ordered` if the result is not known yet. */
export interface OrderAnswer {
  readonly target: string;
  readonly order: string;
  readonly outcome: 'redriven' | 'dropped' | 'parked' | 'ordered';
  readonly code?: string;
  readonly message?: string;
}

/** A partition of a service at a standstill. */
export interface HaltedAnswer {
  readonly target: string;
  readonly service: string;
  readonly topic: string;
  readonly partition: number;
  readonly readUpTo: number;
  readonly since: string;
  readonly code?: string;
  readonly message: string;
  /** Number of records that `assay resume` reads again. */
  readonly rereads: number;
}

/** Result of an order to resume: `ordered` if the result is not known yet. */
export interface ResumeAnswer {
  readonly target: string;
  readonly order: string;
  readonly outcome: 'resumed' | 'ordered';
}

export interface RuleCriteriaAnswer {
  readonly vulnerabilities?: readonly string[];
  readonly digests?: readonly string[];
  readonly operatingSystems?: readonly string[];
  readonly severityBelow?: Severity;
  readonly cvssBelow?: number;
  readonly patchable?: boolean;
}

/** A plan of a subscription, whether it scans, and how it assesses. */
export interface PlanAnswer {
  readonly subscriptionId: string;
  readonly plan: string;
  readonly tier: 'Standard' | 'Free';
  readonly scans: boolean;
  readonly mode: 'classic' | 'extended';
  /** The source of the mode. */
  readonly modeBy: 'command' | 'extension' | 'plan';
  readonly from?: string;
  readonly by?: string;
  readonly why?: string;
}

/** A rule that disables findings, and the number of findings it disables. */
export interface RuleAnswer {
  readonly ruleId: string;
  readonly scope: string;
  readonly criteria: RuleCriteriaAnswer;
  readonly reason: string;
  readonly by: string;
  readonly since: string;
  readonly expiresAt?: string;
  readonly state: 'in-force' | 'expired';
  readonly exempted: number;
  /** Of these, findings that have a fix by now. */
  readonly fixable: number;
}

/** Findings that a rule would disable, or no longer. */
export interface PreviewedFindings {
  readonly findings: number;
  readonly images: number;
  readonly bySeverity: BySeverity;
}

interface PreviewedImage {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
}

/** The effect that a rule would have. */
export interface RulePreviewAnswer {
  readonly ruleId: string;
  readonly scope: string;
  readonly replaces: boolean;
  readonly matches: PreviewedFindings;
  readonly hides: PreviewedFindings;
  readonly shows: PreviewedFindings;
  readonly statuses: readonly {
    readonly before: string;
    readonly beforeReason?: string;
    readonly after: string;
    readonly afterReason?: string;
    readonly count: number;
    /** The first ones. */
    readonly images: readonly PreviewedImage[];
  }[];
  readonly maxSeverity: string;
  readonly gateChanges: number;
  /** The first ones. */
  readonly gates: readonly (PreviewedImage & { readonly before: string; readonly after: string })[];
  readonly asOf: string;
}

/** One of two moments that are compared. */
export interface MomentAnswer {
  readonly digest: string;
  readonly repository: string;
  /** Absent for now. */
  readonly at?: string;
  readonly status: string;
  readonly reason?: string;
  readonly classifiedAt: string;
  readonly findings: number;
  readonly packagesUnknown?: string;
}

export interface ComparedFindingAnswer {
  readonly vulnerability: string;
  readonly package: string;
  readonly installedVersion: string;
  readonly fixedVersion?: string;
  readonly severity: Severity;
}

interface PackageVersionsAnswer {
  readonly type: string;
  readonly name: string;
  readonly versions: readonly string[];
}

/** How two images, or two moments of one, differ. */
export interface DifferenceAnswer {
  readonly from: MomentAnswer;
  readonly to: MomentAnswer;
  readonly counts: { readonly gone: number; readonly new: number; readonly changed: number; readonly same: number };
  readonly gone: readonly (ComparedFindingAnswer & { readonly because: string; readonly ruleId?: string })[];
  readonly new: readonly (ComparedFindingAnswer & { readonly because: string; readonly ruleId?: string })[];
  readonly changed: readonly { readonly before: ComparedFindingAnswer; readonly after: ComparedFindingAnswer }[];
  readonly same: number;
  /** Absent if those of a moment are not known. */
  readonly packages?: {
    readonly counts: { readonly removed: number; readonly added: number; readonly changed: number };
    readonly removed: readonly PackageVersionsAnswer[];
    readonly added: readonly PackageVersionsAnswer[];
    readonly changed: readonly {
      readonly type: string;
      readonly name: string;
      readonly before: readonly string[];
      readonly after: readonly string[];
    }[];
  };
}

/** A build of a scanner, and the number of images that rest on its results. */
export interface ScannerAnswer {
  readonly digest: string;
  readonly name?: string;
  readonly version?: string;
  readonly images: number;
  readonly recalled?: { readonly by: string; readonly why: string; readonly since: string };
  /** Systems that it does not know, or of which it lists no packages. */
  readonly unread?: readonly {
    readonly family: string;
    readonly version: string;
    readonly images: number;
    readonly why: 'not-known' | 'no-packages';
  }[];
}

/** State of a service: reported by itself, unreachable, or unknown if it was not checked. */
export interface StandingAnswer {
  readonly name: string;
  readonly address?: string;
  readonly status: 'ready' | 'not-ready' | 'unreachable' | 'unknown';
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

/** State of a runner: of one that does not answer, there is no database. */
export interface RunnerAnswer extends Pick<StandingAnswer, 'status' | 'reasons' | 'notes'> {
  readonly database?: { readonly digest: string; readonly java?: string };
}

/** All rows of a query's answer. */
export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly total: number;
  /** True if there are more rows, which cannot be read page by page. */
  readonly truncated: boolean;
}

/** A line of the bill: the members that are read here. */
export interface BillLine {
  readonly chargeId: string;
  readonly subscriptionId: string;
  readonly digest: string;
  readonly currency: string;
  readonly chargedFor: string;
  readonly correctionOf?: string;
}

export interface ChargesAnswer {
  readonly period?: string;
  readonly totals: readonly { readonly currency: string; readonly amount: string; readonly charges: number }[];
  readonly value: readonly BillLine[];
  /** Chargeable assessments without a price yet. */
  readonly waiting: readonly {
    readonly subscriptionId: string;
    readonly repository: string;
    readonly digest: string;
    readonly chargedFor: string;
  }[];
}

/** The charges as a file, with the tally that the server reports. */
export interface ExportAnswer {
  readonly file: string;
  /** NaN if the server does not report the number. */
  readonly charges: number;
  readonly total: string;
  /** Assessments without a price, which the file lacks. */
  readonly waiting: number;
}

/** A month that is closed or being closed. */
export interface PeriodAnswer {
  readonly period: string;
  readonly state: 'closing' | 'closed';
  readonly by: string;
  readonly why: string;
  readonly since: string;
  readonly file?: {
    readonly sha256: string;
    readonly bytes: number;
    readonly charges: number;
    readonly totals: ChargesAnswer['totals'];
  };
}

/** A correction. The amount is absent if the correction is ordered but not charged yet. */
export interface CorrectionAnswer {
  readonly chargeId: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly chargedFor?: string;
  readonly billedIn?: string;
}

const unfinished = new Set(['queued', 'scanning']);
export const isTerminal = ({ status }: { readonly status: string }): boolean => !unfinished.has(status);

/** A registry, with the counts of its images. */
export interface RegistryAnswer {
  readonly registryId: string;
  readonly loginServer: string;
  readonly subscriptionName: string;
  readonly networkAccess: string;
  readonly cloud?: string;
  /** True if its images are assessed although it is restricted. */
  readonly assessesRestricted?: boolean;
  /** The discovery that found it. Absent if the configuration names it. */
  readonly discovery?: string;
  /** True if it is not watched any more. */
  readonly removed: boolean;
  /** The decision of an operator on its images. */
  readonly removedImages?: 'keep' | 'close';
  readonly planOn: boolean;
  readonly images?: Readonly<Record<'unhealthy' | 'undetermined' | 'healthy' | 'notApplicable' | 'waiting', number>>;
}

/** State of the sweep of a registry. */
export interface SweepAnswer {
  readonly registryId: string;
  readonly loginServer: string;
  readonly state: 'unknown' | 'clear' | 'failed' | 'held' | 'confirmed';
  readonly gone?: number;
  readonly known?: number;
  readonly since?: string;
  /** The last outcome: `reached`, `failed`, `cut`, `swept` or `released`. */
  readonly outcome?: string;
  readonly by?: string;
  readonly why?: string;
}

/** State of the listings of a subscription by a discovery; `all` stands for the list of subscriptions itself. */
export interface ListingAnswer {
  readonly discovery: string;
  readonly subscriptionId: string;
  readonly subscriptionName?: string;
  readonly state: 'unknown' | 'listed' | 'failed' | 'held' | 'confirmed';
  /** The last listing, on the instance that lists. */
  readonly listedAt?: string;
  readonly since?: string;
  readonly why?: string;
  readonly registries?: number;
  readonly restricted?: number;
  readonly leftOut?: readonly { readonly registryId: string; readonly loginServer: string; readonly why: string }[];
  /** Registries with a webhook of Assay. */
  readonly webhooks?: number;
  readonly withoutWebhook?: readonly { readonly registryId: string; readonly why: string }[];
  readonly gone?: number;
  readonly known?: number;
}

/** All listings, and the mistake in the setting in whose place the last good one counts. */
export interface DiscoveryAnswer {
  readonly value: readonly ListingAnswer[];
  readonly error: string | null;
}

/** A vulnerability database that was announced. */
export interface DatabaseAnswer {
  readonly digest: string;
  readonly builtAt: string;
  readonly demonstration: boolean;
  readonly state: 'in-use' | 'stored' | 'gone' | 'recalled';
  readonly bytes?: number;
  readonly entries?: number;
  /** Releases in support of which it has nothing. */
  readonly lacks?: readonly string[];
}

/** A newer database that takes much away: the runners are asked, or it waits for an order. */
export interface HeldDatabaseAnswer {
  readonly digest: string;
  readonly builtAt: string;
  readonly state: 'offered' | 'held';
  readonly since: string;
  readonly reasons: readonly string[];
  readonly consequences?: { readonly healthy: number; readonly closing: number; readonly changed: number };
  readonly note: string;
}

/** The changes that a recall of a database would bring. */
export interface RecallViewAnswer {
  readonly digest: string;
  /** The database in its place; absent if it is not in use. */
  readonly instead?: { readonly digest: string; readonly builtAt: string };
  readonly consequences?: { readonly healthy: number; readonly closing: number; readonly changed: number };
  /** Partitions of the runners that did not answer. */
  readonly silent?: number;
}

/** Progress of an order: of a download, or of the partitions of the runners that were asked. */
export type OrderProgress =
  | { readonly source: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly source: 'runners'; readonly answered: number; readonly of: number };

/** A database of Java archives that was announced. */
export interface JavaDatabaseAnswer {
  readonly digest: string;
  readonly builtAt: string;
  readonly state: 'in-use' | 'stored' | 'gone' | 'recalled';
  readonly bytes: number;
  readonly entries: number;
}

/** Age of the announced database, and failures to take a newer one as far as the answering instance knows them. */
export interface FreshnessAnswer {
  readonly level: 'good' | 'warning' | 'alarm';
  /** Absent without a database, or for the demonstration database. */
  readonly ageSeconds?: number;
  readonly failing?: { readonly since: string; readonly why: string };
  readonly notes: readonly string[];
}

/** The newest database with which images were assessed, and the time until all were. */
export interface KnowledgeAnswer {
  readonly database: { readonly digest: string; readonly builtAt: string; readonly demonstration: boolean };
  readonly images: number;
  readonly assessed: number;
  /** Absent while images wait for it. */
  readonly completedAt?: string;
  readonly latencySeconds: number;
}

/** The outcome of an order about databases: the database that is in use now. */
export interface DatabaseOutcome {
  readonly outcome: 'updated' | 'unchanged';
  readonly digest: string;
  readonly builtAt: string;
  readonly entries?: number;
  /** Releases in support of which it has nothing. */
  readonly lacks?: readonly string[];
  readonly source?: string;
  /** Sources that lag behind the newest one, and those that could not be used. */
  readonly lagging?: readonly string[];
  readonly failed?: readonly string[];
  /** The outcome for the database of Java archives; absent if none is taken. */
  readonly java?: {
    readonly outcome: 'updated' | 'unchanged' | 'failed';
    readonly digest?: string;
    readonly builtAt?: string;
    readonly entries?: number;
    readonly source?: string;
    readonly lagging?: readonly string[];
    readonly failed?: readonly string[];
    readonly why?: string;
    readonly remedy?: string;
  };
}

/** An order about databases that may take long. */
export type DatabaseOrderAnswer =
  | {
      readonly state: 'running';
      readonly progress?: OrderProgress;
    }
  | ({ readonly state: 'ended' } & DatabaseOutcome);

/** The proof that the seals of the last day give. */
export interface SealsAnswer {
  readonly state: 'off' | 'not-sealed' | 'nothing-compared' | 'reading' | 'failing' | 'good' | 'differs';
  /** Outside places of seals. */
  readonly places: readonly string[];
  readonly notes: readonly string[];
  readonly verified?: {
    readonly last?: { readonly number: number; readonly sealedAt: string };
    readonly differences: readonly { readonly text: string }[];
    readonly warnings?: readonly string[];
  };
}

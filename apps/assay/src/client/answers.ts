import type { BySeverity, Severity } from '../terminal/format.ts';

/** What the read API answers about an image, as far as the command line reads it. */
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
}

export interface ChildAnswer {
  readonly digest: string;
  readonly kind: string;
  readonly status: string;
  readonly reason?: string;
  readonly os?: string;
  readonly architecture?: string;
}

export interface PlacementAnswer {
  readonly subscriptionId: string;
  readonly registryId: string;
  readonly loginServer: string;
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly kind?: string;
  readonly os?: string;
  readonly architecture?: string;
  readonly listedIn: readonly string[];
  readonly status: string;
  readonly reason?: string;
  readonly since?: string;
  readonly deleted?: boolean;
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

export interface FindingAnswer {
  readonly vulnerability: string;
  readonly package: string;
  readonly installedVersion: string;
  readonly fixedVersion?: string;
  readonly severity: Severity;
  readonly state?: string;
  readonly remediation?: string;
}

/** Whether a pipeline may go on with an image. */
export interface GateAnswer {
  readonly decision: 'allow' | 'deny' | 'unknown';
  readonly reason: string;
  readonly message: string;
  /** Waiting may still change it. */
  readonly pending: boolean;
  readonly digest: string;
  readonly demonstrationDatabase?: true;
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
  /** How many events this one stands for, where it was said in pages. */
  readonly pages?: number;
  readonly depth: number;
}

export interface ParkedAnswer {
  readonly target: string;
  readonly service: string;
  readonly topic: string;
  readonly key?: string;
  readonly since: string;
  readonly code?: string;
  readonly message: string;
  /** The one at fault, where this one only came behind it. */
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

/** What came of an order about a parked event: `ordered` where that is not known yet. */
export interface OrderAnswer {
  readonly target: string;
  readonly order: string;
  readonly outcome: 'redriven' | 'dropped' | 'parked' | 'ordered';
  readonly code?: string;
  readonly message?: string;
}

/** A partition of a service that stands still. */
export interface HaltedAnswer {
  readonly target: string;
  readonly service: string;
  readonly topic: string;
  readonly partition: number;
  readonly readUpTo: number;
  readonly since: string;
  readonly code?: string;
  readonly message: string;
  /** How many records it reads again where it is ordered to go on. */
  readonly rereads: number;
}

/** What came of an order to go on: `ordered` where that is not known yet. */
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
  /** Who chose the mode. */
  readonly modeBy: 'command' | 'extension' | 'plan';
  readonly from?: string;
  readonly by?: string;
  readonly why?: string;
}

/** A rule that disables findings, and how many it holds disabled. */
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
}

/** One build of a scanner, and how many images rest on it. */
export interface ScannerAnswer {
  readonly digest: string;
  readonly name?: string;
  readonly version?: string;
  readonly images: number;
  readonly recalled?: { readonly by: string; readonly why: string; readonly since: string };
}

/** How a service stands: what it says itself, that nobody answers where it should be, or that nobody was asked. */
export interface StandingAnswer {
  readonly name: string;
  readonly address?: string;
  readonly status: 'ready' | 'not-ready' | 'unreachable' | 'unknown';
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

/** All rows of a query's answer. */
export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly total: number;
  /** There are more rows, which cannot be read page by page. */
  readonly truncated: boolean;
}

/** A line of the bill, as far as it is looked at here. */
export interface BillLine {
  readonly chargeId: string;
  readonly subscriptionId: string;
  readonly digest: string;
  readonly currency: string;
  readonly correctionOf?: string;
}

export interface ChargesAnswer {
  readonly totals: readonly { readonly currency: string; readonly amount: string; readonly charges: number }[];
  readonly value: readonly BillLine[];
  /** What is to be paid for and has no price yet. */
  readonly waiting: readonly {
    readonly subscriptionId: string;
    readonly repository: string;
    readonly digest: string;
    readonly chargedFor: string;
  }[];
}

/** The charges as a file, and what the server says that it holds. */
export interface ExportAnswer {
  readonly file: string;
  /** No number where the server does not say. */
  readonly charges: number;
  readonly total: string;
  /** How many assessments wait for a price, and are not in it. */
  readonly waiting: number;
}

/** A month that is closed, or being closed. */
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

/** A correction; without an amount where it is ordered, and not known yet. */
export interface CorrectionAnswer {
  readonly chargeId: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly chargedFor?: string;
  readonly billedIn?: string;
}

const unfinished = new Set(['queued', 'scanning']);
export const isTerminal = ({ status }: { readonly status: string }): boolean => !unfinished.has(status);

/** How the sweep of a registry stands. */
export interface SweepAnswer {
  readonly registryId: string;
  readonly loginServer: string;
  readonly state: 'unknown' | 'clear' | 'failed' | 'held' | 'confirmed';
  readonly gone?: number;
  readonly known?: number;
  readonly since?: string;
  /** What was said of it last: `reached`, `failed`, `swept` or `released`. */
  readonly outcome?: string;
  readonly by?: string;
  readonly why?: string;
}

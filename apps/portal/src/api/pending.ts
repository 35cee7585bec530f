import type { components } from './generated/schema.ts';
import type { Page } from './use-answer.ts';

/** Answers of routes that docs/openapi.json does not have yet. Each goes away when its route arrives. */

/** `GET /assay/me` */
export interface Me {
  readonly name: string;
  readonly roles: readonly { readonly role: string; readonly scope: string }[];
  readonly operations: readonly string[];
  readonly version: string;
  readonly authentication: 'development' | 'oidc';
  readonly demonstration: boolean;
  readonly asOf?: string;
}

/** An image of `GET /assay/images`, as its list shows it. */
export type ListedImage = components['schemas']['Image'];

/** A page of `GET /assay/images` with totals. */
export interface ImagesPage extends Page<ListedImage> {
  /** Images by status, with all filters but that of the status. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Number of images without any filter. */
  readonly all?: number;
  /** Findings of these images that rules disable. */
  readonly hidden?: number;
}

/** A finding of `GET /assay/images/{digest}/findings`. */
export type ListedFinding = components['schemas']['Finding'];

/** A page of findings with their number. */
export interface FindingsPage extends Page<ListedFinding> {
  readonly exempt?: number;
}

/** Findings and their images. */
interface RuleEffect {
  readonly findings: number;
  readonly images: number;
  readonly bySeverity: components['schemas']['Counts'];
}

interface AffectedImage {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
}

/** `POST /assay/rules/{rule}/preview` */
export interface RulePreview {
  /** Findings that would be disabled. */
  readonly hides: RuleEffect;
  /** Findings that would count again, where the rule replaces one. */
  readonly shows: RuleEffect;
  readonly statuses: readonly {
    readonly before: string;
    readonly after: string;
    readonly afterReason?: string;
    readonly count: number;
    readonly images: readonly AffectedImage[];
  }[];
  readonly gateChanges: number;
  readonly gates: readonly (AffectedImage & { readonly before: string; readonly after: string })[];
}

/** A vulnerability of `GET /assay/vulnerabilities`. */
export interface ListedVulnerability {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly severity: string;
  readonly title?: string;
  /** Number of images with it. */
  readonly images: number;
  /** Number of these in which a rule hides it. */
  readonly exempt: number;
  readonly fixable: number | boolean;
  readonly packages: readonly string[];
  readonly since?: string;
}

/** An image with a vulnerability. */
export interface AffectedPlacement extends AffectedImage {
  readonly subscriptionId?: string;
  readonly tags?: readonly string[];
  readonly package: string;
  readonly installed: string;
  readonly fixed?: string;
  readonly state: string;
}

/** `GET /assay/vulnerabilities/{id}`: the vulnerability, and a page of the images with it. */
export interface VulnerabilityAnswer {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly severity: string;
  readonly severityRule?: string;
  readonly title?: string;
  readonly description?: string;
  readonly publishedAt?: string;
  readonly modifiedAt?: string;
  readonly ratings?: readonly components['schemas']['Rating'][];
  readonly references?: readonly string[];
  readonly cwes?: readonly string[];
  readonly since?: string;
  readonly images: { readonly value: readonly AffectedPlacement[]; readonly total: number; readonly nextLink?: string };
}

/** A finding in a comparison. */
type ComparedFinding = Pick<
  ListedFinding,
  'vulnerability' | 'package' | 'severity' | 'installedVersion' | 'fixedVersion' | 'state'
>;

/** One side of a comparison. */
export interface ComparedImage {
  readonly digest: string;
  readonly at?: string;
  readonly status: string;
  readonly packages?: number;
}

/** `GET /assay/diff` */
export interface ImageDifference {
  readonly from: ComparedImage;
  readonly to: ComparedImage;
  readonly gone: readonly (ComparedFinding & { readonly because: string })[];
  readonly new: readonly ComparedFinding[];
  readonly changed: readonly { readonly before: ComparedFinding; readonly after: ComparedFinding }[];
  readonly same: number;
  readonly packages?: { readonly removed: number; readonly added: number; readonly changed: number };
}

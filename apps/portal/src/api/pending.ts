import type { components } from './generated/schema.ts';

/*
 * Answers of routes that docs/openapi.json does not have yet. Each goes away when its route arrives.
 */

interface AffectedImage {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: string;
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

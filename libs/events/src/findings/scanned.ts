import type { Rating } from '../parts.ts';
import type { Severity } from '../vocabulary.ts';

/**
 * One vulnerability of one package in full, as a scanner reports it. Events carry its two halves: `Finding`, what is
 * particular to the image, and `vulnerability.described`, what is the same for every image.
 */
export interface ScannedFinding {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly package: string;
  readonly packageType: string;
  readonly sourcePackage?: string;
  readonly installedVersion: string;
  readonly fixedVersion?: string;
  readonly path?: string;
  /** Digest of the layer that added the package. */
  readonly layer?: string;
  readonly title?: string;
  readonly description?: string;
  /** The severity that the scanner chose. */
  readonly severity: Severity;
  /** The ratings of all sources, none left out, sorted by source. */
  readonly ratings: readonly Rating[];
  /** The source among these that rates each package by itself, if there is one: the vendor of the system. */
  readonly ownSource?: string;
  readonly references: readonly string[];
  readonly cwes: readonly string[];
  readonly publishedAt?: string;
  readonly modifiedAt?: string;
}

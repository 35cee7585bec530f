import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsNotEmpty, IsNumber, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { Rating } from '../parts.ts';
import { IsDigest, IsTexts, IsTime } from '../rules.ts';
import { severities, type Severity } from '../vocabulary.ts';

/** The facts of a vulnerability that are particular to one package of one image. */
export class Finding {
  /** Id of the vulnerability, such as `CVE-2026-1967`. */
  @IsString() @IsNotEmpty() vulnerability: string;
  /** Other ids of the advisory, such as `DSA-5122-1`. An advisory belongs to a package. Absent if there are none. */
  @IsOptional() @IsTexts() aliases?: string[];
  /** Name of the package. */
  @IsString() @IsNotEmpty() package: string;
  /** Type of the package, as the scanner calls it: `debian`, `node-pkg`. */
  @IsString() packageType: string;
  /** Name of the package that it was built from, if that has another name. */
  @IsOptional() @IsString() sourcePackage?: string;
  /** The version in the image. */
  @IsString() installedVersion: string;
  /** The first version without the vulnerability. Absent if none is published. */
  @IsOptional() @IsString() fixedVersion?: string;
  /** Path in the image. Absent for packages of the system. */
  @IsOptional() @IsString() path?: string;
  /** The layer that added the package: its place in the `layers` of the set, from 0. */
  @IsOptional() @IsInt() @Min(0) layer?: number;
  /** The severity that counts. */
  @IsIn(severities) severity: Severity;
  /** Ratings of a source that rates each package by itself. All others are those of the vulnerability. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => Rating) ratings?: Rating[];
  /** The highest base score of any source, 0 to 10. */
  @IsOptional() @IsNumber() score?: number;
}

/** The removal of the advisory of a finding. It counts once a later database agrees. */
export class AdvisoryRemoval {
  /** When the scan began that missed it. */
  @IsTime() at: string;
  /** Digest of the database that missed it first. */
  @IsDigest() database: string;
}

/** A finding with its state. `findingId` and the remediation are derived: docs/events.md has the formulas. */
export class ClassifiedFinding extends Finding {
  /** The rule that chose the severity. */
  @IsString() severityRule: string;
  /** `exempt` if a rule disables it. */
  @IsIn(['active', 'exempt']) state: 'active' | 'exempt';
  /** The exemption rule, if the finding is exempt. */
  @IsOptional() @IsString() ruleId?: string;
  /** When the finding was first seen in this placement. Not part of the sum of a set. */
  @IsTime() firstSeenAt: string;
  /**
   * Present while the finding is kept although its advisory is gone from the database: until one that was built at
   * least 24 hours later agrees. Not part of the sum of a set.
   */
  @IsOptional() @ValidateNested() @Type(() => AdvisoryRemoval) advisoryRemoved?: AdvisoryRemoval;
}

/** Findings of which only state and rule changed, by their positions in the set before. */
export class RuledFindings {
  /** `exempt` if a rule disables it. */
  @IsIn(['active', 'exempt']) state: 'active' | 'exempt';
  /** The exemption rule. Absent for active findings. */
  @IsOptional() @IsString() ruleId?: string;
  /** Positions in the canonical order of the set before, from 0, ascending. */
  @IsArray() @IsInt({ each: true }) @Min(0, { each: true }) at: number[];
}

/** Count and sum of a set of findings. Two equal sets have the same, in any order. */
export class SetSum {
  /** Number of entries. */
  @IsInt() @Min(0) count: number;
  /** Total of the hashes of all entries modulo 2^64, as 16 hexadecimal digits. */
  @IsString() @IsNotEmpty() sum: string;
}

/** How an event carries a set: whole, as a change on the set before, or not at all. */
export const setContents = ['set', 'change', 'none'] as const;
export type SetContent = (typeof setContents)[number];

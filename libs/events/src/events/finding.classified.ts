import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import {
  BySeverity,
  Database,
  Inventory,
  Judged,
  OperatingSystem,
  ScannedFinding,
  Scanner,
  SystemPackages,
  Witness,
} from '../parts.ts';
import { IsTexts, IsTime } from '../rules.ts';
import { causes, modes, statuses, type ClassificationCause, type Mode, type Status } from '../vocabulary.ts';
import { database, finding, inventory, judged, oneHigh, scanId, scanner, witness } from './example.ts';

/** A finding with everything that a person needs to act on it. */
export class ClassifiedFinding extends ScannedFinding {
  /** UUIDv5 of registry, repository, digest, vulnerability, package and installed version: the same after a rescan. */
  @IsString() @IsNotEmpty() findingId: string;
  /** The rule that chose the severity. */
  @IsString() severityRule: string;
  @IsIn(['active', 'exempt']) state: 'active' | 'exempt';
  @IsOptional() @IsString() ruleId?: string;
  /** The upgrade that fixes the finding, or a note that no fix is published. */
  @IsString() remediation: string;
  @IsTime() firstSeenAt: string;
}

/** The status of an image and all of its findings. The head is in every page. */
export class FindingClassified extends Judged {
  @IsInt() @Min(1) page: number;
  @IsInt() @Min(1) pages: number;
  @IsString() @IsNotEmpty() scanId: string;
  /** Grows within a verdict. The highest counts. */
  @IsInt() @Min(1) classification: number;
  @IsIn(causes) cause: ClassificationCause;
  /** The basis of the status: rule ids with their versions, and the classifier's version. */
  @IsTexts() basis: string[];
  @IsIn(statuses) status: Status;
  @IsOptional() @IsString() reason?: string;
  @ValidateNested() @Type(() => BySeverity) bySeverity: BySeverity;
  @IsInt() @Min(0) fixable: number;
  @IsInt() @Min(0) exempt: number;
  @IsInt() @Min(0) scannerMs: number;
  @ValidateNested() @Type(() => Scanner) scanner: Scanner;
  @ValidateNested() @Type(() => Database) database: Database;
  @IsString() driver: string;
  @IsOptional() @ValidateNested() @Type(() => OperatingSystem) os?: OperatingSystem;
  /** A basis of the status besides `os`: without system packages, an image cannot be known to be healthy. */
  @IsOptional() @ValidateNested() @Type(() => SystemPackages) system?: SystemPackages;
  /** Absent if no witness looked at the image. Then an absence of findings proves nothing. */
  @IsOptional() @ValidateNested() @Type(() => Witness) witness?: Witness;
  @IsOptional() @ValidateNested() @Type(() => Inventory) inventory?: Inventory;
  /** Words of `scannerWarnings`: `packages-unreadable` if the scanner left out packages that it could not read. */
  @IsOptional() @IsTexts() warnings?: string[];
  @IsIn(modes) mode: Mode;
  @IsArray() @ValidateNested({ each: true }) @Type(() => ClassifiedFinding) findings: ClassifiedFinding[];
}

export const findingClassified = defineEvent({
  topic: 'finding.classified',
  data: FindingClassified,
  published: true,
  summary: 'The status of an image and its findings, classified.',
  paged: ['findings'],
  examples: {
    1: {
      ...judged,
      page: 1,
      pages: 1,
      scanId,
      classification: 1,
      cause: 'scan',
      basis: ['classifier/1'],
      status: 'unhealthy',
      bySeverity: oneHigh,
      fixable: 1,
      exempt: 0,
      scannerMs: 97,
      scanner,
      database,
      driver: 'bwrap',
      os: { family: 'debian', version: '13.0', endOfLife: false },
      system: { count: 78, packageManager: true, shell: true },
      witness,
      inventory,
      mode: 'classic',
      findings: [
        {
          ...finding,
          findingId: '0c0cf1a0-93fb-5b0c-8a1f-0a6f6a6f9f10',
          severityRule: 'scanner',
          state: 'active',
          remediation: 'Upgrade libssl3 from 3.5.1-1 to 3.5.1-1+deb13u1 or later, rebuild the image and push it again.',
          firstSeenAt: '2026-11-24T09:15:02.600Z',
        },
      ],
    },
  },
});

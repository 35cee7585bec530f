import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { ClassifiedFinding, RuledFindings, SetSum, setContents, type SetContent } from '../findings/finding.ts';
import {
  BySeverity,
  Database,
  Inventory,
  Judged,
  OperatingSystem,
  Scanner,
  SystemPackages,
  Uncovered,
  Witness,
} from '../parts.ts';
import { AreDigests, IsTexts } from '../rules.ts';
import { causes, modes, statuses, type ClassificationCause, type Mode, type Status } from '../vocabulary.ts';
import {
  classifiedFinding,
  database,
  inventory,
  judged,
  oneHigh,
  scanId,
  scanner,
  setOfOneClassified,
  witness,
} from './example.ts';

/** One classification of a placement: the set of findings that a change is on. */
export class ClassificationRef {
  /** `ce_id` of its first page. */
  @IsString() @IsNotEmpty() id: string;
  /** Its verdict. */
  @IsInt() @Min(1) verdict: number;
  /** Its number within the verdict. */
  @IsInt() @Min(1) classification: number;
}

/** The status of an image in one placement, and its findings or what changed of them. The head is in every page. */
export class FindingClassified extends Judged {
  /** Number of this page, from 1. */
  @IsInt() @Min(1) page: number;
  /** Number of pages of this event. It counts once all of them are there. */
  @IsInt() @Min(1) pages: number;
  /** Id of the scan: the UUIDv5 of placement and verdict. */
  @IsString() @IsNotEmpty() scanId: string;
  /** Grows within a verdict. The highest counts. */
  @IsInt() @Min(1) classification: number;
  /**
   * `scan`: the first assessment; `rescan`: a later one; `rule`: a rule changed; `recall`: a scanner or a database was
   * recalled.
   */
  @IsIn(causes) cause: ClassificationCause;
  /** The basis of the status: rule ids with their versions, and the classifier's version. */
  @IsTexts() basis: string[];
  /** The status of the image in this placement. */
  @IsIn(statuses) status: Status;
  /** A code: the first obstacle to `healthy`. Absent for `healthy` and `unhealthy`. */
  @IsOptional() @IsString() reason?: string;
  /** Number of active findings by severity. */
  @ValidateNested() @Type(() => BySeverity) bySeverity: BySeverity;
  /** Number of active findings with a fixed version. */
  @IsInt() @Min(0) fixable: number;
  /** Number of findings that a rule disables. */
  @IsInt() @Min(0) exempt: number;
  /** Time that the scanner took, in milliseconds. */
  @IsInt() @Min(0) scannerMs: number;
  /** The build of the scanner that found this. */
  @ValidateNested() @Type(() => Scanner) scanner: Scanner;
  /** The database that the findings stand on when this is published. */
  @ValidateNested() @Type(() => Database) database: Database;
  /** The sandbox in which the scanner ran. */
  @IsString() driver: string;
  /** The operating system of the image. Absent if the scanner found none. */
  @IsOptional() @ValidateNested() @Type(() => OperatingSystem) os?: OperatingSystem;
  /** A basis of the status besides `os`: without system packages, an image cannot be known to be healthy. */
  @IsOptional() @ValidateNested() @Type(() => SystemPackages) system?: SystemPackages;
  /** Absent if no witness looked at the image. Then an absence of findings proves nothing. */
  @IsOptional() @ValidateNested() @Type(() => Witness) witness?: Witness;
  /** A summary of the packages. */
  @IsOptional() @ValidateNested() @Type(() => Inventory) inventory?: Inventory;
  /** Words of `scannerWarnings`: `packages-unreadable` if the scanner left out packages that it could not read. */
  @IsOptional() @IsTexts() warnings?: string[];
  /** Parts of the image of which the database has no advisories. Absent: nothing is missing. */
  @IsOptional() @ValidateNested() @Type(() => Uncovered) uncovered?: Uncovered;
  /** Mode of the plan: `classic` assesses images with a shell and a package manager, `extended` all. */
  @IsIn(modes) mode: Mode;
  /** The number of the result of the digest that it rests on. Absent without success. */
  @IsOptional() @IsInt() @Min(1) result?: number;
  /** `set` if the findings are all there are, `change` if they are put on the set of `base`. */
  @IsIn(setContents) content: SetContent;
  /** The classification whose set is changed. Present with a change. */
  @IsOptional() @ValidateNested() @Type(() => ClassificationRef) base?: ClassificationRef;
  /** Count and sum of the findings after this event, once all its pages are there. */
  @ValidateNested() @Type(() => SetSum) set: SetSum;
  /** Digests of layers that findings name by position. Present with a whole set; changes keep those of their base. */
  @IsOptional() @AreDigests() layers?: string[];
  /** Of a change: entries of which only state and rule changed. Positions are those of the base. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => RuledFindings) ruled?: RuledFindings[];
  /** Of a change: positions of removed entries in the canonical order of the base, from 0, ascending. */
  @IsOptional() @IsArray() @IsInt({ each: true }) @Min(0, { each: true }) removed?: number[];
  /** The whole set, or the entries that a change puts: new ones, and those that replace one of the same identity. */
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
      result: 1,
      content: 'set',
      set: setOfOneClassified,
      layers: ['sha256:' + '4'.repeat(64)],
      findings: [classifiedFinding],
    },
  },
});

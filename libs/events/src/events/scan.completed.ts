import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Min,
  ValidateNested,
} from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Finding, SetSum, setContents, type SetContent } from '../findings/finding.ts';
import { BlobReference, Database, Inventory, Judged, OperatingSystem, Scanner, Uncovered, Witness } from '../parts.ts';
import { AreDigests, IsTexts, IsTime } from '../rules.ts';
import { modes, outcomes, type Mode, type Outcome } from '../vocabulary.ts';
import { database, finding, inventory, judged, packages, scanId, scanner, setOfOne, witness } from './example.ts';

/**
 * The answer to an approval: the result of a scan. The head is in every page; `findings` are split across the pages.
 * Successful results of a digest are numbered, across its placements.
 */
export class ScanCompleted extends Judged {
  /** Number of this page, from 1. */
  @IsInt() @Min(1) page: number;
  /** Number of pages of this event. It counts once all of them are there. */
  @IsInt() @Min(1) pages: number;
  /** Id of the scan: the UUIDv5 of placement and verdict. */
  @IsString() @IsNotEmpty() scanId: string;
  /** The kind of the approval. */
  @IsIn(['scan', 'rescan']) kind: 'scan' | 'rescan';
  /** Mode of the plan: `classic` assesses images with a shell and a package manager, `extended` all. */
  @IsIn(modes) mode: Mode;
  /** The end of the scan. */
  @IsIn(outcomes) outcome: Outcome;
  /** A code, if the outcome is not `succeeded`. */
  @IsOptional() @IsString() reason?: string;
  /** Number of the attempt that gave the result; 0 if an earlier result was taken. */
  @IsInt() @Min(0) attempt: number;
  /** For a failed scan: it is retried, and a better result may follow. */
  @IsOptional() @IsBoolean() trying?: boolean;
  /** The scan that this result was taken from, if the digest was scanned already. */
  @IsOptional() @IsString() joinedScanId?: string;
  /**
   * How the registry proved that it has the image of the joined result: `word` (it confirmed it) or `bytes`. Absent if
   * it proved that before.
   */
  @IsOptional() @IsString() shown?: string;
  /** True if the placement was declined since its last answer: what readers kept of it is gone. */
  @IsOptional() @IsBoolean() afterDecline?: boolean;
  /** When the attempt began. */
  @IsTime() startedAt: string;
  /** Time that the scanner took, in milliseconds. */
  @IsInt() @Min(0) scannerMs: number;
  /** Time that the pull took, in milliseconds. */
  @IsInt() @Min(0) pullMs: number;
  /** The build of the scanner that found this. */
  @ValidateNested() @Type(() => Scanner) scanner: Scanner;
  /** The database that the result stands on when it is published. */
  @ValidateNested() @Type(() => Database) database: Database;
  /** The sandbox in which the scanner ran. */
  @IsString() driver: string;
  /** The operating system of the image. Absent if the scanner found none. */
  @IsOptional() @ValidateNested() @Type(() => OperatingSystem) os?: OperatingSystem;
  /** Absent if no witness looked at the image. Then an absence of findings proves nothing. */
  @IsOptional() @ValidateNested() @Type(() => Witness) witness?: Witness;
  /** A summary of the packages. */
  @IsOptional() @ValidateNested() @Type(() => Inventory) inventory?: Inventory;
  /** Words of `scannerWarnings`: `packages-unreadable` if the scanner left out packages that it could not read. */
  @IsOptional() @IsTexts() warnings?: string[];
  /** Parts of the image of which the database has no advisories. Absent: nothing is missing. */
  @IsOptional() @ValidateNested() @Type(() => Uncovered) uncovered?: Uncovered;
  /** The packages of the image, as a blob. */
  @IsOptional() @ValidateNested() @Type(() => BlobReference) packages?: BlobReference;
  /** The scanner's own report, as a blob. Absent if the result was not made by a scan of its own. */
  @IsOptional() @ValidateNested() @Type(() => BlobReference) report?: BlobReference;
  /** Version of the form in which findings are written. A set of another form is no base of a change. */
  @IsInt() @Min(1) form: number;
  /** The number of the result of the digest, from 1. Absent without success. */
  @IsOptional() @IsInt() @Min(1) result?: number;
  /** A change is on the set of `result - 1`. With `none`, the set is that of `result`; without one, there is none. */
  @IsIn(setContents) content: SetContent;
  /** Count and sum of the set of `result`. */
  @IsOptional() @ValidateNested() @Type(() => SetSum) set?: SetSum;
  /** Digests of layers that findings name by position. Present with a whole set; changes keep those of their base. */
  @IsOptional() @AreDigests() layers?: string[];
  /** Of a change: positions of removed entries in the canonical order of the base, from 0, ascending. */
  @IsOptional() @IsArray() @IsInt({ each: true }) @Min(0, { each: true }) removed?: number[];
  /** The whole set, or the entries that a change puts: new ones, and those that replace one of the same identity. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => Finding) findings: Finding[];
}

export const scanCompleted = defineEvent({
  topic: 'scan.completed',
  data: ScanCompleted,
  published: true,
  summary: 'A scan ended: its outcome, and its findings or what changed of them.',
  paged: ['findings'],
  examples: {
    1: {
      ...judged,
      page: 1,
      pages: 1,
      scanId,
      kind: 'scan',
      mode: 'classic',
      outcome: 'succeeded',
      attempt: 1,
      startedAt: '2026-11-24T09:15:02.400Z',
      scannerMs: 97,
      pullMs: 12,
      scanner,
      database,
      driver: 'bwrap',
      os: { family: 'debian', version: '13.0', endOfLife: false },
      witness,
      inventory,
      packages,
      report: { dataref: 'sha256/33/' + '3'.repeat(64), sha256: 'sha256:' + '3'.repeat(64), bytes: 512 },
      form: 1,
      result: 1,
      content: 'set',
      set: setOfOne,
      layers: ['sha256:' + '4'.repeat(64)],
      findings: [finding],
    },
  },
});

import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Finding, SetSum, setContents, type SetContent } from '../findings/finding.ts';
import { BlobReference, Database, Inventory, OperatingSystem, Scanner, Uncovered, Witness } from '../parts.ts';
import { AreDigests, IsDigest, IsTexts, IsTime } from '../rules.ts';
import { database, digest, inventory, packages, scanner, setOfOne, witness } from './example.ts';

/**
 * A digest was assessed again, with a newer database or scanner, and something differs. It answers no approval and
 * names no placement: it holds for every placement of the digest whose last scan succeeded. It travels on the topic
 * `scan.completed`, so that its order among the results of the digest is kept. A whole set may also come again as it
 * was, with the next number, if the log lost a result or an operator dropped one.
 */
export class ScanReassessed {
  /** Number of this page, from 1. */
  @IsInt() @Min(1) page: number;
  /** Number of pages of this event. It counts once all of them are there. */
  @IsInt() @Min(1) pages: number;
  /** The image. */
  @IsDigest() digest: string;
  /** When the attempt began. */
  @IsTime() startedAt: string;
  /** Time that the scanner took, in milliseconds. */
  @IsInt() @Min(0) scannerMs: number;
  /** Time that the pull took, in milliseconds. */
  @IsInt() @Min(0) pullMs: number;
  /** The build of the scanner that found this. */
  @ValidateNested() @Type(() => Scanner) scanner: Scanner;
  /** The database that the result stands on. */
  @ValidateNested() @Type(() => Database) database: Database;
  /** The sandbox in which the scanner ran. */
  @IsString() driver: string;
  /** The operating system of the image. Absent if the scanner found none. */
  @IsOptional() @ValidateNested() @Type(() => OperatingSystem) os?: OperatingSystem;
  /** Absent if no witness looked at the image. Then an absence of findings proves nothing. */
  @IsOptional() @ValidateNested() @Type(() => Witness) witness?: Witness;
  /** A summary of the packages. */
  @IsOptional() @ValidateNested() @Type(() => Inventory) inventory?: Inventory;
  /** Words of `scannerWarnings`. */
  @IsOptional() @IsTexts() warnings?: string[];
  /** Parts of the image of which the database has no advisories. Absent: nothing is missing. */
  @IsOptional() @ValidateNested() @Type(() => Uncovered) uncovered?: Uncovered;
  /** The packages of the image, as a blob. */
  @IsOptional() @ValidateNested() @Type(() => BlobReference) packages?: BlobReference;
  /** Version of the form in which findings are written. */
  @IsInt() @Min(1) form: number;
  /** The number of the result of the digest. */
  @IsInt() @Min(1) result: number;
  /** A change is on the set of `result - 1`. It may be empty, if only the head differs. */
  @IsIn(setContents) content: SetContent;
  /** Count and sum of the set of `result`. */
  @ValidateNested() @Type(() => SetSum) set: SetSum;
  /** Present with a whole set; changes keep those of their base. */
  @IsOptional() @AreDigests() layers?: string[];
  /** Of a change: positions of removed entries in the canonical order of the base, from 0, ascending. */
  @IsOptional() @IsArray() @IsInt({ each: true }) @Min(0, { each: true }) removed?: number[];
  /** The whole set, or the entries that a change puts. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => Finding) findings: Finding[];
}

export const scanReassessed = defineEvent({
  topic: 'scan.reassessed',
  channel: 'scan.completed',
  data: ScanReassessed,
  published: true,
  summary: 'An image was assessed again by a newer database or scanner, and something differs.',
  paged: ['findings'],
  examples: {
    1: {
      page: 1,
      pages: 1,
      digest,
      startedAt: '2026-11-25T06:15:02.400Z',
      scannerMs: 97,
      pullMs: 0,
      scanner,
      database,
      driver: 'bwrap',
      os: { family: 'debian', version: '13.0', endOfLife: false },
      witness,
      inventory,
      packages,
      form: 1,
      result: 2,
      content: 'change',
      set: setOfOne,
      removed: [1],
      findings: [],
    },
  },
});

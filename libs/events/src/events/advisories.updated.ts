import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsNotEmpty, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Database, Scanner } from '../parts.ts';
import { IsDigest, IsTime } from '../rules.ts';
import { database } from './example.ts';

/** A part of an advisory database: a distribution, an ecosystem, or the vulnerabilities themselves. */
export class AdvisoryFamily {
  /** Its name, in lower case. */
  @IsString() @IsNotEmpty() name: string;
  /** The number of its entries. */
  @IsInt() @Min(0) entries: number;
}

/** A database by which Java archives are recognised. Its archive lies in the blob store. */
export class JavaDatabase {
  /** Digest of the database. */
  @IsDigest() digest: string;
  /** When its maker built it. */
  @IsTime() builtAt: string;
  /** Name of its archive in the blob store. */
  @IsString() @IsNotEmpty() dataref: string;
  /** Size of that blob in bytes. */
  @IsInt() @Min(0) bytes: number;
  /** The number of archives that it knows. */
  @IsInt() @Min(0) entries: number;
}

/** A newer advisory database is available. */
export class Advisories {
  /** Name of the scanner that reads it. */
  @IsString() @IsNotEmpty() scanner: string;
  /** The database that counts from now on. A later announcement replaces it, also one of an older database. */
  @ValidateNested() @Type(() => Database) database: Database;
  /** The build of the scanner from which on all results count. Absent: the one announced before, or any. */
  @IsOptional() @ValidateNested() @Type(() => Scanner) program?: Scanner;
  /** Version of the lists of package managers and shells. Absent: the one announced before, or 1. */
  @IsOptional() @IsInt() @Min(1) lists?: number;
  /** Name of the archive of the database in the blob store, if it lies there. Runners take it from there. */
  @IsOptional() @IsString() dataref?: string;
  /** Size of that blob in bytes. */
  @IsOptional() @IsInt() @Min(0) bytes?: number;
  /** The parts of the database, with which the next one is compared. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => AdvisoryFamily)
  families?: AdvisoryFamily[];
  /** The buckets of the database: a release each, or a source of an ecosystem. Named as the scanner's database does. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(5000)
  @ValidateNested({ each: true })
  @Type(() => AdvisoryFamily)
  buckets?: AdvisoryFamily[];
  /** The database by which Java archives are recognised. Absent: the one announced before, or none. */
  @IsOptional() @ValidateNested() @Type(() => JavaDatabase) java?: JavaDatabase;
}

export const advisoriesUpdated = defineEvent({
  topic: 'advisories.updated',
  data: Advisories,
  summary: 'The advisory database of a scanner was updated.',
  examples: { 1: { scanner: 'trivy', database } },
});

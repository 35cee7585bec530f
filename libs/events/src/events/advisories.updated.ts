import { Type } from 'class-transformer';
import { IsInt, IsNotEmpty, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Database, Scanner } from '../parts.ts';
import { database } from './example.ts';

/** A newer advisory database is available. */
export class Advisories {
  /** Name of the scanner that reads it. */
  @IsString() @IsNotEmpty() scanner: string;
  @ValidateNested() @Type(() => Database) database: Database;
  /** The build of the scanner from which on all results count. Absent: the one announced before, or any. */
  @IsOptional() @ValidateNested() @Type(() => Scanner) program?: Scanner;
  @IsOptional() @IsString() dataref?: string;
  @IsOptional() @IsInt() @Min(0) bytes?: number;
}

export const advisoriesUpdated = defineEvent({
  topic: 'advisories.updated',
  data: Advisories,
  summary: 'The advisory database of a scanner was updated.',
  examples: { 1: { scanner: 'trivy', database } },
});

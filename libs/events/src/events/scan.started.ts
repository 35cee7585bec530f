import { Type } from 'class-transformer';
import { IsInt, IsNotEmpty, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Judged, Scanner } from '../parts.ts';
import { judged, scanId, scanner } from './example.ts';

/** An attempt at a scan began. */
export class ScanStarted extends Judged {
  /** Id of the scan: the UUIDv5 of placement and verdict. */
  @IsString() @IsNotEmpty() scanId: string;
  /** Number of the attempt, from 1. */
  @IsInt() @Min(1) attempt: number;
  /** The build of the scanner that runs. */
  @ValidateNested() @Type(() => Scanner) scanner: Scanner;
  /** The sandbox driver. */
  @IsString() driver: string;
}

export const scanStarted = defineEvent({
  topic: 'scan.started',
  data: ScanStarted,
  summary: 'An attempt at a scan began.',
  examples: { 1: { ...judged, scanId, attempt: 1, scanner, driver: 'bwrap' } },
});

import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Matches, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';

/** The total of all charges in one currency. */
export class PeriodTotal {
  /** ISO 4217. */
  @Matches(/^[A-Z]{3}$/) currency: string;
  /** Decimal text, never a float. */
  @Matches(/^-?\d+(\.\d+)?$/) amount: string;
  /** Number of charges and corrections. */
  @IsInt() @Min(0) charges: number;
}

/** The file of a closed month. Every later export of the month gives the same bytes. */
export class PeriodFile {
  /** The place of the file in billing's blob store. */
  @IsString() @IsNotEmpty() dataref: string;
  /** `sha256:` and 64 hex digits, of the bytes of the file. */
  @Matches(/^sha256:[0-9a-f]{64}$/) sha256: string;
  /** Size of the file in bytes. */
  @IsInt() @Min(0) bytes: number;
  /** Number of lines below the header. */
  @IsInt() @Min(0) charges: number;
  /** Totals of the file, by currency. */
  @IsArray() @ValidateNested({ each: true }) @Type(() => PeriodTotal) totals: PeriodTotal[];
}

/** A billing month is closing or closed: its file is made, and no further charge is added to it. */
export class PeriodChanged {
  /** A calendar month in UTC, `2026-11`. */
  @Matches(/^[1-9]\d{3}-(0[1-9]|1[0-2])$/) period: string;
  /**
   * From `closing` on, charges for the month go into the next open month; `closed` once the file is stored. The first
   * `closed` of a month counts.
   */
  @IsIn(['closing', 'closed']) state: 'closing' | 'closed';
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
  /** The reason given for it, in free text. */
  @IsString() why: string;
  /** Present if the month is closed. */
  @IsOptional() @ValidateNested() @Type(() => PeriodFile) file?: PeriodFile;
}

export const periodChanged = defineEvent({
  topic: 'period.changed',
  data: PeriodChanged,
  published: true,
  summary: 'A month of billing is being closed, or is closed.',
  examples: {
    1: {
      period: '2026-11',
      state: 'closed',
      by: 'ana (https://login.test)',
      why: 'month end',
      file: {
        dataref: `sha256/5f/${'5f'.repeat(32)}`,
        sha256: `sha256:${'5f'.repeat(32)}`,
        bytes: 2381,
        charges: 3,
        totals: [{ currency: 'USD', amount: '0.87', charges: 3 }],
      },
    },
  },
});

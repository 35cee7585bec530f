import { IsInt, IsNotEmpty, IsOptional, IsString, Matches, Min } from 'class-validator';
import { defineEvent } from '../definition.ts';

/**
 * A caller exported charges. It is recorded before the caller has them, and once for a day of UTC, caller, month,
 * format and profile: the id is derived from these, and a repeat of it counts for nothing. Of later exports of the day,
 * number, total and reason are not recorded.
 */
export class ExportRecorded {
  /** A calendar month in UTC, `2026-11`. Absent if all months were exported. */
  @Matches(/^[1-9]\d{3}-(0[1-9]|1[0-2])$/) @IsOptional() period?: string;
  /** The person or service that received it, as it was authenticated. */
  @IsString() by: string;
  /** The reason given for it, in free text. */
  @IsString() why: string;
  /** The form of the file. */
  @IsString() @IsNotEmpty() format: string;
  /** The columns of the file. */
  @IsString() @IsNotEmpty() profile: string;
  /** Number of lines below the header. */
  @IsInt() @Min(0) charges: number;
  /** The totals by currency, `1160.00 USD, 3.00 EUR`; `0` if there are no charges. */
  @IsString() total: string;
  /** Id of the request: that of the client, if it has one. */
  @IsString() request: string;
}

export const exportRecorded = defineEvent({
  topic: 'export.recorded',
  data: ExportRecorded,
  summary: 'A caller exported charges.',
  examples: {
    1: {
      period: '2026-11',
      by: 'cy (https://login.test)',
      why: 'month end',
      format: 'focus-csv',
      profile: 'focus-1.2',
      charges: 3,
      total: '0.87 USD',
      request: '0f2a1d7e-1f0b-4c55-8f6e-0d7c2b9a4e12',
    },
  },
});

import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';

/** Body of the order to close a month. */
export class CloseBody {
  /** For the audit trail. */
  @IsString() @Matches(/\S/) @MaxLength(1000) why: string;
}

/** Body of a correction. */
export class CorrectionBody {
  /**
   * Decimal text in the currency of the charge, below zero to give back; all that is left of the charge is given back
   * without it.
   */
  @IsOptional() @IsString() @Matches(/^-?\d{1,12}(\.\d{1,9})?$/) amount?: string;
  /** For the audit trail, and on the bill. */
  @IsString() @Matches(/\S/) @MaxLength(1000) why: string;
}

import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';

/** Body of the order to close a month. */
export class CloseBody {
  /** For the audit trail. */
  @IsString() @Matches(/\S/) @MaxLength(1000) why: string;
  /**
   * The sum that the caller has read, such as `1160.00 USD, 3.00 EUR`, or `0`: another one is not closed. If absent,
   * any is.
   */
  @IsOptional() @IsString() @Matches(/\S/) @MaxLength(1000) total?: string;
}

/** Body of a correction. */
export class CorrectionBody {
  /**
   * Decimal text in the currency of the charge; negative to give back. If absent, the whole rest of the charge is given
   * back.
   */
  @IsOptional() @IsString() @Matches(/^-?\d{1,12}(\.\d{1,9})?$/) amount?: string;
  /** For the audit trail and the bill. */
  @IsString() @Matches(/\S/) @MaxLength(1000) why: string;
}

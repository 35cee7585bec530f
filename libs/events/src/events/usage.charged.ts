import { IsNotEmpty, IsOptional, IsString, Matches } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Judged } from '../parts.ts';
import { IsTime } from '../rules.ts';
import { judged, scanId } from './example.ts';

/** One assessed image, charged once for a subscription and digest. */
export class UsageCharged extends Judged {
  /** Derived id: the same for each charge of a digest in a subscription. */
  @IsString() @IsNotEmpty() chargeId: string;
  /** Id of the scan: the UUIDv5 of placement and verdict. */
  @IsString() @IsNotEmpty() scanId: string;
  /** Decimal text, never a float. */
  @Matches(/^-?\d+(\.\d+)?$/) amount: string;
  /** ISO 4217. */
  @Matches(/^[A-Z]{3}$/) currency: string;
  /** Id of the price rule and the day from which it holds, `list@2026-01-01`. */
  @IsString() priceRule: string;
  /** Time of the `finding.classified`. It determines the price and, unless `billedIn` is present, the period. */
  @IsTime() chargedFor: string;
  /** The billing period, `2026-12`, if the period of `chargedFor` was closed before the image was charged. */
  @IsOptional() @Matches(/^[1-9]\d{3}-(0[1-9]|1[0-2])$/) billedIn?: string;
  /** Id of the charge that this event corrects. */
  @IsOptional() @IsString() correctionOf?: string;
  /** For a correction: its author and reason. */
  @IsOptional() @IsString() by?: string;
  /** The reason given for it, in free text. */
  @IsOptional() @IsString() why?: string;
}

export const usageCharged = defineEvent({
  topic: 'usage.charged',
  data: UsageCharged,
  published: true,
  summary: 'An assessed image was charged.',
  examples: {
    1: {
      ...judged,
      chargeId: 'd1a1c9f0-5a6e-5d29-9f2e-3f0f8d1f7a01',
      scanId,
      amount: '0.29',
      currency: 'USD',
      priceRule: 'list@2020-01-01',
      chargedFor: '2026-11-24T09:15:02.600Z',
    },
  },
});

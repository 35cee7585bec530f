import { IsNotEmpty, IsString, Matches } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsDigest } from '../rules.ts';

/**
 * A correction of a charge: a full or partial credit, or an addition. Its `usage.charged` follows, in an open period.
 */
export class ChargeCorrected {
  /** The charge that is corrected. */
  @IsString() @IsNotEmpty() chargeId: string;
  /** Id of the `usage.charged` that follows. */
  @IsString() @IsNotEmpty() correctionId: string;
  /** The subscription that was charged. */
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** The image that was charged. */
  @IsDigest() digest: string;
  /** Decimal text, in the currency of the charge. Below zero it is a credit. */
  @Matches(/^-?\d+(\.\d+)?$/) amount: string;
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
  /** The reason given for it, in free text. */
  @IsString() why: string;
}

export const chargeCorrected = defineEvent({
  topic: 'charge.corrected',
  data: ChargeCorrected,
  summary: 'Somebody corrected a charge.',
  examples: {
    1: {
      chargeId: 'd1a1c9f0-5a6e-5d29-9f2e-3f0f8d1f7a01',
      correctionId: '7c2b1d7e-1f0b-5c55-8f6e-0d7c2b9a4e11',
      subscriptionId: '00000000-0000-0000-0000-000000000001',
      digest: `sha256:${'1a'.repeat(32)}`,
      amount: '-0.29',
      by: 'ana (https://login.test)',
      why: 'pushed by a test',
    },
  },
});

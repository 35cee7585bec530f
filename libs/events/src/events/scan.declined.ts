import { IsIn, IsNotEmpty, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Judged } from '../parts.ts';
import { judged } from './example.ts';

/** The negative verdict: this image is not scanned and not charged, for the given reason. */
export class ScanDeclined extends Judged {
  /** The status that follows from the refusal. */
  @IsIn(['not-applicable', 'undetermined']) status: 'not-applicable' | 'undetermined';
  /** A code: the rule that was broken. */
  @IsString() @IsNotEmpty() reason: string;
  /** A sentence for a person. */
  @IsString() message: string;
}

export const scanDeclined = defineEvent({
  topic: 'scan.declined',
  data: ScanDeclined,
  summary: 'An image will not be scanned, and why.',
  examples: {
    1: {
      ...judged,
      status: 'not-applicable',
      reason: 'windows-image',
      message: 'Images for Windows are not assessed.',
    },
  },
});

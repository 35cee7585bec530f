import { Type } from 'class-transformer';
import { ArrayNotEmpty, Equals, IsArray, Matches, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** A signature by one key. */
class SealSignature {
  /** `sha256:` and 64 hex digits, of the public key. */
  @Matches(/^sha256:[0-9a-f]{64}$/) keyid: string;
  /** The signature over the type and the payload by the protocol of DSSE, in base64. */
  @Matches(base64) sig: string;
}

/**
 * All that was written to the log since the last seal is proven by a signature. A DSSE envelope
 * (https://github.com/secure-systems-lab/dsse).
 */
export class LogSealed {
  /** Media type of the payload. */
  @Equals('application/vnd.assay.seal+json') payloadType: string;
  /** The seal as JSON, in base64. */
  @Matches(base64) payload: string;
  /** Signatures, of which one must be by a key of the chain of seals. */
  @IsArray() @ArrayNotEmpty() @ValidateNested({ each: true }) @Type(() => SealSignature) signatures: SealSignature[];
}

export const logSealed = defineEvent({
  topic: 'log.sealed',
  data: LogSealed,
  summary: 'What was written to the log since the last seal is signed.',
  examples: {
    1: {
      payloadType: 'application/vnd.assay.seal+json',
      payload: 'eyJudW1iZXIiOjF9',
      signatures: [{ keyid: `sha256:${'5f'.repeat(32)}`, sig: 'c2lnbmF0dXJl' }],
    },
  },
});

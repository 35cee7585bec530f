import { RegistryError } from '../error.ts';

/**
 * The part of a signed schema 1 manifest that its digest covers. Signatures are inserted afterwards, and each names its
 * position (`formatLength`, `formatTail`).
 */
export const signedPayload = (bytes: Buffer): Buffer => {
  try {
    const { signatures } = JSON.parse(bytes.toString()) as { signatures: [{ protected: string }] };
    const { formatLength, formatTail } = JSON.parse(Buffer.from(signatures[0].protected, 'base64url').toString()) as {
      formatLength: number;
      formatTail: string;
    };
    return Buffer.concat([bytes.subarray(0, formatLength), Buffer.from(formatTail, 'base64url')]);
  } catch (cause) {
    throw new RegistryError('bad-manifest', 'a signed schema 1 manifest without a readable signature', { cause });
  }
};

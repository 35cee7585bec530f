import { sign, verify, type KeyObject } from 'node:crypto';
import { keyIdOf } from './keys.ts';

/**
 * A DSSE envelope: a payload, its type, and signatures over both
 * (https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md).
 */
export interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid?: string; readonly sig: string }[];
}

/** The bytes that are signed, by the protocol of DSSE. */
const encoded = (type: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);

/** Ed25519 hashes by itself; of ECDSA, P-256 with SHA-256 is taken. */
const hashFor = ({ asymmetricKeyType }: KeyObject): 'sha256' | null => (asymmetricKeyType === 'ec' ? 'sha256' : null);

/** @param key a private key, Ed25519 or ECDSA P-256 */
export const enveloped = (payloadType: string, content: object, key: KeyObject): Envelope => {
  const payload = Buffer.from(JSON.stringify(content));
  const sig = sign(hashFor(key), encoded(payloadType, payload), key).toString('base64');
  return { payloadType, payload: payload.toString('base64'), signatures: [{ keyid: keyIdOf(key), sig }] };
};

/** True if one of the signatures is by this key. Its `keyid` is a hint only, and not read. */
export const isSignedBy = ({ payloadType, payload, signatures }: Envelope, key: KeyObject): boolean =>
  signatures.some(({ sig }) =>
    verify(hashFor(key), encoded(payloadType, Buffer.from(payload, 'base64')), key, Buffer.from(sig, 'base64')),
  );

/** The content of an envelope, which its signature alone makes trustworthy. Undefined if it has another form. */
export const contentOf = ({ payload }: Envelope): unknown => {
  try {
    return JSON.parse(Buffer.from(payload, 'base64').toString()) as unknown;
  } catch {
    return undefined;
  }
};

/** An envelope in a text, or undefined. */
export const envelopeIn = (text: string): Envelope | undefined => {
  try {
    const found = JSON.parse(text) as Partial<Envelope> | null;
    return typeof found?.payloadType === 'string' &&
      typeof found.payload === 'string' &&
      Array.isArray(found.signatures) &&
      found.signatures.every((each) => typeof (each as { sig?: unknown } | null)?.sig === 'string')
      ? (found as Envelope)
      : undefined;
  } catch {
    return undefined;
  }
};

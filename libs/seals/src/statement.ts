import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';
import { contentOf, enveloped, envelopeIn, isSignedBy, type Envelope } from './envelope.ts';
import { publicTextOf } from './keys.ts';

/** https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
const statementType = 'application/vnd.in-toto+json';
/** Simple Verification Result: https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md */
export const predicateType = 'https://in-toto.io/attestation/svr/v0.2';
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** A thing with its digests, as in-toto names it. */
export interface ResourceDescriptor {
  readonly name: string;
  readonly uri?: string;
  /** Hex digits by the name of the algorithm. */
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: object;
}

/** An in-toto statement with a Simple Verification Result. */
export interface ImageStatement {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly ResourceDescriptor[];
  readonly predicateType: typeof predicateType;
  readonly predicate: {
    readonly verifier: { readonly id: string; readonly policies: readonly ResourceDescriptor[] };
    /** ISO 8601. */
    readonly timeCreated: string;
    /** Names of what was verified. What is not here was not. */
    readonly properties: readonly string[];
    /** Evidence of the result. A field of our own: readers of the predicate pass over it. */
    readonly evidence: object;
  };
}

/** A Sigstore bundle with one DSSE envelope, as cosign reads it from a file. */
export interface Bundle {
  readonly mediaType: string;
  readonly verificationMaterial: { readonly publicKey: { readonly hint: string } };
  readonly dsseEnvelope: Envelope;
}

/**
 * Signs a statement. cosign takes no signature with a name of its key that it would give another one, so the hint alone
 * names it.
 *
 * @param key a private key (Ed25519)
 */
export const signedStatement = (
  statement: Omit<ImageStatement, '_type' | 'predicateType'>,
  key: KeyObject,
): Bundle => ({
  mediaType: bundleType,
  verificationMaterial: {
    publicKey: {
      hint: createHash('sha256')
        .update(Buffer.from(publicTextOf(key), 'base64'))
        .digest('base64'),
    },
  },
  dsseEnvelope: withoutNames(
    enveloped(statementType, { _type: 'https://in-toto.io/Statement/v1', predicateType, ...statement }, key),
  ),
});

const withoutNames = ({ signatures, ...envelope }: Envelope): Envelope => ({
  ...envelope,
  signatures: signatures.map(({ sig }) => ({ sig })),
});

/** The statement of a bundle, or of an envelope alone, if it is signed by the key. Undefined otherwise. */
export const statementIn = (text: string, key: KeyObject): ImageStatement | undefined => {
  const envelope = envelopeIn(text) ?? envelopeIn(JSON.stringify(bundleIn(text)?.dsseEnvelope ?? null));
  if (envelope?.payloadType !== statementType || !isSignedBy(envelope, key)) return undefined;
  const statement = contentOf(envelope) as Partial<ImageStatement> | undefined;
  return statement?.predicateType === predicateType && Array.isArray(statement.subject) && statement.predicate
    ? (statement as ImageStatement)
    : undefined;
};

const bundleIn = (text: string): Partial<Bundle> | null => {
  try {
    return JSON.parse(text) as Partial<Bundle> | null;
  } catch {
    return null;
  }
};

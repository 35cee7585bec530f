export { chained, chainStart, prefixBytes } from './chain.ts';
export { contentOf, enveloped, envelopeIn, isSignedBy, type Envelope } from './envelope.ts';
export {
  declaredSealKeyFile,
  declaredSealKeys,
  keyIdOf,
  newKeyPem,
  publicKeyIn,
  publicPemOf,
  publicTextOf,
  type SealKeys,
} from './keys.ts';
export { digestOf, sealType, SealChain, signedSeal, type CountedSeal, type Flaw, type Seal } from './seal.ts';
export { closedIn, nextSeal, resting, SealRefused } from './sealing.ts';
export { takeSeals, verify, type Difference, type Verified, type VerifyOptions } from './verifying.ts';
export {
  predicateType,
  signedStatement,
  statementIn,
  type Bundle,
  type ResourceDescriptor,
  type ImageStatement,
} from './statement.ts';

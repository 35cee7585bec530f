import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { derived, pemIn, SettingError, text } from '@assay/settings';

const publicPartOf = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key);

/** Subject public key info as base64: the public part of a key, in one line. */
export const publicTextOf = (key: KeyObject): string =>
  publicPartOf(key).export({ type: 'spki', format: 'der' }).toString('base64');

/** The same as PEM, as other tools read it. */
export const publicPemOf = (key: KeyObject): string =>
  publicPartOf(key).export({ type: 'spki', format: 'pem' }).toString();

/** @throws an error of `node:crypto` if it is no public key */
export const publicKeyIn = (base64: string): KeyObject =>
  createPublicKey({ key: Buffer.from(base64, 'base64'), type: 'spki', format: 'der' });

/** The name of a key, the same for both parts: SHA-256 of the public one, `sha256:` and 64 hex digits. */
export const keyIdOf = (key: KeyObject): string =>
  `sha256:${createHash('sha256')
    .update(Buffer.from(publicTextOf(key), 'base64'))
    .digest('hex')}`;

const blockPattern = /-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g;

/** Makes a key as PEM (PKCS #8). */
export const newKeyPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The keys that sign: the current one, and those that it replaces and that may still have to vouch for it. */
export interface SealKeys {
  /** Absent if they are in none. */
  readonly file?: string;
  readonly current: KeyObject;
  readonly all: readonly KeyObject[];
}

/** @throws SettingError */
const keysIn = (file: string): SealKeys & { readonly file: string } => {
  const wrong = (): SettingError =>
    new SettingError(
      `ASSAY_SEAL_KEY_FILE ${file} must hold private keys for Ed25519 only, the current one first: make one by ` +
        '`openssl genpkey -algorithm ed25519`',
    );
  let all: readonly KeyObject[];
  try {
    all = (pemIn('ASSAY_SEAL_KEY_FILE', file).match(blockPattern) ?? []).map((pem) => createPrivateKey(pem));
  } catch (error) {
    throw error instanceof SettingError ? error : wrong();
  }
  const [current] = all;
  if (!current || all.some(({ asymmetricKeyType }) => asymmetricKeyType !== 'ed25519')) throw wrong();
  return { file, current, all };
};

/** The file of the keys, or `off`. */
export const declaredSealKeyFile = text('ASSAY_SEAL_KEY_FILE', {
  task: 'Prove what was written',
  summary:
    'PEM file with the private key (Ed25519) that signs the seals of the log and the statements about images. To ' +
    'rotate it, put the new key before the old one ([proof](proof.md#rotate-the-key)). `off` seals nothing.',
  default: 'made at the first start of `assay up`',
  production: 'Without it, the log is not sealed: a changed record would be seen by none.',
});

/** The keys that sign seals and statements. Undefined if none are named. */
export const declaredSealKeys = derived(declaredSealKeyFile, (file) =>
  file === undefined || file === 'off' ? undefined : keysIn(file),
);

import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { declaredSealKeys } from '@assay/seals';
import { pemIn, SettingError, type Env } from '@assay/settings';
import type { DataFolder } from '../suite/data.ts';

/** The places of the key that is trusted. */
export interface KeyPlaces {
  readonly data: DataFolder;
  readonly env: Env;
  /** PEM file of the key. */
  readonly key?: string | undefined;
}

/** @throws SettingError if the file holds no key that signs seals */
const publicKeyOf = (file: string): KeyObject => {
  const pem = pemIn('the key', file);
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Damaged: the same error.
  }
  throw new SettingError(`the key ${file} is none for Ed25519, the kind that signs seals and statements`);
};

/** The key that is trusted: the given one, or that of the settings, or that of the data folder. */
export const trustedBy = ({ key, env, data }: KeyPlaces): { file: string; key: KeyObject } | undefined => {
  if (key !== undefined) return { file: key, key: publicKeyOf(key) };
  const named = declaredSealKeys.read(env);
  if (named) return { file: named.file, key: createPublicKey(named.current) };
  const own = join(data.path, 'secrets', 'seal-key.pem');
  return existsSync(own) ? { file: own, key: publicKeyOf(own) } : undefined;
};

import { declaredSealKeys, newKeyPem } from '@assay/seals';
import { Failure } from '../terminal/failure.ts';
import type { DataFolder } from './data.ts';

/**
 * The file of the key that signs the seals of a data folder. It is created once.
 * @throws Failure if the file is damaged
 */
export const sealKeyOf = (data: DataFolder): string => {
  const file = data.secretFile('seal-key.pem', newKeyPem);
  try {
    declaredSealKeys.read({ ASSAY_SEAL_KEY_FILE: file });
    return file;
  } catch {
    throw new Failure(
      'failed',
      `${file} is damaged: it holds no private key (Ed25519) in PEM`,
      'put a copy of it back, as no other key can continue the seals; ASSAY_SEAL_KEY_FILE=off starts without seals',
    );
  }
};

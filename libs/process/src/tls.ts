import { createPrivateKey, X509Certificate } from 'node:crypto';
import { declaredTls, derived, pemIn, SettingError, type Env, type Settings, type ValueOf } from '@assay/settings';

/** PEM texts: a certificate, with the chain behind it, and its key. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/**
 * Returns the certificate and key for HTTPS, if the settings name them.
 * @throws SettingError where no client would accept them
 */
export const tlsIn = (env: Env, now = Date.now()): Tls | undefined => tlsOf(declaredTls.read(env), now);

/** Certificate and key for HTTPS. */
export const tlsSettings: Settings<Tls | undefined> = derived(declaredTls, (given) => tlsOf(given));

const tlsOf = ({ certFile, keyFile }: ValueOf<typeof declaredTls>, now = Date.now()): Tls | undefined => {
  if (!certFile && !keyFile) return undefined;
  if (!certFile || !keyFile)
    throw new SettingError('ASSAY_TLS_CERT and ASSAY_TLS_KEY belong together: set both or neither');
  const [cert, key] = [pemIn('ASSAY_TLS_CERT', certFile), pemIn('ASSAY_TLS_KEY', keyFile)];
  const certificate = read(`ASSAY_TLS_CERT ${certFile} is not a certificate`, () => new X509Certificate(cert));
  const privateKey = read(`ASSAY_TLS_KEY ${keyFile} is not a private key without a passphrase`, () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new SettingError(`ASSAY_TLS_KEY ${keyFile} is not the key of the certificate in ASSAY_TLS_CERT`);
  if (certificate.validToDate.getTime() <= now)
    throw new SettingError(`ASSAY_TLS_CERT ${certFile} expired on ${certificate.validTo}`);
  return { cert, key };
};

const read = <T>(message: string, parse: () => T): T => {
  try {
    return parse();
  } catch {
    throw new SettingError(message);
  }
};

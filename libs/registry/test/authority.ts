import { KeyObject, randomUUID, type webcrypto } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const keys = async (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** The authority, in PEM. */
  readonly ca: string;
}

/** A certificate for 127.0.0.1 and the names, from a test authority that nothing trusts yet. */
export const certificateFor = async (...names: readonly string[]): Promise<TestCertificate> => {
  const x509 = await import('@peculiar/x509');
  const [authority, own] = await Promise.all([keys(), keys()]);
  const shared = {
    signingAlgorithm: algorithm,
    signingKey: authority.privateKey,
    // Another one of the same name would be taken for it.
    issuer: `CN=Authority of test ${randomUUID()}`,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
  };
  const ca = await x509.X509CertificateGenerator.create({
    ...shared,
    serialNumber: '01',
    subject: shared.issuer,
    publicKey: authority.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const cert = await x509.X509CertificateGenerator.create({
    ...shared,
    serialNumber: '02',
    subject: 'CN=127.0.0.1',
    publicKey: own.publicKey,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        ...names.map((value) => ({ type: 'dns' as const, value })),
      ]),
    ],
  });
  return {
    ca: ca.toString('pem'),
    cert: cert.toString('pem'),
    key: KeyObject.from(own.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string,
  };
};

/** A certificate for 127.0.0.1 from a test authority that this process trusts from now on. */
export const trustedCertificate = async (): Promise<TestCertificate> => {
  const certificate = await certificateFor();
  setDefaultCACertificates([...getCACertificates('default'), certificate.ca]);
  return certificate;
};

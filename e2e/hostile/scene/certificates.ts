import { KeyObject, type webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const keys = async (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const span = {
  signingAlgorithm: algorithm,
  notBefore: new Date(Date.now() - 60_000),
  notAfter: new Date(Date.now() + 3_600_000),
};

interface Authority {
  readonly key: webcrypto.CryptoKey;
  readonly name: string;
  readonly pem: string;
}

const authorityCalled = async (name: string): Promise<Authority> => {
  const { privateKey: key, publicKey } = await keys();
  const certificate = await X509CertificateGenerator.create({
    ...span,
    serialNumber: '01',
    subject: `CN=${name}`,
    issuer: `CN=${name}`,
    signingKey: key,
    publicKey,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  return { key, name, pem: certificate.toString('pem') };
};

/** A certificate for a server at 127.0.0.1. */
const certificateOf = async ({ key, name }: Authority): Promise<{ cert: string; key: string }> => {
  const own = await keys();
  const certificate = await X509CertificateGenerator.create({
    ...span,
    serialNumber: '02',
    subject: 'CN=127.0.0.1',
    issuer: `CN=${name}`,
    signingKey: key,
    publicKey: own.publicKey,
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  });
  return {
    cert: certificate.toString('pem'),
    key: KeyObject.from(own.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string,
  };
};

/** A certificate of an authority that the suite trusts, and one of an authority that only looks like it. */
export const certificates = async (): Promise<{
  known: { cert: string; key: string };
  stranger: { cert: string; key: string };
  authority: string;
}> => {
  const [believed, impostor] = await Promise.all([
    authorityCalled('Authority of the evil'),
    authorityCalled('Authority of the evil'),
  ]);
  return { known: await certificateOf(believed), stranger: await certificateOf(impostor), authority: believed.pem };
};

import { createPrivateKey, KeyObject, randomBytes, X509Certificate, type webcrypto } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tls } from '@assay/process';

/** A certificate for this machine, and the file of the authority that clients must trust. */
export interface LoopbackCertificate extends Tls {
  readonly caFile: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const validMs = 365 * dayMs;
/** Renews the certificate this early, so that it does not expire under a suite that runs for weeks. */
const renewMs = 30 * dayMs;

/**
 * Makes a certificate for localhost, 127.0.0.1 and ::1 at the first start and keeps it. Its authority's key is thrown
 * away after signing, so a client that trusts the authority trusts nothing else.
 */
export const loopbackCertificate = async (folder: string, now = Date.now()): Promise<LoopbackCertificate> => {
  const caFile = join(folder, 'ca.pem');
  const kept = keptIn(folder, now);
  if (kept) return { ...kept, caFile };
  const { ca, cert, key } = await made(now);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries({ 'key.pem': key, 'cert.pem': cert, 'ca.pem': ca }))
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  return { cert, key, caFile };
};

/** Reads the certificate of an earlier start if its files match and it lasts. */
const keptIn = (folder: string, now: number): Tls | undefined => {
  try {
    const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    ) as [string, string, string];
    const [authority, leaf] = [new X509Certificate(ca), new X509Certificate(cert)];
    const fits = leaf.verify(authority.publicKey) && leaf.checkPrivateKey(createPrivateKey(key));
    return fits && leaf.validToDate.getTime() - now > renewMs ? { cert, key } : undefined;
  } catch {
    return undefined;
  }
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const made = async (now: number): Promise<Tls & { readonly ca: string }> => {
  const x509 = await import('@peculiar/x509');
  const keys = async (): Promise<webcrypto.CryptoKeyPair> =>
    crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [authority, own] = await Promise.all([keys(), keys()]);
  // A client's clock may be a little behind.
  const shared = {
    signingAlgorithm: algorithm,
    signingKey: authority.privateKey,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + validMs),
  };
  const issuer = `CN=Assay on this machine ${randomBytes(4).toString('hex')}`;
  const serial = (): string => `01${randomBytes(15).toString('hex')}`;
  const ca = await x509.X509CertificateGenerator.create({
    ...shared,
    serialNumber: serial(),
    subject: issuer,
    issuer,
    publicKey: authority.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const cert = await x509.X509CertificateGenerator.create({
    ...shared,
    serialNumber: serial(),
    subject: 'CN=localhost',
    issuer,
    publicKey: own.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
    ],
  });
  const key = KeyObject.from(own.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string;
  return { ca: `${ca.toString('pem')}\n`, cert: `${cert.toString('pem')}\n`, key };
};

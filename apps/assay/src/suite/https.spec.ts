import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Front, tlsIn, type Tls } from '@assay/process';
import { loopbackCertificate } from './loopback-certificate.ts';

const dayMs = 24 * 60 * 60 * 1000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const served = async (tls: Tls): Promise<string> => {
  const front = new Front('run', undefined, tls);
  onTestFinished(() => front.close());
  return front.listen(0);
};

const statusOf = (url: string, ca?: string) =>
  new Promise<number>((resolve, reject) => {
    request(url, { ...(ca ? { ca } : {}), agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    })
      .on('error', reject)
      .end();
  });

describe('the certificate that the suite makes', () => {
  it('is trusted with its authority, for each name of this machine, and not without', async () => {
    const made = await loopbackCertificate(folder);
    const url = await served(made);
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const ca = readFileSync(made.caFile, 'utf8');
    expect(await statusOf(`${url}/healthz`, ca)).toBe(200);
    expect(await statusOf(`${url.replace('127.0.0.1', 'localhost')}/healthz`, ca)).toBe(200);
    await expect(statusOf(`${url}/healthz`)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    const certificate = new X509Certificate(made.cert);
    expect([
      certificate.checkIP('::1'),
      certificate.checkHost('assay.test'),
      certificate.ca,
      new X509Certificate(ca).ca,
    ]).toEqual(['::1', undefined, false, true]);
  });

  it("is readable by its owner alone, and its authority's key is not kept", async () => {
    const { key } = await loopbackCertificate(folder);
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['ca.pem', 'cert.pem', 'key.pem']);
    expect(new X509Certificate(readFileSync(join(folder, 'ca.pem'))).checkPrivateKey(createPrivateKey(key))).toBe(
      false,
    );
  });

  it('is renewed a month before it expires, or if its files do not match', async () => {
    const now = Date.now();
    const first = await loopbackCertificate(folder, now);
    expect(await loopbackCertificate(folder, now + 330 * dayMs)).toEqual(first);
    const second = await loopbackCertificate(folder, now + 340 * dayMs);
    expect(second.cert).not.toBe(first.cert);
    writeFileSync(join(folder, 'cert.pem'), first.cert);
    expect((await loopbackCertificate(folder, now)).cert).not.toBe(first.cert);
  });
});

describe('a configured certificate', () => {
  const configured = async () => {
    await loopbackCertificate(folder);
    return { ASSAY_TLS_CERT: join(folder, 'cert.pem'), ASSAY_TLS_KEY: join(folder, 'key.pem') };
  };

  it('is served', async () => {
    expect(
      await statusOf(
        `${await served(tlsIn(await configured())!)}/healthz`,
        readFileSync(join(folder, 'ca.pem'), 'utf8'),
      ),
    ).toBe(200);
    expect(tlsIn({})).toBeUndefined();
  });

  it.each<[string, Record<string, string>, string]>([
    ['no key', { ASSAY_TLS_KEY: '' }, 'belong together'],
    ['a file that is not there', { ASSAY_TLS_CERT: '/none.pem' }, 'ASSAY_TLS_CERT /none.pem cannot be read: ENOENT'],
    ['no PEM file', { ASSAY_TLS_KEY: 'other' }, 'is not a PEM file'],
    ['a key for a certificate', { ASSAY_TLS_CERT: 'key.pem' }, 'is not a certificate'],
    ['a certificate for a key', { ASSAY_TLS_KEY: 'cert.pem' }, 'is not a private key'],
    ['the key of another', { ASSAY_TLS_CERT: 'ca.pem' }, 'is not the key of the certificate'],
  ])('is refused with %s', async (_, wrong, message) => {
    const env = await configured();
    writeFileSync(join(folder, 'other'), 'words');
    const named = Object.fromEntries(
      Object.entries(wrong).map(([name, file]) => [name, file && !file.startsWith('/') ? join(folder, file) : file]),
    );
    expect(() => tlsIn({ ...env, ...named })).toThrow(message);
  });

  it('is refused after it has expired', async () => {
    const env = await configured();
    expect(() => tlsIn(env, Date.now() + 366 * dayMs)).toThrow('expired on');
  });
});

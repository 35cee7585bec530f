import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loopbackCertificate } from '../../apps/assay/src/suite/loopback-certificate.ts';
import { TestSuite, temporaryData } from './suite.ts';

it('a suite with a certificate that this machine does not trust reports it, and does not start', async () => {
  const { path } = await temporaryData();
  await loopbackCertificate(path);
  await expect(
    TestSuite.start({ env: { ASSAY_TLS_CERT: join(path, 'cert.pem'), ASSAY_TLS_KEY: join(path, 'key.pem') } }),
  ).rejects.toThrow(/^ASSAY_TLS_CERT is not trusted at https:\/\/127\.0\.0\.1:\d+ \(.+\): it must be for 127\.0\.0\.1/);
});

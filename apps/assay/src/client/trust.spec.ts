import tls from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { trust } from './trust.ts';

it('on a Node that cannot add a certificate, the remedy is named', () => {
  const { setDefaultCACertificates } = tls;
  onTestFinished(() => void Object.assign(tls, { setDefaultCACertificates }));
  Object.assign(tls, { setDefaultCACertificates: undefined });
  expect(() => trust('/srv/assay/ca.pem')).toThrow(
    expect.objectContaining({ reason: 'failed', remedy: 'set NODE_EXTRA_CA_CERTS=/srv/assay/ca.pem, or use Node 24' }),
  );
});

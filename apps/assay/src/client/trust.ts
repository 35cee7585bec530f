import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { Failure } from '../terminal/failure.ts';

/**
 * Makes this process trust this authority in addition to the default ones.
 * @throws Failure on a Node that cannot (before 22.19)
 */
export const trust = (caFile: string): void => {
  // The client runs on Node 20, where these are absent.
  const { getCACertificates, setDefaultCACertificates } = tls as Partial<typeof tls>;
  if (!getCACertificates || !setDefaultCACertificates)
    throw new Failure(
      'failed',
      `Node ${process.versions.node} cannot add the certificate ${caFile}`,
      `set NODE_EXTRA_CA_CERTS=${caFile}, or use Node 24`,
    );
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(caFile, 'utf8')]);
};

import { SettingError } from '@assay/settings';
import { tlsIn, type Tls } from '@assay/process';
import { trust } from '../client/trust.ts';
import type { DataFolder } from './data.ts';
import { loopbackCertificate } from './loopback-certificate.ts';

/** Certificate and key, and the authority's file if the suite made them itself. */
export type ServedCertificate = Tls & { readonly caFile?: string };

/** Returns the configured certificate, or one of the suite's own if HTTPS is requested. */
export const certificateFor = async (
  env: Readonly<Record<string, string | undefined>>,
  data: DataFolder,
  https = false,
): Promise<ServedCertificate | undefined> => {
  const configured = tlsIn(env);
  if (configured || !https) return configured;
  const made = await loopbackCertificate(data.tls);
  trust(made.caFile);
  return made;
};

/**
 * The local registry and the command line are clients like any other. So report now if they would not trust the
 * certificate.
 */
export const believed = async (url: string): Promise<void> => {
  try {
    await (await fetch(`${url}/healthz`)).body?.cancel();
  } catch (error) {
    const { message } = (error as { cause?: Error }).cause ?? (error as Error);
    throw new SettingError(
      `ASSAY_TLS_CERT is not trusted at ${url} (${message}): it must be for 127.0.0.1, and ` +
        'Node must know its authority (NODE_EXTRA_CA_CERTS); or let `assay up --https` make one',
    );
  }
};

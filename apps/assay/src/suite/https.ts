import { SettingError } from '@assay/messaging';
import { tlsIn, type Tls } from '@assay/process';
import { trust } from '../client/trust.ts';
import type { DataFolder } from './data.ts';
import { loopbackCertificate } from './loopback-certificate.ts';

/** What is served with, and the file of the authority behind it, where the suite made that itself. */
export type ServedCertificate = Tls & { readonly caFile?: string };

/** The configured certificate; else one of the suite's own, where HTTPS is asked for. */
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
 * The registry beside the suite and the command line are clients like any other: what they would not believe is told
 * now.
 */
export const believed = async (url: string): Promise<void> => {
  try {
    await (await fetch(`${url}/healthz`)).body?.cancel();
  } catch (error) {
    const { message } = (error as { cause?: Error }).cause ?? (error as Error);
    throw new SettingError(
      `ASSAY_TLS_CERT is not believed at ${url} (${message}): it must be for 127.0.0.1, and its authority known to Node (NODE_EXTRA_CA_CERTS); or let \`assay up --https\` make one`,
    );
  }
};

import { join, resolve } from 'node:path';
import { accessIn } from '@assay/arm';
import { SettingError, wholeNumberIn } from '@assay/messaging';
import { tlsIn, type Tls } from './tls.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface ProcessSettings {
  readonly host: string;
  readonly port: number;
  /** Scanners and their databases. */
  readonly home: string;
  /** What the service keeps besides its store; of this process alone. */
  readonly folder: string;
  /** Where blobs lie unless a setting says otherwise; shared by all services. */
  readonly blobs: string;
  /** For HTTPS; undefined where something in front ends TLS, or nobody does. */
  readonly tls: Tls | undefined;
}

/**
 * Where one service's process listens and keeps its files.
 * @throws SettingError where it would answer without asking who it is, or does not know whom to believe
 */
export const processSettings = (service: string, guarded: boolean, env: Env): ProcessSettings => {
  const host = env.ASSAY_HOST || '127.0.0.1';
  if (guarded && !env.ASSAY_API_TOKEN && !env.ASSAY_OIDC_ISSUER) throw new SettingError('Nobody would be asked who he is: set ASSAY_OIDC_ISSUER, ASSAY_OIDC_AUDIENCE and ASSAY_ROLES, or ASSAY_API_TOKEN for one token that opens everything');
  accessIn(env);
  const home = resolve(env.ASSAY_HOME || '.assay');
  return { host, port: env.ASSAY_PORT === '0' ? 0 : wholeNumberIn(env, 'ASSAY_PORT', 8080, 65_535), home, folder: resolve(env.ASSAY_FOLDER || join(home, 'services', service)), blobs: join(home, 'blobs'), tls: tlsIn(env) };
};

import { join, resolve } from 'node:path';
import { accessIn, rateIn } from '@assay/arm';
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
  if (guarded && !env.ASSAY_API_TOKEN && !env.ASSAY_OIDC_ISSUER)
    throw new SettingError(
      'Nobody would be asked who he is: set ASSAY_OIDC_ISSUER, ASSAY_OIDC_AUDIENCE and ASSAY_ROLES, or ASSAY_API_TOKEN for one token that opens everything',
    );
  accessIn(env);
  rateIn(env);
  const home = resolve(env.ASSAY_HOME || '.assay');
  return {
    host,
    port: wholeNumberIn(env, 'ASSAY_PORT', 8080, 65_535, 0),
    home,
    folder: resolve(env.ASSAY_FOLDER || join(home, 'services', service)),
    blobs: join(home, 'blobs'),
    tls: tlsIn(env),
  };
};

/** Why nobody can be listened to at a host and port, with the setting that would do. */
export const unheard = (error: unknown, host: string, port: number): unknown => {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new SettingError(`ASSAY_PORT ${port} is in use on ${host}: stop who has it, or give another one`);
    case 'EACCES':
      return new SettingError(`ASSAY_PORT ${port} may not be used by this user: give one above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new SettingError(`ASSAY_HOST ${host} is no address of this machine: give one that is, or 0.0.0.0 for all`);
    default:
      return error;
  }
};

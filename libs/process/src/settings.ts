import { join, resolve } from 'node:path';
import { accessSettings, rateSettings } from '@assay/http';
import { declaredAccess, declaredProcess, SettingError, type Env } from '@assay/settings';
import { tlsIn, type Tls } from './tls.ts';

export interface ProcessSettings {
  readonly host: string;
  readonly port: number;
  /** Scanners and their databases. */
  readonly home: string;
  /** Port of `/metrics` for Prometheus; undefined if it is not served. */
  readonly metricsPort: number | undefined;
  /** Files the service keeps besides its store; of this process alone. */
  readonly folder: string;
  /** False if the folder is the default. */
  readonly isFolderGiven: boolean;
  /** Folder of the blobs unless a setting overrides it; shared by all services. */
  readonly blobs: string;
  /** For HTTPS; undefined if a proxy in front terminates TLS, or for plain HTTP. */
  readonly tls: Tls | undefined;
}

/**
 * Returns the address one service's process listens on and the folders of its files.
 * @throws SettingError if the API would not authenticate its callers, or lacks the issuer or roles to do so
 */
export const processSettings = (service: string, guarded: boolean, env: Env): ProcessSettings => {
  const { token, issuers } = declaredAccess.read(env);
  if (guarded && !token && issuers.length === 0)
    throw new SettingError(
      'No caller would be authenticated: set ASSAY_OIDC_ISSUER, ASSAY_OIDC_AUDIENCE and ASSAY_ROLES, or ' +
        'ASSAY_API_TOKEN for one token that opens everything',
    );
  if (guarded) {
    accessSettings.read(env);
    rateSettings.read(env);
  }
  const { host, port, metricsPort, folder, ...given } = declaredProcess.read(env);
  const home = resolve(given.home);
  return {
    host,
    port,
    metricsPort,
    home,
    folder: resolve(folder ?? join(home, 'services', service)),
    isFolderGiven: folder !== undefined,
    blobs: join(home, 'blobs'),
    tls: tlsIn(env),
  };
};

/** Turns a failure to listen into an error that names the setting to change. */
export const listenError = (error: unknown, host: string, port: number, setting = 'ASSAY_PORT'): unknown => {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new SettingError(
        `${setting} ${port} is in use on ${host}: stop the process that uses it, or set another port`,
      );
    case 'EACCES':
      return new SettingError(`${setting} ${port} may not be used by this user: set one above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new SettingError(
        `ASSAY_HOST ${host} is not an address of this machine: set one that is, or 0.0.0.0 for all`,
      );
    default:
      return error;
  }
};

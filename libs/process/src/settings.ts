import { join, resolve } from 'node:path';
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

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/**
 * Where one service's process listens and keeps its files.
 * @throws SettingError where it would answer strangers without asking who they are
 */
export const processSettings = (service: string, guarded: boolean, env: Env): ProcessSettings => {
  const host = env.ASSAY_HOST || '127.0.0.1';
  if (guarded && !loopback.test(host) && !env.ASSAY_API_TOKEN) throw new SettingError(`ASSAY_HOST ${host} is not loopback, and ASSAY_API_TOKEN is not set: set a token, or stay on 127.0.0.1`);
  const home = resolve(env.ASSAY_HOME || '.assay');
  return { host, port: env.ASSAY_PORT === '0' ? 0 : wholeNumberIn(env, 'ASSAY_PORT', 8080, 65_535), home, folder: resolve(env.ASSAY_FOLDER || join(home, 'services', service)), blobs: join(home, 'blobs'), tls: tlsIn(env) };
};

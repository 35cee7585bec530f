import { databaseSettings } from '@assay/ingestion';
import { tlsSettings } from '@assay/process';
import { declaredBlobDays, sandboxSettings, scannerSettings } from '@assay/sandbox-runner';
import {
  declaredBlobs,
  declaredDebug,
  declaredHome,
  declaredKafka,
  declaredMetricsPort,
  declaredPartitions,
  declaredRedis,
  group,
  type Env,
} from '@assay/settings';
import { clientSettings, shellSettings } from '../settings.ts';
import { services } from './services.ts';

/** The settings of `assay up`: all services in one process. */
export const suiteSettings = group({
  home: declaredHome,
  debug: declaredDebug,
  metricsPort: declaredMetricsPort,
  partitions: declaredPartitions,
  tls: tlsSettings,
  services: group(Object.fromEntries(services.map(({ name, settings }) => [name, settings]))),
});

/** The settings of the other commands. */
export const commandSettings = group({
  client: clientSettings,
  shell: shellSettings,
  partitions: declaredPartitions,
  kafka: declaredKafka,
  redis: declaredRedis,
  sandbox: sandboxSettings,
  scanners: scannerSettings,
  databases: databaseSettings,
  blobs: declaredBlobs,
  blobDays: declaredBlobDays,
});

/**
 * Parses the settings of the services before anything is started or replaced. Each error names its setting in one line.
 */
export const checkSettings = (env: Env): void => {
  suiteSettings.read(env);
};

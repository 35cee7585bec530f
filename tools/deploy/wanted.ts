import type { App } from '@assay/events';
import { catalogue } from '../settings.ts';

/** Settings that production must set and that Compose and Kubernetes may leave out, each with the reason. */
export const optional: Readonly<Record<string, string>> = {
  ASSAY_OIDC_ISSUER: 'ASSAY_API_TOKEN is set',
  ASSAY_PORTAL_CLIENT_ID: 'without an issuer, the portal takes ASSAY_API_TOKEN',
  ASSAY_SEAL_KEY_FILE: 'a log without a key is not sealed, and is reported so',
  ASSAY_SEAL_FILE: 'only an operator knows a place outside',
  ASSAY_SNAPSHOTS: 'a trial has one replica of each service',
  ASSAY_PUBLIC_BASE: 'the gateway of a trial does not terminate TLS',
};

/** Settings with a default that does not fit containers or a trial with a single broker. */
const always = [
  'ASSAY_PORT',
  'ASSAY_HOME',
  'ASSAY_PARTITIONS',
  'ASSAY_KAFKA_REPLICATION',
  'ASSAY_KAFKA_MIN_INSYNC',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_SERVICE_NAME',
];

/** The runner's use of processors and disk is bounded. */
const bounded = ['ASSAY_SANDBOX_SLOTS', 'ASSAY_BLOB_CACHE_BYTES'];

/** Variables that a service must be given. */
export const wanted = (app: App): string[] => [
  ...catalogue()
    .filter(({ name, production, readers }) => production !== undefined && readers.includes(app) && !(name in optional))
    .map(({ name }) => name),
  ...always,
  ...(app === 'sandbox-runner' ? bounded : []),
];

export const isSet = (environment: Readonly<Record<string, unknown>>, name: string): boolean =>
  environment[name] !== undefined && environment[name] !== '';

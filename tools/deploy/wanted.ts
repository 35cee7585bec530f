import type { App } from '@assay/events';
import { sourcesOf, variablesOf } from './files.ts';

/** Settings that may be left out, each with the reason. */
export const optional: Readonly<Record<string, string>> = {
  ASSAY_PRICES: 'the list price holds',
  ASSAY_OWNERS: 'charges have no owner',
  ASSAY_INVOICE_ISSUER: 'Assay itself',
  ASSAY_ASSESSMENT_DISPLAY_NAME: 'the name that Azure gave it',
  ASSAY_ASSESSMENT_DISPLAY_NAME_MDVM: 'the name that Azure gave it',
  ASSAY_ASSESSMENT_SHAPES: 'the shape of 2020',
  ASSAY_MANAGEMENT_GROUPS: 'each stands for all subscriptions',
  ASSAY_QUERY_MS: 'five seconds',
  ASSAY_REQUESTS_PER_SECOND: 'fifty',
  ASSAY_REQUESTS_BURST: 'two hundred',
  ASSAY_QUERY_QUOTA: 'fifteen calls',
  ASSAY_QUERY_QUOTA_SECONDS: 'in five seconds',
  ASSAY_QUERY_BYTES: 'sixteen MiB',
  ASSAY_QUERY_MB: '400 MB',
  ASSAY_VIEW_MB: '400 MB',
  ASSAY_PUBLIC_BASE: 'the `Host` of the request, unless TLS ends before the gateway',
  ASSAY_SWEEP_SECONDS: 'a quarter of an hour',
  ASSAY_SWEEP_DELETES_PERCENT: 'a fifth of a registry',
  ASSAY_EVENTGRID_ORIGINS: 'that of Azure',
  ASSAY_ADVISORIES: 'without it nothing is assessed anew when the database changes',
  ASSAY_TRIVY: 'the image has one on its PATH',
  ASSAY_TRIVY_DIGEST: 'the image is pinned instead',
  ASSAY_TRIVY_DB: 'without one it is the demonstration database',
  ASSAY_TRIVY_JAVA_DB: 'beside the other one',
  ASSAY_SANDBOX_DRIVER: 'the best that starts',
  ASSAY_SANDBOX_CGROUP: 'found where one is delegated',
  ASSAY_SANDBOX_FIRST_USER: 'the service is not root',
  ASSAY_RUN_DIRECTORY: 'in /tmp',
  ASSAY_FOLDER: 'below ASSAY_HOME',
  ASSAY_SCAN_SECONDS: 'four minutes',
  ASSAY_INSPECTION_SECONDS: 'fourteen minutes',
};

/** Settings that a separate process needs, besides those that its own sources read. */
const always = [
  'ASSAY_HOST',
  'ASSAY_PORT',
  'ASSAY_HOME',
  'ASSAY_PARTITIONS',
  'ASSAY_KAFKA_BROKERS',
  'ASSAY_KAFKA_REPLICATION',
  'ASSAY_KAFKA_MIN_INSYNC',
  'ASSAY_REDIS_URL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_SERVICE_NAME',
];

/** Variables that a service must be given. */
export const wanted = (app: App): string[] => {
  const read = [
    ...variablesOf(sourcesOf(`apps/${app}`)),
    ...always,
    ...(app === 'sandbox-runner' || app === 'billing' ? ['ASSAY_BLOBS'] : []),
  ];
  return [...new Set(read)].filter((name) => !(name in optional));
};

export const isSet = (environment: Readonly<Record<string, unknown>>, name: string): boolean =>
  environment[name] !== undefined && environment[name] !== '';

import { SettingError } from './error.ts';
import { group, optionalNumber, setting, text, wholeNumber } from './setting.ts';

const task = 'Start a service';

export const declaredHome = setting(
  'ASSAY_HOME',
  {
    task,
    summary: "Assay's own folder: scanners, databases, data.",
    default: '`.assay`',
  },
  (given = '.assay') => given,
);

export const declaredDebug = setting(
  'ASSAY_DEBUG',
  { task, summary: 'Any value makes logs and commands show errors with their stack, and adds debug lines to logs.' },
  (given) => given !== undefined,
);

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof logLevels)[number];

/** The least level of the lines that a service logs. */
export const declaredLogLevel = setting(
  'ASSAY_LOG_LEVEL',
  {
    task,
    summary:
      'Least level of the lines in the log of a service: `debug`, `info`, `warn` or `error` ([logs](logs.md)). ' +
      '`warn` leaves out the line of each push.',
    default: '`info`; `debug` with `ASSAY_DEBUG`',
  },
  (given, name): LogLevel | undefined => {
    if (given === undefined) return undefined;
    const level = logLevels.find((each) => each === given);
    if (level === undefined) throw new SettingError(`${name} must be one of ${logLevels.join(', ')}, not '${given}'`);
    return level;
  },
);

/** The port at which Prometheus reads the metrics of a process. */
export const declaredMetricsPort = optionalNumber('ASSAY_METRICS_PORT', {
  task,
  summary:
    'Port of `/metrics`, for Prometheus ([metrics](metrics.md)). It asks for no token: keep it inside the cluster. ' +
    '`0` is any free port.',
  max: 65_535,
  min: 0,
});

/** The number of partitions of the keyed topics; fixed when a log is created. */
export const declaredPartitions = wholeNumber('ASSAY_PARTITIONS', 12, {
  task,
  summary: 'Number of partitions of the log, the same for all services. It cannot change once the log exists.',
  max: 1024,
});

/** Certificate and key of the HTTPS server. */
export const declaredTls = group({
  certFile: text('ASSAY_TLS_CERT', {
    task: 'Serve the API',
    summary:
      'PEM file with a certificate and its chain, for HTTPS ([access](access.md#https)). `assay up --https` makes ' +
      'one for this machine.',
  }),
  keyFile: text('ASSAY_TLS_KEY', {
    task: 'Serve the API',
    summary: 'PEM file with the key of that certificate.',
  }),
});

/** The process of one service. */
export const declaredProcess = group({
  home: declaredHome,
  folder: text('ASSAY_FOLDER', {
    task,
    summary: 'Folder for files of this process alone: read model, caches.',
    default: '`$ASSAY_HOME/services/<name>`',
  }),
  host: setting(
    'ASSAY_HOST',
    {
      task,
      summary: 'Address on which a service listens.',
      default: '`127.0.0.1`',
      production: 'The default answers this machine only; in a container use `0.0.0.0`.',
    },
    (given = '127.0.0.1') => given,
  ),
  port: wholeNumber('ASSAY_PORT', 8080, {
    task,
    summary: 'Port of the API, `/healthz` and `/readyz`. `0` is any free port.',
    max: 65_535,
    min: 0,
  }),
  metricsPort: declaredMetricsPort,
  debug: declaredDebug,
  logLevel: declaredLogLevel,
  partitions: declaredPartitions,
  tls: declaredTls,
});

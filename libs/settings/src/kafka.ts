import { SettingError } from './error.ts';
import { flag, group, list, optionalNumber, setting, text, wholeNumber, type About, type Settings } from './setting.ts';

const task = 'Connect to Kafka';

const named = (variable: string, about: About): Settings<string | undefined> =>
  setting(variable, about, (given) => {
    if (given === undefined || /^[A-Za-z0-9._-]{1,100}$/.test(given)) return given;
    throw new SettingError(
      `${variable} must be letters, digits, dots, dashes and underscores, at most 100, not '${given}'`,
    );
  });

export const declaredBrokers = list('ASSAY_KAFKA_BROKERS', {
  task,
  summary: 'Addresses of some brokers (`host:port,…`). The others are found through them.',
  production: 'A service does not start without brokers.',
});

/** The connection of a service to Kafka. */
export const declaredKafka = group({
  brokers: declaredBrokers,
  tls: flag('ASSAY_KAFKA_TLS', { task, summary: '`true` connects to the brokers over TLS.' }),
  ca: text('ASSAY_KAFKA_CA', {
    task,
    summary: 'PEM file with the authorities that may sign the certificates of the brokers.',
    default: 'the authorities of the system',
  }),
  cert: text('ASSAY_KAFKA_CERT', { task, summary: 'PEM file with a client certificate.' }),
  key: text('ASSAY_KAFKA_KEY', { task, summary: 'PEM file with the key of the client certificate.' }),
  sasl: text('ASSAY_KAFKA_SASL', {
    task,
    summary:
      'How a service authenticates: `scram-sha-512`, `scram-sha-256`, `oauthbearer` or `plain`. ' +
      'The last two require TLS.',
  }),
  username: text('ASSAY_KAFKA_USERNAME', { task, summary: 'User name for SCRAM and PLAIN.' }),
  password: text('ASSAY_KAFKA_PASSWORD', { task, summary: 'Password for SCRAM and PLAIN.' }),
  tokenUrl: text('ASSAY_KAFKA_TOKEN_URL', {
    task,
    summary: 'Address that issues OAuth tokens for client credentials.',
  }),
  clientId: text('ASSAY_KAFKA_CLIENT_ID', { task, summary: 'Client id for OAuth tokens.' }),
  clientSecret: text('ASSAY_KAFKA_CLIENT_SECRET', { task, summary: 'Client secret for OAuth tokens.' }),
  scope: text('ASSAY_KAFKA_SCOPE', { task, summary: 'Scope to request for OAuth tokens.' }),
  prefix: named('ASSAY_KAFKA_PREFIX', {
    task,
    summary: 'Prefix of the names of topics and consumer groups, so that several suites can share brokers.',
  }),
  instance: named('ASSAY_INSTANCE', {
    task,
    summary:
      'Name of this process. No other live process of the service has it, and a restart keeps it. ' +
      'After a restart its partitions then return at once.',
  }),
  replication: wholeNumber('ASSAY_KAFKA_REPLICATION', 3, {
    task,
    summary: 'Number of copies that a topic must have.',
    max: 100,
  }),
  minInsync: optionalNumber('ASSAY_KAFKA_MIN_INSYNC', {
    task,
    summary: 'Number of copies that must hold an event before it counts as written.',
    default: '`2`, or `1` with one copy',
    max: 100,
  }),
  sessionMs: wholeNumber('ASSAY_KAFKA_SESSION_MS', 10_000, {
    task,
    summary: 'Milliseconds without a heartbeat after which a process counts as dead.',
    max: 1_800_000,
  }),
});

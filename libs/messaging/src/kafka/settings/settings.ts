import { pemIn, SettingError, wholeNumberIn } from '../../settings.ts';
import { saslSettings, type SaslSettings } from './sasl-settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** PEM texts. */
interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface KafkaSettings {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly tls?: TlsSettings;
  readonly sasl?: SaslSettings;
  /** Replication factor of the topics that are created. */
  readonly replication: number;
  /** In-sync replicas that must have a record before it counts. */
  readonly minInsync: number;
  /** A process without a heartbeat for this long counts as dead, ms. */
  readonly sessionMs: number;
  /** Prefix of the names of topics and groups, so that several suites can share brokers. */
  readonly prefix?: string;
  /**
   * A name that no other live process of the service has, the same after a restart: its partitions then return at once.
   */
  readonly instance?: string;
}

const brokerPattern = /^([A-Za-z0-9._-]+):(\d{1,5})$/;
const namePattern = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * Reads the connection to Kafka from the environment.
 * @throws SettingError with one line, which never holds a password
 */
export const kafkaSettings = (env: Env): KafkaSettings => {
  const brokers = (env.ASSAY_KAFKA_BROKERS ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean);
  if (brokers.length === 0)
    throw new SettingError('ASSAY_KAFKA_BROKERS is not set: give host:port of one broker or more, with commas between');
  const wrong = brokers.find(
    (broker) => Number(brokerPattern.exec(broker)?.[2] ?? 0) > 65_535 || !brokerPattern.test(broker),
  );
  if (wrong !== undefined)
    throw new SettingError(`ASSAY_KAFKA_BROKERS must be host:port with commas between, and '${wrong}' is not`);
  const tls = tlsSettings(env);
  const sasl = saslSettings(env, { brokers, encrypted: tls !== undefined });
  const [prefix, instance] = [nameIn(env, 'ASSAY_KAFKA_PREFIX'), nameIn(env, 'ASSAY_INSTANCE')];
  const replication = wholeNumberIn(env, 'ASSAY_KAFKA_REPLICATION', 3, 100);
  const minInsync = wholeNumberIn(env, 'ASSAY_KAFKA_MIN_INSYNC', Math.min(2, replication), 100);
  if (minInsync > replication)
    throw new SettingError(
      `ASSAY_KAFKA_MIN_INSYNC ${minInsync} is more than ASSAY_KAFKA_REPLICATION ${replication}: ` +
        'nothing could be written',
    );
  return {
    brokers,
    replication,
    minInsync,
    sessionMs: wholeNumberIn(env, 'ASSAY_KAFKA_SESSION_MS', 10_000, 1_800_000),
    ...(tls && { tls }),
    ...(sasl && { sasl }),
    ...(prefix && { prefix }),
    ...(instance && { instance }),
  };
};

const tlsSettings = (env: Env): TlsSettings | undefined => {
  const files = { ca: 'ASSAY_KAFKA_CA', cert: 'ASSAY_KAFKA_CERT', key: 'ASSAY_KAFKA_KEY' };
  const given = Object.values(files).filter((name) => env[name]);
  if (!['', 'true', 'false'].includes(env.ASSAY_KAFKA_TLS ?? ''))
    throw new SettingError(`ASSAY_KAFKA_TLS must be true or false, not '${env.ASSAY_KAFKA_TLS}'`);
  if (env.ASSAY_KAFKA_TLS !== 'true') {
    if (given.length > 0)
      throw new SettingError(`${given.join(' and ')} would be passed over: set ASSAY_KAFKA_TLS=true`);
    return undefined;
  }
  if (!env[files.cert] !== !env[files.key])
    throw new SettingError('ASSAY_KAFKA_CERT and ASSAY_KAFKA_KEY belong together: give both or none');
  return Object.fromEntries(
    Object.entries(files).flatMap(([part, name]) => (env[name] ? [[part, pemIn(name, env[name])]] : [])),
  );
};

const nameIn = (env: Env, name: string): string | undefined => {
  const text = env[name] || undefined;
  if (text !== undefined && !namePattern.test(text))
    throw new SettingError(`${name} must be letters, digits, dots, dashes and underscores, at most 100, not '${text}'`);
  return text;
};

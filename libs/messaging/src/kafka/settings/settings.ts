import { declaredKafka, pemIn, SettingError, type Env } from '@assay/settings';
import { saslSettings, type GivenKafka, type SaslSettings } from './sasl-settings.ts';

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

/**
 * Reads the connection to Kafka from the environment.
 * @throws SettingError with one line, which never holds a password
 */
export const kafkaSettings = (env: Env): KafkaSettings => {
  const given = declaredKafka.read(env);
  const { brokers, prefix, instance, replication, sessionMs } = given;
  if (brokers.length === 0)
    throw new SettingError(
      'ASSAY_KAFKA_BROKERS is not set: give host:port of one or more brokers, separated by commas',
    );
  const wrong = brokers.find(
    (broker) => Number(brokerPattern.exec(broker)?.[2] ?? 0) > 65_535 || !brokerPattern.test(broker),
  );
  if (wrong !== undefined)
    throw new SettingError(`ASSAY_KAFKA_BROKERS must be host:port, separated by commas, but '${wrong}' is not`);
  const tls = tlsSettings(given);
  const sasl = saslSettings(given, { encrypted: tls !== undefined });
  const minInsync = given.minInsync ?? Math.min(2, replication);
  if (minInsync > replication)
    throw new SettingError(
      `ASSAY_KAFKA_MIN_INSYNC ${minInsync} is more than ASSAY_KAFKA_REPLICATION ${replication}: no record ` +
        'could be written',
    );
  return {
    brokers,
    replication,
    minInsync,
    sessionMs,
    ...(tls && { tls }),
    ...(sasl && { sasl }),
    ...(prefix && { prefix }),
    ...(instance && { instance }),
  };
};

const tlsSettings = ({ tls, ca, cert, key }: GivenKafka): TlsSettings | undefined => {
  const files = [
    { part: 'ca', name: 'ASSAY_KAFKA_CA', file: ca },
    { part: 'cert', name: 'ASSAY_KAFKA_CERT', file: cert },
    { part: 'key', name: 'ASSAY_KAFKA_KEY', file: key },
  ].flatMap(({ file, ...each }) => (file === undefined ? [] : [{ file, ...each }]));
  if (!tls) {
    if (files.length > 0)
      throw new SettingError(`${files.map(({ name }) => name).join(' and ')} has no effect: set ASSAY_KAFKA_TLS=true`);
    return undefined;
  }
  if (!cert !== !key) throw new SettingError('ASSAY_KAFKA_CERT and ASSAY_KAFKA_KEY belong together: give both or none');
  return Object.fromEntries(files.map(({ part, name, file }) => [part, pemIn(name, file)]));
};

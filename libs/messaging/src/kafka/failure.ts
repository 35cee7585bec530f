/** What went wrong between us and Kafka: one line with a cause, and what to do about it. Never holds a secret. */
export class KafkaFailure extends Error {
  constructor(readonly code: KafkaFailureCode, message: string, readonly remedy?: string, readonly retriable = false) {
    super(message);
  }
}

export type KafkaFailureCode = 'kafka-unreachable' | 'kafka-credentials' | 'kafka-forbidden' | 'kafka-instance-taken' | 'kafka-failed' | 'topic-mismatch' | 'topic-missing' | 'record-too-large';

interface Raw { name?: string; type?: string; code?: unknown; message?: string; retriable?: boolean; cause?: unknown }

const chain = (error: unknown): Raw[] => {
  const raws: Raw[] = [];
  for (let at = error; at instanceof Error && !raws.includes(at as Raw); at = at.cause) raws.push(at as Raw);
  return raws;
};

/** The broker no longer leads what was asked of it, or does not know it yet. */
export const isStale = (error: unknown): boolean => chain(error).some(({ type, name }) => staleTypes.has(type ?? '') || name === 'KafkaJSTopicMetadataNotLoaded');

const staleTypes = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'REPLICA_NOT_AVAILABLE', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH', 'UNKNOWN_TOPIC_OR_PARTITION', 'KAFKA_STORAGE_ERROR']);

const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

/** kafkajs's error in our words. */
export const failureOf = (error: unknown, brokers: readonly string[]): KafkaFailure => {
  const raws = chain(error);
  const ours = raws.find((raw) => raw instanceof KafkaFailure);
  if (ours) return ours;
  const at = brokers.join(', ');
  const [deepest] = raws.toReversed();
  const message = deepest?.message ?? String(error);
  const has = (fits: (raw: Raw) => boolean): boolean => raws.some(fits);
  if (has(({ name, type }) => name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED' || type === 'UNSUPPORTED_SASL_MECHANISM')) {
    return new KafkaFailure('kafka-credentials', `Kafka at ${at} refuses the credentials: ${message}`, 'check ASSAY_KAFKA_SASL, ASSAY_KAFKA_USERNAME and ASSAY_KAFKA_PASSWORD, or the token settings');
  }
  if (has(({ type }) => type?.endsWith('AUTHORIZATION_FAILED') ?? false)) {
    return new KafkaFailure('kafka-forbidden', `Kafka at ${at} forbids it: ${message}`, 'give this user the rights that docs/operations.md names');
  }
  if (has(({ code, message: text }) => tlsCodes.test(String(code)) || /certificate|SSL routines|self.signed/i.test(text ?? ''))) {
    return new KafkaFailure('kafka-unreachable', `Kafka at ${at} cannot be spoken to over TLS: ${message}`, 'check ASSAY_KAFKA_TLS, ASSAY_KAFKA_CA, ASSAY_KAFKA_CERT and ASSAY_KAFKA_KEY');
  }
  if (has(({ name }) => name === 'KafkaJSConnectionError' || name === 'KafkaJSConnectionClosedError' || name === 'KafkaJSBrokerNotFound' || name === 'KafkaJSRequestTimeoutError' || name === 'KafkaJSNoBrokerAvailableError')) {
    return new KafkaFailure('kafka-unreachable', `Kafka at ${at} does not answer: ${message}`, 'see whether the brokers run, and check ASSAY_KAFKA_BROKERS and ASSAY_KAFKA_TLS', true);
  }
  return new KafkaFailure('kafka-failed', `Kafka at ${at}: ${message}`, undefined, has(({ retriable }) => retriable === true) || isStale(error));
};

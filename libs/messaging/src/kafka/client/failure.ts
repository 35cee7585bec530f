export type KafkaFailureCode =
  | 'kafka-unreachable'
  | 'kafka-credentials'
  | 'kafka-forbidden'
  | 'kafka-group'
  | 'kafka-offset-gone'
  | 'kafka-damaged'
  | 'kafka-codec'
  | 'kafka-failed'
  | 'topic-mismatch';

/** An error between us and Kafka: one line with the cause, and the remedy. Never holds a secret. */
export class KafkaFailure extends Error {
  /** @param retriable whether a retry may help */
  constructor(
    readonly code: KafkaFailureCode,
    message: string,
    readonly remedy?: string,
    readonly retriable = false,
  ) {
    super(message);
  }

  /** True if no retry can help: the process should report it and end. */
  get isFinal(): boolean {
    return !this.retriable && ['kafka-credentials', 'kafka-forbidden', 'kafka-group'].includes(this.code);
  }
}

const damageRemedy =
  'let the partition be led by a broker whose copy is whole, or restore it (docs/operations.md, "Damaged records")';

/** The next data of a partition differ from what was written. */
export const damaged = (description: string): KafkaFailure =>
  new KafkaFailure('kafka-damaged', `the next batch of Kafka is damaged: it ${description}`, damageRemedy);

/** The fields that kafkajs and Node give an error. */
interface Raw extends Error {
  readonly type?: string;
  readonly code?: unknown;
  readonly retriable?: boolean;
}

const chainOf = (error: unknown): Raw[] => {
  const chain: Raw[] = [];
  for (let at = error; at instanceof Error && !chain.includes(at); at = at.cause) chain.push(at);
  return chain;
};

/** Kafka's name of an error, if a broker returned it. */
export const typeOf = (error: unknown): string | undefined => (error as Partial<Raw> | undefined)?.type;

const staleTypes = [
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'KAFKA_STORAGE_ERROR',
];

/** The broker no longer leads the partition, or does not know it yet: a metadata refresh is enough. */
export const isStale = (error: unknown): boolean =>
  chainOf(error).some(({ type, name }) => staleTypes.includes(type ?? '') || name === 'KafkaJSTopicMetadataNotLoaded');

/** The broker has no record at the requested offset: it never had one, or has it no longer. */
export const isGone = (error: unknown): boolean => typeOf(error) === 'OFFSET_OUT_OF_RANGE';

interface Kind {
  readonly fits: (raw: Raw) => boolean;
  readonly code: KafkaFailureCode;
  readonly describe: (at: string, message: string) => string;
  readonly remedy: string;
  readonly retriable?: boolean;
}

const named =
  (...names: string[]) =>
  ({ name, type }: Raw): boolean =>
    names.includes(name) || names.includes(type ?? '');

/** The first match counts. */
const kinds: readonly Kind[] = [
  {
    fits: named(
      'KafkaJSSASLAuthenticationError',
      'SASL_AUTHENTICATION_FAILED',
      'UNSUPPORTED_SASL_MECHANISM',
      'ILLEGAL_SASL_STATE',
    ),
    code: 'kafka-credentials',
    describe: (at, message) => `Kafka at ${at} refuses the credentials: ${message}`,
    remedy: 'check ASSAY_KAFKA_SASL, ASSAY_KAFKA_USERNAME and ASSAY_KAFKA_PASSWORD, or the settings of the token',
  },
  {
    fits: ({ type }) => type?.endsWith('AUTHORIZATION_FAILED') ?? false,
    code: 'kafka-forbidden',
    describe: (at, message) => `Kafka at ${at} forbids it: ${message}`,
    remedy: 'give this user the rights that docs/operations.md names',
  },
  {
    fits: named('FENCED_INSTANCE_ID'),
    code: 'kafka-group',
    describe: () => 'another process has taken the place of this one in the group, under the same name',
    remedy: 'give each process of a service its own ASSAY_INSTANCE',
  },
  {
    fits: named('INCONSISTENT_GROUP_PROTOCOL', 'INVALID_SESSION_TIMEOUT', 'INVALID_GROUP_ID', 'GROUP_MAX_SIZE_REACHED'),
    code: 'kafka-group',
    describe: (at, message) => `Kafka at ${at} refuses this process in the group: ${message}`,
    remedy:
      'check whether another program uses a group of this name, and whether the brokers allow ' +
      'ASSAY_KAFKA_SESSION_MS',
  },
  {
    fits: isGone,
    code: 'kafka-offset-gone',
    describe: (at, message) => `Kafka at ${at} does not have the next records: ${message}`,
    remedy:
      'a topic was created again, or lost records: its readers stand still until `assay resume` ' +
      '(docs/operations.md, "A topic that was cut or made anew")',
  },
  {
    fits: named('CORRUPT_MESSAGE'),
    code: 'kafka-damaged',
    describe: (at, message) => `the next records of Kafka at ${at} are damaged: ${message}`,
    remedy: damageRemedy,
    retriable: true,
  },
  {
    fits: ({ code, message }) =>
      /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(String(code)) ||
      /certificate|SSL routines/i.test(message),
    code: 'kafka-unreachable',
    describe: (at, message) => `the TLS connection to Kafka at ${at} failed: ${message}`,
    remedy: 'check ASSAY_KAFKA_TLS, ASSAY_KAFKA_CA, ASSAY_KAFKA_CERT and ASSAY_KAFKA_KEY',
  },
  // kafkajs's errors after its last connection closed during a request: its own message, or a crash on its own answer.
  {
    fits: ({ name, message }) =>
      message === 'Broker not connected' || (name === 'TypeError' && message.includes('topicMetadata')),
    code: 'kafka-unreachable',
    describe: (at) => `Kafka at ${at} does not answer: no broker is connected any more`,
    remedy: 'check that the brokers run, and check ASSAY_KAFKA_BROKERS and ASSAY_KAFKA_TLS',
    retriable: true,
  },
  {
    fits: named(
      'KafkaJSConnectionError',
      'KafkaJSConnectionClosedError',
      'KafkaJSBrokerNotFound',
      'KafkaJSRequestTimeoutError',
      'KafkaJSNoBrokerAvailableError',
      'KafkaJSGroupCoordinatorNotFound',
      'KafkaJSLockTimeout',
    ),
    code: 'kafka-unreachable',
    describe: (at, message) => `Kafka at ${at} does not answer: ${message}`,
    remedy: 'check that the brokers run, and check ASSAY_KAFKA_BROKERS and ASSAY_KAFKA_TLS',
    retriable: true,
  },
];

/** Turns an error of kafkajs into a KafkaFailure. */
export const failureOf = (error: unknown, brokers: readonly string[]): KafkaFailure => {
  const chain = chainOf(error);
  const existing = chain.find((raw) => raw instanceof KafkaFailure);
  if (existing) return existing;
  const at = brokers.join(', ');
  const message = chain.at(-1)?.message ?? String(error);
  const kind = kinds.find(({ fits }) => chain.some(fits));
  if (kind) return new KafkaFailure(kind.code, kind.describe(at, message), kind.remedy, kind.retriable);
  return new KafkaFailure(
    'kafka-failed',
    `Kafka at ${at}: ${message}`,
    undefined,
    chain.some(({ retriable }) => retriable === true) || isStale(error),
  );
};

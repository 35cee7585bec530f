import type { Kafka, KafkaConfig, logLevel } from 'kafkajs';
import { ClusterOf, createLogger, socketFactory, type Cluster } from './internals.ts';
import { failureOf, type KafkaFailure } from './failure.ts';
import { kafkajs } from './kafkajs.ts';
import type { KafkaSettings } from './settings.ts';
import { saslOf } from './sasl.ts';

/** A request that has no answer by then has none: the connection is given up. */
export const requestTimeoutMs = 10_000;
const connectionTimeoutMs = 3000;
/** An aborted record was never said. */
export const readCommitted = 1;

/** Makes what talks to the brokers of one log, all with the same settings. */
export class Connection {
  readonly #config: KafkaConfig;

  constructor(
    readonly settings: KafkaSettings,
    clientId: string,
    debug: (line: string) => void,
  ) {
    const { brokers, tls, sasl } = settings;
    this.#config = {
      clientId,
      brokers: [...brokers],
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      authenticationTimeout: connectionTimeoutMs,
      // Trying again is done above, with new connections; within, only what a broker answers at once.
      retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 500 },
      logLevel: kafkajs.logLevel.WARN,
      // kafkajs calls everything an error that it tries again: what matters comes as an exception, the rest is for
      // those who debug.
      logCreator:
        () =>
        ({ namespace, log }) =>
          debug(`${namespace}: ${log.message}`),
      ...(tls ? { ssl: { ...tls } } : {}),
      ...(sasl ? { sasl: saslOf(sasl) } : {}),
    };
  }

  /** kafkajs's own clients: producer and admin. */
  kafka(): Kafka {
    return new kafkajs.Kafka(this.#config);
  }

  /** Connections for requests of ours. */
  cluster(): Cluster {
    const { logLevel: level, logCreator, ...config } = this.#config;
    return new ClusterOf({
      ...config,
      logger: createLogger({ level: level as logLevel, logCreator: logCreator! }),
      socketFactory: socketFactory(),
      enforceRequestTimeout: true,
      metadataMaxAge: 300_000,
      allowAutoTopicCreation: false,
      isolationLevel: readCommitted,
    });
  }

  failure = (error: unknown): KafkaFailure => failureOf(error, this.settings.brokers);
}

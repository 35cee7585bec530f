import type { Kafka, KafkaConfig, logCreator, logLevel } from 'kafkajs';
import { ClusterOf, createLogger, socketFactory, type Cluster } from './internals.ts';
import { failureOf, type KafkaFailure } from './failure.ts';
import { kafkajs } from './kafkajs.ts';
import type { KafkaSettings } from '../settings/settings.ts';
import { saslOf } from '../settings/sasl.ts';

/** Timeout of a request; after it the connection is given up. */
export const requestTimeoutMs = 10_000;
const connectionTimeoutMs = 3000;
/** Hides records of aborted transactions. */
export const readCommitted = 1;

/** Makes the clients and connections of one log, all with the same settings. */
export class Connection {
  readonly #config: KafkaConfig & { readonly logLevel: logLevel; readonly logCreator: logCreator };

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
      // Retries happen in our own code, with new connections; kafkajs only retries what a broker refuses at once.
      retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 500 },
      logLevel: kafkajs.logLevel.WARN,
      // kafkajs logs everything that it retries as an error. Real errors come as exceptions, so its log is only for
      // debugging.
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

  /** Connections for our own requests. */
  cluster(): Cluster {
    const { logLevel: level, logCreator, ...config } = this.#config;
    return new ClusterOf({
      ...config,
      logger: createLogger({ level, logCreator }),
      socketFactory: socketFactory(),
      enforceRequestTimeout: true,
      metadataMaxAge: 300_000,
      allowAutoTopicCreation: false,
      isolationLevel: readCommitted,
    });
  }

  failure = (error: unknown): KafkaFailure => failureOf(error, this.settings.brokers);
}

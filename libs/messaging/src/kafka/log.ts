import { configTopics, isConfigTopic, keyedTopics } from '@assay/events';
import type { Batch, Consumer, EventLog, Follower, FollowOptions, NewRecord, PartitionOwner } from '../log.ts';
import { Appended } from '../positions.ts';
import { Appender } from './client/appender.ts';
import { Connection } from './client/connection.ts';
import type { KafkaFailure } from './client/failure.ts';
import { Fetcher } from './client/fetcher.ts';
import { LogFollower } from './follower.ts';
import { GroupConsumer } from './consumer-group/group.ts';
import { RangeReader } from './client/reader.ts';
import type { KafkaSettings } from './settings/settings.ts';
import { ensureTopics, wantedTopics } from './client/topics.ts';
import { closeQuietly, ClusterConnection } from './client/cluster-connection.ts';

export interface KafkaOptions {
  readonly partitions: number;
  /** Our name in the brokers' logs, for example `assay-eligibility`. */
  readonly clientId: string;
  /** Topics to create and check at the start; by default all of the flow. */
  readonly topics?: readonly string[];
  /** Receives failures that are retried. */
  readonly report?: (context: string, failure: KafkaFailure) => void;
  /** Receives kafkajs's own log, for debugging. */
  readonly debug?: (line: string) => void;
  /** Called when this process cannot recover: it should end. */
  readonly fatal?: (failure: KafkaFailure) => void;
}

/** Not ready after this long without an answer to a fetch. */
const silentMs = 5000;
/** Gathering time for patient followers. */
const restMs = 30;

/** The log on Apache Kafka. */
export class KafkaLog implements EventLog {
  readonly partitions: number;
  readonly #connection: Connection;
  readonly #appender: Appender;
  readonly #reader: RangeReader;
  readonly #fetcher: Fetcher;
  /** For patient followers. */
  readonly #patientFetcher: Fetcher;
  readonly #consumers = new Set<GroupConsumer>();
  readonly #followers = new Set<LogFollower>();

  constructor(
    private readonly settings: KafkaSettings,
    private readonly options: KafkaOptions,
  ) {
    this.partitions = options.partitions;
    this.#connection = new Connection(settings, options.clientId, options.debug ?? (() => undefined));
    this.#appender = new Appender(this.#connection, this.#nameOf);
    this.#reader = new RangeReader(this.#wire(), this.#nameOf);
    this.#fetcher = new Fetcher({ wire: this.#wire(), nameOf: this.#nameOf, report: this.#report });
    this.#patientFetcher = new Fetcher({ wire: this.#wire(), nameOf: this.#nameOf, report: this.#report, restMs });
  }

  /**
   * Creates the topics and checks them.
   * @throws KafkaFailure `retriable` while the brokers do not answer
   */
  static async open(settings: KafkaSettings, options: KafkaOptions): Promise<KafkaLog> {
    const log = new KafkaLog(settings, options);
    try {
      await log.#prepare();
      return log;
    } catch (error) {
      throw log.#connection.failure(error);
    }
  }

  #nameOf = (name: string): string => `${this.settings.prefix ?? ''}${name}`;

  #report = (context: string, error: unknown): void => {
    const failure = this.#connection.failure(error);
    this.options.report?.(context, failure);
    if (failure.isFinal) this.options.fatal?.(failure);
  };

  #wire(): ClusterConnection {
    return new ClusterConnection(() => this.#connection.cluster(), this.#connection.failure);
  }

  async #prepare(): Promise<void> {
    const admin = this.#connection.kafka().admin();
    try {
      await admin.connect();
      await ensureTopics(
        admin,
        wantedTopics(this.options.topics ?? [...keyedTopics, ...configTopics], this.partitions, this.#nameOf),
        this.settings,
      );
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  append(records: readonly NewRecord[]): Promise<readonly number[]> {
    return Appended.by(records, this.#appender.append(records));
  }

  async consume(group: string, topics: readonly string[], owner: PartitionOwner): Promise<Consumer> {
    const consumer = new GroupConsumer({
      wire: this.#wire(),
      group: this.#nameOf(group),
      topics,
      nameOf: this.#nameOf,
      owner,
      fetcher: this.#fetcher,
      partitions: this.partitions,
      sessionMs: this.settings.sessionMs,
      instance: this.settings.instance,
      report: this.#report,
      toFailure: this.#connection.failure,
    });
    this.#consumers.add(consumer);
    try {
      await consumer.join();
    } catch (error) {
      this.#consumers.delete(consumer);
      throw error;
    }
    return {
      owned: () => consumer.owned(),
      reopen: (partition) => consumer.reopen(partition),
      close: async () => {
        await consumer.close();
        this.#consumers.delete(consumer);
      },
    };
  }

  follow(topics: readonly string[], options: FollowOptions): Promise<Follower> {
    const parts = topics.flatMap((topic) =>
      Array.from({ length: isConfigTopic(topic) ? 1 : this.partitions }, (_, partition) => ({ topic, partition })),
    );
    const follower: LogFollower = new LogFollower(
      parts,
      options,
      options.patient ? this.#patientFetcher : this.#fetcher,
      (topic, partition) => this.end(topic, partition),
      () => this.#followers.delete(follower),
    );
    this.#followers.add(follower);
    return Promise.resolve(follower);
  }

  read(topic: string, partition: number, from: number, until: number): AsyncIterable<Batch> {
    return this.#reader.read(topic, partition, from, until);
  }

  end(topic: string, partition: number): Promise<number> {
    return this.#reader.end(topic, partition);
  }

  topicIds(topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#reader.topicIds(topics);
  }

  /** Lists what keeps this process from working, a few words each; empty if all is well. */
  problems(now = Date.now()): readonly string[] {
    const silent = [this.#fetcher, this.#patientFetcher].some(
      (fetcher) => fetcher.isReading && now - fetcher.lastAnswer > silentMs,
    )
      ? ['Kafka does not answer']
      : [];
    return [
      ...silent,
      ...[...this.#consumers]
        .filter(({ lastAnswer }) => now - lastAnswer > Math.max(silentMs, this.settings.sessionMs))
        .map(({ name }) => `not a member of the group ${name}`),
    ];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followers, ...this.#consumers].map((reader) => reader.close()));
    await closeQuietly(this.#appender.close());
    await closeQuietly(Promise.all([this.#fetcher.close(), this.#patientFetcher.close(), this.#reader.close()]));
  }
}

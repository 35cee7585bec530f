import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { brokerBackoff } from '../../backoff.ts';
import { isStale, typeOf, type KafkaFailure } from './failure.ts';
import { createErrorFromCode, leaderNotAvailable, type Broker, type Cluster } from './internals.ts';

/** Fewer failures in a row are not reported: leaders move, and a new topic takes a moment. */
export const quietFailures = 3;

/** How long a close waits for brokers that do not answer. */
const closeTimeoutMs = 1500;

/**
 * Keeps a broker that does not answer from delaying the close: its pending requests end by their own timeout, or with
 * the process.
 */
export const closeQuietly = async (closing: Promise<unknown>): Promise<void> => {
  await Promise.race([closing, pause(closeTimeoutMs, undefined, { ref: false })]);
};

/**
 * Connections for one kind of work. A broker answers the requests of a connection in order, so slow requests (fetching,
 * joining) must not precede quick ones. After a failure the connections are replaced.
 */
export class ClusterConnection {
  #cluster: Promise<Cluster> | undefined;
  #repairing: Promise<void> | undefined;
  readonly #topics = new Set<string>();
  #closed = false;

  constructor(
    private readonly make: () => Cluster,
    private readonly toFailure: (error: unknown) => KafkaFailure,
  ) {}

  async cluster(): Promise<Cluster> {
    if (this.#closed) throw new Error('the log is closed');
    this.#cluster ??= this.#connect();
    return this.#cluster;
  }

  async #connect(): Promise<Cluster> {
    const cluster = this.make();
    try {
      await cluster.connect();
      if (this.#topics.size > 0) await cluster.addMultipleTargetTopics([...this.#topics]);
      else await cluster.refreshMetadata();
      return cluster;
    } catch (error) {
      void cluster.disconnect().catch(() => undefined);
      throw error;
    }
  }

  /** The node that leads a partition; undefined while there is no leader. */
  async leader(topic: string, partition: number): Promise<string | undefined> {
    const cluster = await this.cluster();
    if (!this.#topics.has(topic)) {
      await cluster.addMultipleTargetTopics([topic]);
      this.#topics.add(topic);
    }
    const node = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
    return node === undefined || node < 0 ? undefined : String(node);
  }

  async broker(nodeId: string): Promise<Broker> {
    return (await this.cluster()).findBroker({ nodeId });
  }

  async leadingBroker(topic: string, partition: number): Promise<Broker> {
    const node = await this.leader(topic, partition);
    if (node === undefined) throw createErrorFromCode(leaderNotAvailable);
    return this.broker(node);
  }

  /** Runs some work. On failure refreshes the metadata or replaces the connections, and rethrows the error. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const used = this.#cluster;
    try {
      return await work();
    } catch (error) {
      await this.#repair(error, used ?? this.#cluster);
      throw error;
    }
  }

  /** Repairs once for many callers that fail together: the first repairs, the others wait. */
  async #repair(error: unknown, used: Promise<Cluster> | undefined): Promise<void> {
    // An error that a broker answers is no fault of the connection.
    if (this.#cluster !== used || (typeOf(error) !== undefined && !isStale(error))) return;
    this.#repairing ??= this.#repairOnce(error, used).finally(() => {
      this.#repairing = undefined;
    });
    await this.#repairing;
  }

  async #repairOnce(error: unknown, used: Promise<Cluster> | undefined): Promise<void> {
    const cluster = await used?.catch(() => undefined);
    if (cluster && isStale(error)) {
      try {
        return await cluster.refreshMetadata();
      } catch (failed) {
        // A new topic is not known to every broker yet: the connections are good.
        if (isStale(failed)) return;
      }
    }
    // Otherwise connect again; requests on the old connections may still finish.
    this.#cluster = undefined;
    void cluster?.disconnect().catch(() => undefined);
  }

  /**
   * Retries until the work succeeds, at most for the given time.
   * @throws KafkaFailure if it does not succeed in time, and at once if a retry cannot help
   */
  async withRetries<T>(work: () => Promise<T>, retryForMs: number): Promise<T> {
    for (let failures = 0, deadline = Date.now() + retryForMs; ; failures += 1) {
      try {
        return await this.attempt(work);
      } catch (error) {
        const failure = this.toFailure(error);
        if (this.#closed || !failure.retriable || Date.now() > deadline) throw failure;
        await pause(backoffMs(brokerBackoff, failures));
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const cluster = await this.#cluster?.catch(() => undefined);
    this.#cluster = undefined;
    await cluster?.disconnect().catch(() => undefined);
  }
}

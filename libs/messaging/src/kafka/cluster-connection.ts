import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@assay/backoff';
import { brokerBackoff } from '../backoff.ts';
import { isStale, typeOf, type KafkaFailure } from './failure.ts';
import { createErrorFromCode, leaderNotAvailable, type Broker, type Cluster } from './internals.ts';

/**
 * So many failures in a row are nothing that anybody need know: leaders move, and what was just made takes a moment.
 */
export const quietFailures = 3;

/** How long an end waits for brokers that do not answer. */
const farewellMs = 1500;

/**
 * A broker that does not answer holds up nobody's end: what still waits for it ends with the process, or when its
 * request does.
 */
export const closeQuietly = async (closing: Promise<unknown>): Promise<void> => {
  await Promise.race([closing, pause(farewellMs, undefined, { ref: false })]);
};

/**
 * Connections for one kind of work: a broker answers the requests of one connection in turn, so what may wait long
 * (fetching, joining) must not stand before what may not. Whatever fails, the connections are made anew.
 */
export class ClusterConnection {
  #cluster: Promise<Cluster> | undefined;
  #mending: Promise<void> | undefined;
  readonly #topics = new Set<string>();
  #closed = false;

  constructor(
    private readonly make: () => Cluster,
    private readonly inOurWords: (error: unknown) => KafkaFailure,
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

  /** The node that leads a partition; none while there is no leader. */
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

  /** Does some work; when it fails, asks who leads what, or begins with new connections, and throws the error on. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const used = this.#cluster;
    try {
      return await work();
    } catch (error) {
      await this.#mend(error, used ?? this.#cluster);
      throw error;
    }
  }

  /** Of many whose work fails together the first sees to it, and the others wait for that. */
  async #mend(error: unknown, used: Promise<Cluster> | undefined): Promise<void> {
    // What a broker says of the work does not make the connection bad.
    if (this.#cluster !== used || (typeOf(error) !== undefined && !isStale(error))) return;
    this.#mending ??= this.#mended(error, used).finally(() => {
      this.#mending = undefined;
    });
    await this.#mending;
  }

  async #mended(error: unknown, used: Promise<Cluster> | undefined): Promise<void> {
    const cluster = await used?.catch(() => undefined);
    if (cluster && isStale(error)) {
      try {
        return await cluster.refreshMetadata();
      } catch (failed) {
        // A topic that was just made is not known everywhere yet: the connections are good.
        if (isStale(failed)) return;
      }
    }
    // Then with new connections; what is still under way on the old ones may end.
    this.#cluster = undefined;
    void cluster?.disconnect().catch(() => undefined);
  }

  /**
   * Tries until it succeeds, for at most the time given.
   * @throws KafkaFailure where it does not, and at once where trying again is of no use
   */
  async patiently<T>(work: () => Promise<T>, patienceMs: number): Promise<T> {
    for (let failures = 0, deadline = Date.now() + patienceMs; ; failures += 1) {
      try {
        return await this.attempt(work);
      } catch (error) {
        const failure = this.inOurWords(error);
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

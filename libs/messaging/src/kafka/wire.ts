import { setTimeout as pause } from 'node:timers/promises';
import type { Broker, Cluster } from './internals.ts';
import { isStale, type KafkaFailure } from './failure.ts';

/** Attempts wait this long at most between each other. */
const mostWaitMs = 1000;

/** The wait before an attempt, growing with the failures before it. */
export const backoffMs = (failures: number): number => Math.min(mostWaitMs, 25 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random() / 2);

/**
 * Connections for one kind of work: a broker answers the requests of one connection in turn, so what may wait long
 * (fetching, joining) must not stand before what may not. Whatever fails, the connections are made anew.
 */
export class Wire {
  #cluster: Promise<Cluster> | undefined;
  readonly #topics = new Set<string>();
  #closed = false;

  constructor(private readonly make: () => Cluster, private readonly inOurWords: (error: unknown) => KafkaFailure) {}

  cluster(): Promise<Cluster> {
    this.#cluster ??= this.#connect();
    return this.#cluster;
  }

  async #connect(): Promise<Cluster> {
    const cluster = this.make();
    try {
      await cluster.connect();
      if (this.#topics.size > 0) await cluster.addMultipleTargetTopics([...this.#topics]);
      return cluster;
    } catch (error) {
      this.#cluster = undefined;
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

  /** After a failure: asks who leads what, or begins with new connections. What is under way on the old ones may end. */
  async mend(error: unknown): Promise<void> {
    const cluster = await this.#cluster?.catch(() => undefined);
    if (!cluster) return;
    if (isStale(error)) {
      try { return await cluster.refreshMetadata(); } catch { /* then with new connections */ }
    }
    this.#cluster = undefined;
    void cluster.disconnect().catch(() => undefined);
  }

  /**
   * Tries until it succeeds, for at most the time given.
   * @throws KafkaFailure where it does not, and at once where trying again is of no use
   */
  async patiently<T>(work: () => Promise<T>, patienceMs: number): Promise<T> {
    for (let failures = 0, deadline = Date.now() + patienceMs; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        const failure = this.inOurWords(error);
        if (this.#closed || !failure.retriable || Date.now() > deadline) throw failure;
        await this.mend(error);
        await pause(backoffMs(failures));
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

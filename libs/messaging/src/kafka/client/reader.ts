import { present } from '@assay/events';
import type { Batch } from '../../log.ts';
import { readCommitted } from './connection.ts';
import { EndOffsets } from './end-offsets.ts';
import { KafkaFailure } from './failure.ts';
import { BatchOf, createErrorFromCode, fetchFrom, type FetchedPartition } from './internals.ts';
import { topicIdsFrom } from './topic-ids.ts';
import { batchesOf } from '../codec/records.ts';
import { checkGaps } from '../consumer-group/check-gaps.ts';
import type { ClusterConnection } from './cluster-connection.ts';

/** Limit of waiting for an answer. */
const retryForMs = 10_000;
/** Compressed batches have twenty times these bytes and more. */
const bytesAtOnce = 2 ** 18;
/** How long a broker may look for a record that should exist. */
const waitMs = 500;
/** Limit of empty answers in a row, each after that wait, where records must exist. */
const maxEmpty = 20;

/** Reads ranges and end offsets over connections of its own, so that no slow request precedes its own. */
export class RangeReader {
  readonly #ends: EndOffsets;

  constructor(
    private readonly wire: ClusterConnection,
    private readonly nameOf: (topic: string) => string,
  ) {
    this.#ends = new EndOffsets(wire);
  }

  end(topic: string, partition: number): Promise<number> {
    return this.wire.withRetries(() => this.#ends.of(this.nameOf(topic), partition), retryForMs);
  }

  /** The ids of topics, by our own names; empty if the broker has none. */
  topicIds(topics: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const [first] = topics;
    if (first === undefined) return Promise.resolve(new Map());
    return this.wire.withRetries(async () => {
      const ids = await topicIdsFrom(await this.wire.leadingBroker(this.nameOf(first), 0), topics.map(this.nameOf));
      return new Map(
        topics.flatMap((topic) => {
          const id = ids.get(this.nameOf(topic));
          return id === undefined ? [] : [[topic, id] as const];
        }),
      );
    }, retryForMs);
  }

  /**
   * Requests the next range while the previous one is in use. Never takes a part of the log for all of it.
   * @throws KafkaFailure if the broker does not deliver records that it reports to have
   */
  async *read(topic: string, partition: number, from: number, until: number): AsyncIterable<Batch> {
    const fetchAt = async (at: number): Promise<FetchedPartition | undefined> =>
      at < until ? this.#fetch(topic, partition, at) : undefined;
    let [fetchedOffset, empty] = [from, 0];
    for (let at = from, pending = fetchAt(from); at < until;) {
      const fetched = await pending;
      const batches = fetched
        ? batchesOf(topic, partition, at, new BatchOf(this.nameOf(topic), String(at), fetched))
        : [];
      const { damage } = fetched?.messages ?? {};
      const last = batches.at(-1);
      if (!last && damage)
        throw new KafkaFailure(damage.code, `${topic}/${partition} at ${at}: ${damage.message}`, damage.remedy);
      if (!last) {
        if (at >= (await this.end(topic, partition))) return;
        // A new leader may not know the high watermark yet, and show less than there is.
        empty += 1;
        if (empty > maxEmpty)
          throw new KafkaFailure(
            'kafka-failed',
            `Kafka has records of ${topic}/${partition} from ${at} on, but does not return them`,
            'check the logs of the brokers',
            true,
          );
        pending = fetchAt(at);
        continue;
      }
      empty = 0;
      at = last.nextOffset;
      pending = fetchAt(at);
      pending.catch(() => undefined);
      for (const batch of batches) {
        const records =
          batch.nextOffset <= until ? batch.records : batch.records.filter(({ offset }) => offset < until);
        if (records.length === 0) continue;
        // Skipped offsets before these records count as part of this batch.
        yield { ...batch, records, fetchedOffset, nextOffset: Math.min(batch.nextOffset, until) };
        fetchedOffset = batch.nextOffset;
      }
    }
  }

  #fetch(topic: string, partition: number, at: number): Promise<FetchedPartition> {
    const name = this.nameOf(topic);
    return this.wire.withRetries(async () => {
      const broker = await this.wire.leadingBroker(name, partition);
      const [fetched] = await fetchFrom(broker, {
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: bytesAtOnce,
        isolationLevel: readCommitted,
        topics: [{ topic: name, partitions: [{ partition, fetchOffset: String(at), maxBytes: bytesAtOnce }] }],
      });
      const found = present(fetched?.partitions[0], 'fetched partition');
      if (found.errorCode !== 0) throw createErrorFromCode(found.errorCode);
      return checkGaps(found, at);
    }, retryForMs);
  }

  close(): Promise<void> {
    return this.wire.close();
  }
}

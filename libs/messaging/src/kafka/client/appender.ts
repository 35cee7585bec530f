import { at } from '@assay/events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import { backoffMs } from '@assay/backoff';
import { RecordTooLarge, sizeOf, tooLargeIn, type NewRecord } from '../../log.ts';
import { brokerBackoff } from '../../backoff.ts';
import { requestTimeoutMs, type Connection } from './connection.ts';
import { KafkaFailure } from './failure.ts';
import { kafkajs } from './kafkajs.ts';
import { messageOf } from '../codec/records.ts';

/** Limits the bytes of one send for one partition: a broker refuses a batch larger than its `max.message.bytes`. */
const bytesPerPartition = 700_000;

/** Retries an append for this long while brokers come and go. */
const retryForMs = 10_000;

interface Waiting {
  readonly since: number;
  /** Of each record, so that no record is measured twice. */
  readonly sizes: readonly number[];
  readonly records: readonly NewRecord[];
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Appends with one send in flight at a time; appends made meanwhile share the next send. kafkajs loses track of an
 * idempotent producer's sequence numbers when a send fails, so a producer that failed is not used again. A retry may
 * append records twice; consumers drop duplicates by `sequence` and id.
 */
export class Appender {
  #producer: Promise<Producer> | undefined;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly connection: Pick<Connection, 'kafka' | 'failure'>,
    private readonly nameOf: (topic: string) => string,
  ) {}

  append(records: readonly NewRecord[]): Promise<readonly number[]> {
    if (records.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const tooLarge = tooLargeIn(records);
      if (tooLarge) throw new RecordTooLarge(tooLarge);
      this.#waiting.push({ since: Date.now(), sizes: records.map(sizeOf), records, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Appends in the same turn of the event loop share a send.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const together = this.#together();
      try {
        const offsets = await this.#sendAll(together, at(together, 0).since + retryForMs);
        let from = 0;
        for (const { records, resolve } of together) resolve(offsets.slice(from, (from += records.length)));
      } catch (error) {
        for (const { reject } of together) reject(this.connection.failure(error));
      }
    }
    // Here, not after the loop: a caller may append again before a promise of this function settles.
    this.#running = undefined;
  }

  /** As many waiting appends as fit into one send; the first in any case. */
  #together(): Waiting[] {
    const bytes = new Map<string, number>();
    const end = this.#waiting.findIndex(({ records, sizes }) =>
      records.some((record, index) => tally(bytes, record, at(sizes, index)) > bytesPerPartition),
    );
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end));
  }

  async #sendAll(together: readonly Waiting[], deadline: number): Promise<readonly number[]> {
    const [records, sizes] = [together.flatMap(({ records }) => records), together.flatMap(({ sizes }) => sizes)];
    const offsets: number[] = [];
    for (let from = 0, failures = 0; from < records.length;) {
      const bytes = new Map<string, number>();
      const end = records.findIndex(
        (record, index) => index >= from && tally(bytes, record, at(sizes, index)) > bytesPerPartition,
      );
      const until = end < 0 ? records.length : Math.max(from + 1, end);
      try {
        offsets.push(...(await this.#send(records.slice(from, until))));
        from = until;
        failures = 0;
      } catch (error) {
        if (this.#closed || !this.connection.failure(error).retriable || Date.now() > deadline) throw error;
        await pause(backoffMs(brokerBackoff, failures));
        failures += 1;
      }
    }
    return offsets;
  }

  async #send(records: readonly NewRecord[]): Promise<number[]> {
    const producer = await (this.#producer ??= this.#connect());
    try {
      const sent = await producer.sendBatch({
        acks: -1,
        timeout: requestTimeoutMs - 1000,
        topicMessages: [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
          topic: this.nameOf(topic),
          messages: ofTopic.map(messageOf),
        })),
      });
      const next = new Map(
        sent.map(({ topicName, partition, baseOffset }) => [`${topicName}/${partition}`, Number(baseOffset)]),
      );
      return records.map(({ topic, partition }) => {
        const place = `${this.nameOf(topic)}/${partition}`;
        const offset = next.get(place);
        // When a leader moves to a broker that has answered already, kafkajs omits the records for that broker, and
        // reports success.
        if (offset === undefined)
          throw new KafkaFailure('kafka-failed', `no broker accepted the records for ${place}`, undefined, true);
        next.set(place, offset + 1);
        return offset;
      });
    } catch (error) {
      this.#producer = undefined;
      void producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.connection.kafka().producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      this.#producer = undefined;
      void producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await (await this.#producer?.catch(() => undefined))?.disconnect().catch(() => undefined);
  }
}

const tally = (bytes: Map<string, number>, { topic, partition }: NewRecord, size: number): number => {
  const place = `${topic}/${partition}`;
  const sum = (bytes.get(place) ?? 0) + size;
  bytes.set(place, sum);
  return sum;
};

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configTopics, keyedTopics } from '@assay/events';
import { kafkaSettings, openKafkaLog, type EventLog, type LogRecord, type NewRecord } from '@assay/messaging';
import { startKafka, type RunningServer } from '../../../tools/services/index.ts';
import { temporary } from '../setting.ts';

const prefix = 'estate.';
const keyed: readonly string[] = keyedTopics;
const topics: readonly string[] = [...keyed, ...configTopics];
/** Most records of one batch. */
const mostTogether = 500;

/** Consecutive records of one push, or of one announcement: those of one decision, or of decisions in turn. */
async function* batchesOf(
  log: EventLog,
  topic: string,
  partition: number,
  from: number,
  until: number,
): AsyncIterable<readonly NewRecord[]> {
  let batch: LogRecord[] = [];
  const originOf = ({ headers, key }: LogRecord): string => headers['ce_correlationid'] ?? key;
  for await (const { records } of log.read(topic, partition, from, until))
    for (const record of records) {
      const [last] = batch;
      if (last && (originOf(last) !== originOf(record) || batch.length >= mostTogether)) {
        yield batch;
        batch = [];
      }
      batch.push(record);
    }
  if (batch.length > 0) yield batch;
}

/** A Kafka to which the product's own producer writes the records of another log. */
export class Segments {
  readonly #folder: string;
  readonly #server: RunningServer;
  readonly #copy: EventLog;
  /** Next offset of the other log, by topic and partition. */
  readonly #next = new Map<string, number>();

  private constructor(folder: string, server: RunningServer, copy: EventLog) {
    this.#folder = folder;
    this.#server = server;
    this.#copy = copy;
  }

  static async start(partitions: number): Promise<Segments> {
    const folder = join(temporary('segments'), 'kafka');
    const server = await startKafka({ folder });
    const settings = kafkaSettings({
      ASSAY_KAFKA_BROKERS: server.url,
      ASSAY_KAFKA_PREFIX: prefix,
      ASSAY_KAFKA_REPLICATION: '1',
      ASSAY_KAFKA_MIN_INSYNC: '1',
    });
    return new Segments(folder, server, await openKafkaLog(settings, { partitions, clientId: 'bench', topics }));
  }

  /**
   * Appends the records that the log has gained since the last call. Each push gets a batch of its own, as it would if
   * pushes came one by one. A busy service puts more into a batch, which compresses better.
   */
  async take(log: EventLog): Promise<void> {
    const sources = new Map<string, AsyncIterator<readonly NewRecord[]>>();
    for (const topic of topics)
      for (let partition = 0; partition < (keyed.includes(topic) ? log.partitions : 1); partition += 1) {
        const place = `${topic}/${partition}`;
        const end = await log.end(topic, partition);
        const batches = batchesOf(log, topic, partition, this.#next.get(place) ?? 0, end);
        sources.set(place, batches[Symbol.asyncIterator]());
        this.#next.set(place, end);
      }
    while (sources.size > 0) {
      const together: NewRecord[] = [];
      for (const [place, source] of sources) {
        const { done, value } = await source.next();
        if (done) sources.delete(place);
        else together.push(...value);
      }
      // One call at a time: the producer joins what waits into larger batches.
      await this.#copy.append(together);
    }
  }

  /** Bytes of the segments of some topics, or of all. */
  bytes(isCounted: (topic: string) => boolean = () => true): number {
    const data = join(this.#folder, 'data');
    return topics
      .filter(isCounted)
      .flatMap((topic) =>
        readdirSync(data)
          .filter((folder) => folder.startsWith(`${prefix}${topic}-`))
          .flatMap((folder) => readdirSync(join(data, folder)).map((file) => join(data, folder, file))),
      )
      .filter((file) => file.endsWith('.log'))
      .reduce((sum, file) => sum + statSync(file).size, 0);
  }

  async close(): Promise<void> {
    await this.#copy.close();
    await this.#server.stop();
  }
}

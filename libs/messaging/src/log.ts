import { present } from '@assay/events';

/** A record to append: the CloudEvents binary mode of `@assay/events`, header values as text. */
export interface NewRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/** The largest record of any log, by `sizeOf`; a broker's usual limit is 1 MiB including its own overhead. */
export const largestRecordBytes = 1_000_000;

/** The size of a record: its key, its headers and its value, in bytes. */
export const sizeOf = ({ key, headers, value }: Pick<NewRecord, 'key' | 'headers' | 'value'>): number => {
  let size = Buffer.byteLength(key) + Buffer.byteLength(value);
  for (const name in headers) size += Buffer.byteLength(name) + Buffer.byteLength(present(headers[name], name));
  return size;
};

/** Returns the first record that is too large. Keys and headers are short, so only a value can exceed the limit. */
export const tooLargeIn = (records: readonly NewRecord[]): NewRecord | undefined =>
  records.find((record) => record.value.length > largestRecordBytes / 4 && sizeOf(record) > largestRecordBytes);

/** Thrown if a record is larger than any log takes; a retry cannot help. */
export class RecordTooLarge extends Error {
  readonly code = 'record-too-large';
  constructor(record: NewRecord) {
    super(
      `an event of ${record.topic} about ${record.key} has ${sizeOf(record)} bytes, ` +
        `and a log takes ${largestRecordBytes}`,
    );
  }
}

export interface LogRecord extends NewRecord {
  /** Position within topic and partition; grows, may have gaps. */
  readonly offset: number;
}

/** Records of one topic and partition, in order. Empty if the offsets hold only the log's own control records. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** The requested offset. A partition worker refuses a batch that does not start at its stored offset. */
  readonly fetchedOffset: number;
  /** The offset to request next. */
  readonly nextOffset: number;
  /**
   * The reader lost sight of the log before this batch, or the log has no record at the requested offset. The topic may
   * have been cut or recreated meanwhile. So the reader first checks that its last record is still there (`changeIn`).
   * Such a batch may be empty and not advance.
   */
  readonly resumed?: boolean;
}

/** In place of an offset: do not read this topic. */
export const notRead = -1;

/** Next offset by topic. */
export type Offsets = Readonly<Record<string, number>>;

/** Processes the partition numbers that a member of a group owns. Calls for one number never overlap. */
export interface PartitionOwner {
  /**
   * The number is ours: claims its state and returns the first offset of each topic, `notRead` for a topic to leave
   * out. Fails with `Waits` if the group need not wait for this number.
   */
  opened(partition: number): Promise<Offsets>;
  /**
   * Processes a batch. After an error the batch does not count, and the number is opened again after a pause. `waiting`
   * stops this topic of the number until the number is opened again; its other topics continue.
   */
  received(batch: Batch): Promise<void | 'waiting'>;
  /** The number is no longer ours, or we are stopping. */
  closed(partition: number): Promise<void>;
}

export interface Consumer {
  /** Partition numbers owned now. */
  owned(): readonly number[];
  /** Opens a number again, for example because another process claimed its state. */
  reopen(partition: number): void;
  close(): Promise<void>;
}

export interface FollowOptions {
  /** First offset to read; the start of the log by default. */
  readonly from?: (topic: string, partition: number) => number | undefined;
  /** Processes a batch; awaited before the next. After an error the follower pauses, then repeats the batch. */
  readonly onBatch: (batch: Batch) => Promise<void> | void;
  /**
   * Accepts a delay of some 30 ms. A follower of many records then takes them together, and leaves time to readers that
   * need a short latency.
   */
  readonly patient?: boolean;
}

export interface Follower {
  /** Resolves when everything in the log at the time of the call has been given to `onBatch`. */
  caughtUp(): Promise<void>;
  /** Records in the log that `onBatch` has not been given yet. */
  lag(): Promise<number>;
  close(): Promise<void>;
}

/**
 * The log port. Adapters: embedded (SQLite) and Kafka; both pass the contract suite in `@assay/testing`. Topics keyed
 * by digest all have `partitions` partitions, config topics have one.
 */
export interface EventLog {
  readonly partitions: number;
  /**
   * Appends in order and resolves when the records are on disk (acks from all). All or nothing per topic and partition.
   * Adds their positions to those of the work that appends (`Appended`).
   */
  append(records: readonly NewRecord[]): Promise<readonly number[]>;
  /** Joins a group; whole partition numbers are shared among its members, each owned by one at a time. */
  consume(group: string, topics: readonly string[], owner: PartitionOwner): Promise<Consumer>;
  /** Reads whole topics from the start and continues; every follower receives everything. */
  follow(topics: readonly string[], options: FollowOptions): Promise<Follower>;
  /** Reads a range, from `from` up to but not including `until`. */
  read(topic: string, partition: number, from: number, until: number): AsyncIterable<Batch>;
  /** The offset that the next record will have. */
  end(topic: string, partition: number): Promise<number>;
  /**
   * Ids that the log gave its topics when they were made, by topic. A topic that was made again has another id. A log
   * without ids has no such method, or leaves the topics out.
   */
  topicIds?(topics: readonly string[]): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** The only partitioner (FNV-1a over the key's bytes). The number of partitions of a topic never changes. */
export const partitionOf = (key: string, partitions: number): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % partitions;
};

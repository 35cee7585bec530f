/** A record to be appended: the CloudEvents binary mode of `@assay/events`, header values as text. */
export interface NewRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/** No log takes a larger record, counted as `sizeOf` does; a broker's usual limit is 1 MiB with what it adds. */
export const largestRecordBytes = 1_000_000;

/** What a record weighs: its key, its headers and its value, in bytes. */
export const sizeOf = ({ key, headers, value }: Pick<NewRecord, 'key' | 'headers' | 'value'>): number => {
  let size = Buffer.byteLength(key) + Buffer.byteLength(value);
  for (const name in headers) size += Buffer.byteLength(name) + Buffer.byteLength(headers[name]!);
  return size;
};

/** The first record that no log takes. Only its value can make it so: keys and headers are short. */
export const tooLargeIn = (records: readonly NewRecord[]): NewRecord | undefined =>
  records.find((record) => record.value.length > largestRecordBytes / 4 && sizeOf(record) > largestRecordBytes);

/** Thrown where a record is larger than any log takes: trying again is of no use. */
export class RecordTooLarge extends Error {
  readonly code = 'record-too-large';
  constructor(record: NewRecord) {
    super(
      `an event of ${record.topic} about ${record.key} has ${sizeOf(record)} bytes, and a log takes ${largestRecordBytes}`,
    );
  }
}

export interface LogRecord extends NewRecord {
  /** Position within topic and partition; grows, may have gaps. */
  readonly offset: number;
}

/** Records of one topic and partition, in order; none where what lies there is for nobody (a log's own marks). */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** The offset that was asked for. A partition worker refuses a batch that does not begin where its store stands. */
  readonly fetchedOffset: number;
  /** The offset to ask for next. */
  readonly nextOffset: number;
  /**
   * The log was out of sight before this batch, or has nothing where it was asked: it may have been cut or made anew
   * meanwhile. Whoever goes on sees first whether what he read last is still there (`changeIn`). Such a batch may be
   * empty, and lead nowhere.
   */
  readonly resumed?: boolean;
}

/** In the place of an offset: this topic is not to be read. */
export const notRead = -1;

/** Next offset by topic. */
export type Offsets = Readonly<Record<string, number>>;

/** Who works on the partition numbers that a member of a group owns. Calls for one number never overlap. */
export interface PartitionOwner {
  /**
   * The number is ours: claim its state, and say from where each topic is to be read; `notRead` of one that is to be
   * left alone. Fails with `Waits` where nobody need be waited for.
   */
  opened(partition: number): Promise<Offsets>;
  /**
   * A batch came. An error means that it did not count: after a pause the number is opened again. `waiting` means that
   * the topic is not to be read on for this number until that is opened again; its other topics are.
   */
  received(batch: Batch): Promise<void | 'waiting'>;
  /** The number is no longer ours, or we are stopping. */
  closed(partition: number): Promise<void>;
}

export interface Consumer {
  /** Partition numbers owned now. */
  owned(): readonly number[];
  /** Lets a number be opened anew, for example because its state was claimed by somebody else. */
  reopen(partition: number): void;
  close(): Promise<void>;
}

export interface FollowOptions {
  /** From where to read; from the start where it says nothing. */
  readonly from?: (topic: string, partition: number) => number | undefined;
  /**
   * A batch came; awaited before the next one. An error stops the follower for a pause, then the same batch comes
   * again.
   */
  readonly onBatch: (batch: Batch) => Promise<void> | void;
  /**
   * What comes may be some 30 ms late: who follows much takes it together then, and leaves time to those who must not
   * be late.
   */
  readonly patient?: boolean;
}

export interface Follower {
  /** Resolves when everything that was in the log at the time of the call has been given to `onBatch`. */
  caughtUp(): Promise<void>;
  /** Records in the log that `onBatch` has not been given yet. */
  lag(): Promise<number>;
  close(): Promise<void>;
}

/**
 * The log port. Adapters: embedded (SQLite) and Kafka; both pass the contract suite in `@assay/testing`.
 * Topics keyed by digest all have `partitions` partitions, config topics have one.
 */
export interface EventLog {
  readonly partitions: number;
  /** Appends in order and answers when it is safe on disk (acks from all). All or nothing per topic and partition. */
  append(records: readonly NewRecord[]): Promise<readonly number[]>;
  /** Joins a group; whole partition numbers are shared among its members, each owned by one at a time. */
  consume(group: string, topics: readonly string[], owner: PartitionOwner): Promise<Consumer>;
  /** Reads whole topics from the start and goes on; every follower hears everything. */
  follow(topics: readonly string[], options: FollowOptions): Promise<Follower>;
  /** Reads a stretch, `from` up to but not including `until`. */
  read(topic: string, partition: number, from: number, until: number): AsyncIterable<Batch>;
  /** The offset that the next record will have. */
  end(topic: string, partition: number): Promise<number>;
  close(): Promise<void>;
}

/** The one partitioner (FNV-1a over the key's bytes). The number of partitions of a topic never changes. */
export const partitionOf = (key: string, partitions: number): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % partitions;
};

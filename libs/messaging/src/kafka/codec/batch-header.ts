/** Positions of the fields of a batch and of its records (Kafka's protocol guide, "Record Batch", magic 2). */
export const batchHeader = {
  firstOffset: 0,
  length: 8,
  leaderEpoch: 12,
  format: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const;

/** The length of a batch counts the bytes from here on. */
export const lengthCountsFrom = batchHeader.leaderEpoch;

/** The format of Kafka 0.11 and later; earlier formats have no headers, so they hold no records of ours. */
export const batchFormat = 2;

/** Bits of the attributes of a batch. The lowest three are its compression. */
export const [transactional, control] = [0x10, 0x20];

/** Compression of a batch. */
export const kinds = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type BatchKind = (typeof kinds)[number];

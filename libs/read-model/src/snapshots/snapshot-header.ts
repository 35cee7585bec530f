import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ReadMark } from '@assay/messaging';

/** The position of the read model in one partition of a topic. */
export interface SnapshotPosition {
  readonly topic: string;
  readonly partition: number;
  /** Next offset to read. */
  readonly next: number;
  /** The last record read; absent before the first. */
  readonly read?: ReadMark | undefined;
}

/** Facts about a snapshot of the read model, signed and stored before its file. */
export interface SnapshotHeader {
  /** Version of the tables. */
  readonly schema: number;
  /** ISO 8601, by the clock of the replica that took it. */
  readonly takenAt: string;
  /** Partitions of a keyed topic. */
  readonly partitions: number;
  /** Ids of the topics, if the log has ids. */
  readonly topics: Readonly<Record<string, string>>;
  readonly positions: readonly SnapshotPosition[];
  /** Size of the file. */
  readonly bytes: number;
  /** Digest of the file, 64 hex digits. */
  readonly sha256: string;
}

export type UnfitCode =
  /** No snapshot, cut off, or not the file that was signed. */
  | 'snapshot-damaged'
  /** Not signed by our key. */
  | 'snapshot-signature'
  /** Of another version of the tables. */
  | 'snapshot-schema'
  /** Of another log. */
  | 'snapshot-log';

const remedies: Readonly<Record<UnfitCode, string>> = {
  'snapshot-damaged': 'none needed; if it comes again, check the place of the snapshots',
  'snapshot-signature':
    'if ASSAY_SNAPSHOTS_KEY was not changed, another program writes to the place of the snapshots: let only ' +
    'recommendation write there',
  'snapshot-schema': 'none needed; the next snapshot is of this version',
  'snapshot-log': 'none needed; the next snapshot is of this log',
};

/** A snapshot that must not be used. The log is read instead. */
export class SnapshotUnfit extends Error {
  readonly remedy: string;

  constructor(
    readonly code: UnfitCode,
    why: string,
  ) {
    super(why);
    this.remedy = remedies[code];
  }
}

const firstLine = 'assay snapshot 1';
/** Some 150 bytes for each partition of each topic. */
const mostHeaderBytes = 8 << 20;

/** Covers the first line, too: no other version of the form can be taken for this one. */
const signatureOf = (json: string, key: string): Buffer =>
  createHmac('sha256', key).update(`${firstLine}\n${json}\n`).digest();

/**
 * The bytes before the file: a first line, the header as JSON, and HMAC-SHA256 over both (hexadecimal), each with a
 * line feed. The header has the digest of the file, so the signature covers the file, too.
 */
export const signedHeader = (header: SnapshotHeader, key: string): Buffer => {
  const json = JSON.stringify(header);
  return Buffer.from(`${firstLine}\n${json}\n${signatureOf(json, key).toString('hex')}\n`);
};

/** Reads lines from the beginning of a stream, then all that follows. */
class Lines {
  #bytes = Buffer.alloc(0);
  readonly #from: AsyncIterator<Uint8Array>;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#from = stream[Symbol.asyncIterator]();
  }

  /** @throws SnapshotUnfit if there is no line of at most so many bytes */
  async line(most: number): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf('\n');
      if (end > most || (end < 0 && this.#bytes.length > most)) throw noSnapshot();
      if (end >= 0) {
        const line = this.#bytes.toString('utf8', 0, end);
        this.#bytes = this.#bytes.subarray(end + 1);
        return line;
      }
      const { done, value } = await this.#from.next();
      if (done) throw noSnapshot();
      this.#bytes = Buffer.concat([this.#bytes, value]);
    }
  }

  async *rest(): AsyncIterable<Uint8Array> {
    try {
      yield this.#bytes;
      for (let next = await this.#from.next(); !next.done; next = await this.#from.next()) yield next.value;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#from.return?.();
  }
}

const noSnapshot = (): SnapshotUnfit => new SnapshotUnfit('snapshot-damaged', 'it is no snapshot, or it is cut off');

export interface OpenedSnapshot {
  readonly header: SnapshotHeader;
  /** The bytes of the file, which are not verified. To be read once, or closed. */
  readonly file: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Reads the header of a snapshot. Nothing of it is used before its signature is verified.
 *
 * @throws SnapshotUnfit if it is no snapshot, or has another signature; errors of the stream
 */
export const openedSnapshot = async (stream: AsyncIterable<Uint8Array>, key: string): Promise<OpenedSnapshot> => {
  const lines = new Lines(stream);
  try {
    if ((await lines.line(firstLine.length)) !== firstLine) throw noSnapshot();
    const json = await lines.line(mostHeaderBytes);
    const given = Buffer.from(await lines.line(64), 'hex');
    const expected = signatureOf(json, key);
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new SnapshotUnfit('snapshot-signature', 'it is not signed with our key');
    return { header: JSON.parse(json) as SnapshotHeader, file: lines.rest(), close: () => lines.close() };
  } catch (error) {
    await lines.close();
    throw error;
  }
};

import { createHash } from 'node:crypto';
import type { EquipmentFailureCode } from '@assay/events';

/** The location of a blob, and the digest and size of its content. */
export interface StoredBlob {
  readonly dataref: string;
  readonly sha256: string;
  /** Bytes of the content, not of what is stored. */
  readonly bytes: number;
}

/** How a blob is kept. */
export interface BlobForm {
  /**
   * The part of the store that holds it: lower-case letters and digits, with hyphens between. A rule for one area, such
   * as the one by which reports are deleted, never meets a blob of another. `sha256` by default.
   */
  readonly area?: string | undefined;
  /** True if it is stored compressed with zstd. Name, digest and size are those of its content all the same. */
  readonly compressed?: boolean | undefined;
}

/** A stored blob in a listing. */
export interface ListedBlob {
  readonly dataref: string;
  /** Bytes that it takes in the store. */
  readonly storedBytes: number;
  /** When it was last written or renewed, ms since the epoch, by the clock of the store. */
  readonly modifiedAt: number;
}

/** A small value under a name, which is replaced as a whole. */
export interface BlobPointer {
  readonly value: string;
  /** Names this value among all that the pointer ever had. */
  readonly version: string;
}

/**
 * The source of content. Each call reads it again from its beginning: a store that needs the name of a blob before it
 * writes reads the content once for its digest, and once to write it.
 */
export type ContentSource = () => AsyncIterable<Uint8Array>;

/**
 * The blob port, for data too large for an event: reports of scanners, inventories, snapshots. Blobs are named by
 * content, so a repeated write changes nothing. Adapters: a folder and Azure Blob Storage. Both pass the contract suite
 * in `@assay/testing`.
 */
export interface BlobStore {
  /**
   * Checks that the store can be written and read.
   * @throws BlobFailure with a remedy if it cannot
   */
  ready(): Promise<void>;
  /**
   * Resolves when the blob is stored durably.
   * @throws BlobFailure if it could not be stored
   */
  put(bytes: Buffer, form?: BlobForm): Promise<StoredBlob>;
  /**
   * Stores content of any size in bounded memory. A reader sees all of it or nothing.
   * @throws BlobFailure if it could not be stored, `blob-damaged` if the source changed meanwhile
   */
  putStream(source: ContentSource, form?: BlobForm): Promise<StoredBlob>;
  /**
   * Returns the content of a blob.
   * @param mostBytes the most that it may have, 512 MiB by default
   * @throws BlobFailure if there is no such blob, it does not match its name, it is larger (`blob-too-large`), or the
   * store does not answer (`retriable`)
   */
  get(dataref: string, mostBytes?: number): Promise<Buffer>;
  /**
   * Reads the content of a blob piece by piece, in bounded memory. Only after the last piece is it known to match its
   * name.
   * @throws BlobFailure as `get`; `blob-damaged` after the last piece
   */
  getStream(dataref: string, mostBytes?: number): AsyncIterable<Uint8Array>;
  /**
   * The blobs of one area, in no order. Blobs that are written or deleted meanwhile may be among them.
   * @throws BlobFailure if the store does not answer, or refuses to list
   */
  list(area: string): AsyncIterable<ListedBlob>;
  /**
   * Gives a blob the age of one that was just written. A repeated `put` does the same.
   * @returns false if there is no such blob
   */
  renew(dataref: string): Promise<boolean>;
  /**
   * Deletes a blob, unless it was written or renewed after `unmodifiedSince` (ms since the epoch).
   * @returns true if it was there and is deleted
   */
  delete(dataref: string, unmodifiedSince?: number): Promise<boolean>;
  /** Removes what writes left that began before a time (ms since the epoch) and never ended. Returns their number. */
  clearUnfinished(before: number): Promise<number>;
  /** The value of a pointer, or undefined if it was never set. Names are lower-case letters and digits with hyphens. */
  pointer(name: string): Promise<BlobPointer | undefined>;
  /**
   * Sets a pointer if it still has the version that the caller knows; undefined stands for a pointer never set.
   * @returns the new value, or undefined if another writer came first
   */
  point(name: string, value: string, over: string | undefined): Promise<BlobPointer | undefined>;
}

export class BlobFailure extends Error {
  constructor(
    readonly code: Extract<EquipmentFailureCode, `blob${string}`>,
    message: string,
  ) {
    super(message);
  }

  get retriable(): boolean {
    return this.code === 'blobs-unreachable';
  }
}

/** Folders of a store that are no area. */
export const pointersFolder = 'pointers';
export const unfinishedFolder = 'unfinished';

const wordPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const compressedEnding = '.zst';

/** @throws BlobFailure if it is no name of an area */
export const areaNamed = (area: string): string => {
  if (wordPattern.test(area) && area !== pointersFolder && area !== unfinishedFolder) return area;
  throw new BlobFailure('blob-unknown', `${area} names no area of a blob store`);
};

/** @throws BlobFailure if it is no name of a pointer */
export const pointerNamed = (name: string): string => {
  if (wordPattern.test(name)) return name;
  throw new BlobFailure('blob-unknown', `${name} names no pointer of a blob store`);
};

/** Names a blob by the digest of its content, as 64 hex digits. */
export const blobNamed = (hex: string, bytes: number, { area = 'sha256', compressed }: BlobForm = {}): StoredBlob => ({
  dataref: `${areaNamed(area)}/${hex.slice(0, 2)}/${hex}${compressed ? compressedEnding : ''}`,
  sha256: `sha256:${hex}`,
  bytes,
});

/** Names a blob by its content. */
export const blobOf = (bytes: Buffer, form: BlobForm = {}): StoredBlob =>
  blobNamed(createHash('sha256').update(bytes).digest('hex'), bytes.length, form);

export interface BlobName {
  readonly area: string;
  readonly hex: string;
  readonly isCompressed: boolean;
}

/** The parts of a blob's name, or undefined if it has another form. */
export const blobNameIn = (dataref: string): BlobName | undefined => {
  const [, area = '', folder = '', hex = '', ending] =
    /^([^/]+)\/([0-9a-f]{2})\/([0-9a-f]{64})(\.zst)?$/.exec(dataref) ?? [];
  const isArea = wordPattern.test(area) && area !== pointersFolder && area !== unfinishedFolder;
  return isArea && hex.startsWith(folder) ? { area, hex, isCompressed: ending !== undefined } : undefined;
};

/**
 * The parts of a blob's name, read before any store looks for the blob.
 * @throws BlobFailure if it has another form
 */
export const namedBlob = (dataref: string): BlobName => {
  const name = blobNameIn(dataref);
  if (!name) throw new BlobFailure('blob-unknown', `${dataref} names no blob`);
  return name;
};

import { createHash } from 'node:crypto';

/** The location of a blob, and its digest and size. */
export interface StoredBlob {
  readonly dataref: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The blob port, for data too large for an event: scanner reports. Blobs are named by content, so a repeated write
 * changes nothing. Adapters: a folder and Azure Blob Storage. Both pass the contract suite in `@assay/testing`.
 */
export interface BlobStore {
  /**
   * Checks that the store can be used.
   * @throws BlobFailure with a remedy if it cannot
   */
  ready(): Promise<void>;
  /**
   * Resolves when the blob is stored durably.
   * @throws BlobFailure if it could not be stored
   */
  put(bytes: Buffer): Promise<StoredBlob>;
  /**
   * @throws BlobFailure if there is no such blob, it does not match its name, or the store does not answer
   * (`retriable`)
   */
  get(dataref: string): Promise<Buffer>;
}

export class BlobFailure extends Error {
  constructor(
    readonly code: 'blob-unknown' | 'blob-damaged' | 'blobs-unauthorized' | 'blobs-unreachable' | 'blobs-unfit',
    message: string,
  ) {
    super(message);
  }

  get retriable(): boolean {
    return this.code === 'blobs-unreachable';
  }
}

const hexOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Names a blob by its digest. */
export const blobOf = (bytes: Buffer): StoredBlob => {
  const hex = hexOf(bytes);
  return { dataref: `sha256/${hex.slice(0, 2)}/${hex}`, sha256: `sha256:${hex}`, bytes: bytes.length };
};

/**
 * Returns the name if it has the form of a blob's name, before any store looks for the blob.
 * @throws BlobFailure otherwise
 */
export const namedBlob = (dataref: string): string => {
  const [, folder, hex] = /^sha256\/([0-9a-f]{2})\/([0-9a-f]{64})$/.exec(dataref) ?? [];
  if (!folder || !hex?.startsWith(folder)) throw new BlobFailure('blob-unknown', `${dataref} names no blob`);
  return dataref;
};

/**
 * Returns the bytes of a blob if they match its name.
 * @throws BlobFailure otherwise
 */
export const verified = (dataref: string, bytes: Buffer): Buffer => {
  if (blobOf(bytes).dataref !== dataref)
    throw new BlobFailure('blob-damaged', `${dataref} is damaged: its ${bytes.length} bytes have another digest`);
  return bytes;
};

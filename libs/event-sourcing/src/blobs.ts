import { createHash } from 'node:crypto';

/** Where a blob lies, and how it is known again. */
export interface StoredBlob {
  readonly dataref: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The blob port, for what is too large for an event: scanner reports. Named by content, so writing twice is writing
 * once. Adapters: a folder and Azure Blob Storage; both pass the contract suite in `@assay/testing`.
 */
export interface BlobStore {
  /** Looks whether the store can be used.
   * @throws BlobFailure where it cannot, with what to do about it */
  ready(): Promise<void>;
  /** Answers when the blob is safe.
   * @throws BlobFailure where it could not be kept */
  put(bytes: Buffer): Promise<StoredBlob>;
  /** @throws BlobFailure where there is no such blob, it is not what its name says, or nobody can say (`retriable`) */
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

/** What some bytes are called. */
export const blobOf = (bytes: Buffer): StoredBlob => {
  const hex = hexOf(bytes);
  return { dataref: `sha256/${hex.slice(0, 2)}/${hex}`, sha256: `sha256:${hex}`, bytes: bytes.length };
};

/** @throws BlobFailure where it is not the name of a blob, before anybody looks for one */
export const namedBlob = (dataref: string): string => {
  const [, folder, hex] = /^sha256\/([0-9a-f]{2})\/([0-9a-f]{64})$/.exec(dataref) ?? [];
  if (!hex || !hex.startsWith(folder!)) throw new BlobFailure('blob-unknown', `${dataref} names no blob`);
  return dataref;
};

/** The bytes of a blob, once they are what its name says. */
export const verified = (dataref: string, bytes: Buffer): Buffer => {
  if (blobOf(bytes).dataref !== dataref)
    throw new BlobFailure('blob-damaged', `${dataref} is damaged: its ${bytes.length} bytes have another digest`);
  return bytes;
};

import { promises as files } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeWritable } from '@assay/messaging';
import { BlobFailure, blobOf, namedBlob, verified, type BlobStore, type StoredBlob } from './blobs.ts';
import { isSystemError } from '../system-error.ts';

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'make room there',
  EDQUOT: 'make room there',
  EMFILE: 'raise the limit of open files',
  ENFILE: 'raise the limit of open files',
};

/** Blobs in a folder, which several machines may share. */
export class FolderBlobs implements BlobStore {
  constructor(private readonly folder: string) {}

  async ready(): Promise<void> {
    try {
      makeWritable(this.folder);
    } catch (error) {
      throw new BlobFailure(
        'blobs-unfit',
        `Blobs cannot be written to ${this.folder} (${(error as NodeJS.ErrnoException).code}): set ASSAY_BLOBS ` +
          'to a folder with write access',
      );
    }
  }

  async put(bytes: Buffer): Promise<StoredBlob> {
    const blob = blobOf(bytes);
    const file = join(this.folder, blob.dataref);
    const half = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    const write = (): Promise<void> => files.writeFile(half, bytes, { flush: true });
    try {
      await write().catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        await files.mkdir(dirname(file), { recursive: true });
        await write();
      });
      // Overwrites an existing file: a machine that lost power may have left it incomplete.
      await files.rename(half, file);
    } catch (error) {
      await files.rm(half, { force: true }).catch(() => undefined);
      throw this.#failure(error, 'written to');
    }
    return blob;
  }

  async get(dataref: string): Promise<Buffer> {
    try {
      return verified(dataref, await files.readFile(join(this.folder, namedBlob(dataref))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new BlobFailure('blob-unknown', `there is no blob ${dataref}`);
      throw this.#failure(error, 'read from');
    }
  }

  #failure(error: unknown, access: 'written to' | 'read from'): unknown {
    if (!isSystemError(error)) return error;
    const remedy = remedies[error.code] ?? 'check that it is mounted and can be read and written';
    return new BlobFailure('blobs-unreachable', `Blobs cannot be ${access} ${this.folder} (${error.code}): ${remedy}`);
  }
}

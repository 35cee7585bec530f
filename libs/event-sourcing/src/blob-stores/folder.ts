import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeWritable } from '@assay/messaging';
import { BlobFailure, blobOf, namedBlob, verified, type BlobStore, type StoredBlob } from '../blobs.ts';

/** Blobs in a folder, which several machines may share. */
export class FolderBlobs implements BlobStore {
  constructor(private readonly folder: string) {}

  async ready(): Promise<void> {
    try {
      makeWritable(this.folder);
    } catch (error) {
      throw new BlobFailure(
        'blobs-unfit',
        `Blobs cannot be written to ${this.folder} (${(error as NodeJS.ErrnoException).code}): set ASSAY_BLOBS to a folder that can`,
      );
    }
  }

  async put(bytes: Buffer): Promise<StoredBlob> {
    const blob = blobOf(bytes);
    const file = join(this.folder, blob.dataref);
    const half = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    const write = (): Promise<void> => writeFile(half, bytes, { flush: true });
    try {
      await write().catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        await mkdir(dirname(file), { recursive: true });
        await write();
      });
      // Whatever lies there, a machine that lost power may have left it half written.
      await rename(half, file);
    } catch (error) {
      await rm(half, { force: true }).catch(() => undefined);
      throw error;
    }
    return blob;
  }

  async get(dataref: string): Promise<Buffer> {
    try {
      return verified(dataref, await readFile(join(this.folder, namedBlob(dataref))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new BlobFailure('blob-unknown', `there is no blob ${dataref}`);
      throw error;
    }
  }
}

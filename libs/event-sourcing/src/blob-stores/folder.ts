import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
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
      throw new BlobFailure('blobs-unfit', `Blobs cannot be written to ${this.folder} (${(error as NodeJS.ErrnoException).code}): set ASSAY_BLOBS to a folder that can`);
    }
  }

  async put(bytes: Buffer): Promise<StoredBlob> {
    const blob = blobOf(bytes);
    const file = join(this.folder, blob.dataref);
    // One of another size was left half written by a machine that lost power.
    if ((await stat(file).catch(() => undefined))?.size !== bytes.length) {
      await mkdir(dirname(file), { recursive: true });
      const half = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      await writeFile(half, bytes, { flush: true });
      await rename(half, file);
    }
    return blob;
  }

  async get(dataref: string): Promise<Buffer> {
    try {
      return verified(dataref, await readFile(join(this.folder, namedBlob(dataref))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new BlobFailure('blob-unknown', `there is no blob ${dataref}`);
      throw error;
    }
  }
}

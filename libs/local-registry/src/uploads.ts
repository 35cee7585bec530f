import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RegistryFailure } from './failure.ts';
import type { Storage } from './storage.ts';

export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  readonly hash: Hash;
  size: number;
  busy: boolean;
}

/** Uploads in progress. They end with the process; a client then starts again. */
export class Uploads {
  readonly #storage: Storage;
  readonly #open = new Map<string, Upload>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async begin(repository: string): Promise<Upload> {
    const id = randomUUID();
    const upload: Upload = {
      id,
      repository,
      path: join(this.#storage.uploads, id),
      hash: createHash('sha256'),
      size: 0,
      busy: false,
    };
    await mkdir(this.#storage.uploads, { recursive: true });
    await writeFile(upload.path, '', { flag: 'wx' });
    this.#open.set(id, upload);
    return upload;
  }

  find(repository: string, id: string): Upload {
    const upload = this.#open.get(id);
    if (upload?.repository !== repository) throw new RegistryFailure('BLOB_UPLOAD_UNKNOWN', 'no such upload');
    return upload;
  }

  /** Appends a chunk. Chunks must arrive one at a time and in order, because the digest is computed as they arrive. */
  async append(upload: Upload, body: Readable, contentRange: string | undefined): Promise<void> {
    const start = /^(\d+)-\d+$/.exec(contentRange ?? '')?.[1];
    if (upload.busy || (start !== undefined && Number(start) !== upload.size))
      throw new RegistryFailure('BLOB_UPLOAD_INVALID', `the next byte is ${upload.size}`);
    upload.busy = true;
    try {
      const counted = async function* (pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          upload.hash.update(piece);
          upload.size += piece.length;
          yield piece;
        }
      };
      await pipeline(body, counted, createWriteStream(upload.path, { flags: 'a' }));
    } catch (error) {
      // Hash and file may differ now, so the client has to start again.
      await this.cancel(upload);
      throw error;
    } finally {
      upload.busy = false;
    }
  }

  async finish(upload: Upload, digest: string): Promise<void> {
    this.#open.delete(upload.id);
    if (`sha256:${upload.hash.digest('hex')}` !== digest) {
      await rm(upload.path, { force: true });
      throw new RegistryFailure('DIGEST_INVALID', 'the bytes are not what the digest says');
    }
    await this.#storage.keepBlob(upload.repository, digest, upload.path);
  }

  async cancel(upload: Upload): Promise<void> {
    this.#open.delete(upload.id);
    await rm(upload.path, { force: true });
  }
}

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where a blob lies, and how it is known again. */
export interface StoredBlob {
  readonly dataref: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The blob port, for what is too large for an event: scanner reports. Named by content, so writing twice is writing once. */
export interface BlobStore {
  put(bytes: Buffer): Promise<StoredBlob>;
  /** @throws where there is no such blob, or it is not what its name says */
  get(dataref: string): Promise<Buffer>;
}

export class FolderBlobs implements BlobStore {
  constructor(private readonly folder: string) {}

  async put(bytes: Buffer): Promise<StoredBlob> {
    const hex = createHash('sha256').update(bytes).digest('hex');
    const dataref = `sha256/${hex.slice(0, 2)}/${hex}`;
    const file = join(this.folder, dataref);
    if (!await stat(file).catch(() => undefined)) {
      await mkdir(dirname(file), { recursive: true });
      const half = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      await writeFile(half, bytes);
      await rename(half, file);
    }
    return { dataref, sha256: `sha256:${hex}`, bytes: bytes.length };
  }

  async get(dataref: string): Promise<Buffer> {
    const hex = /^sha256\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(dataref)?.[1];
    if (!hex) throw new Error(`${dataref} names no blob`);
    const bytes = await readFile(join(this.folder, dataref));
    if (createHash('sha256').update(bytes).digest('hex') !== hex) throw new Error(`${dataref} is damaged`);
    return bytes;
  }
}

import { randomUUID } from 'node:crypto';
import { promises as files } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeWritable } from '@assay/messaging';
import {
  BlobFailure,
  blobNameIn,
  pointersFolder,
  unfinishedFolder,
  type BlobPointer,
  type ListedBlob,
} from './blobs.ts';
import { Content, ContentBlobs } from './content-blobs.ts';
import { isSystemError } from '../system-error.ts';

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'make room there',
  EDQUOT: 'make room there',
  EMFILE: 'raise the limit of open files',
  ENFILE: 'raise the limit of open files',
};

/** Bytes that are read of a file at once. */
const pieceBytes = 2 ** 18;

/** The first two digits of a name, which are a folder of their own. */
const partPattern = /^[0-9a-f]{2}$/;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Passes over what is not there. */
const orNothing = (error: unknown): undefined => {
  if (!isMissing(error)) throw error;
  return undefined;
};

/** Folder systems that cannot sync a folder need not: they write its entries at once. */
const unsyncable = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR']);

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await files.open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!unsyncable.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
};

const makeFolder = async (folder: string): Promise<void> => {
  const first = await files.mkdir(folder, { recursive: true });
  if (first !== undefined) await syncFolder(dirname(first));
};

/** Runs a write into a folder, which is made if it is missing. */
const within = async <T>(folder: string, write: () => Promise<T>): Promise<T> => {
  try {
    return await write();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await makeFolder(folder);
    return write();
  }
};

/** Blobs in a folder, which several machines may share. */
export class FolderBlobs extends ContentBlobs {
  constructor(
    private readonly folder: string,
    /** The setting that names the folder. */
    private readonly setting = 'ASSAY_BLOBS',
  ) {
    super();
  }

  async ready(): Promise<void> {
    try {
      makeWritable(this.folder);
    } catch (error) {
      throw new BlobFailure(
        'blobs-unfit',
        `Blobs cannot be written to ${this.folder} (${(error as NodeJS.ErrnoException).code}): set ${this.setting} ` +
          'to a folder with write access',
      );
    }
  }

  protected write(content: Content): Promise<void> {
    return this.#written(content, async (half) => {
      const file = join(this.folder, (await content.named()).dataref);
      // Overwrites an existing file: a machine that lost power may have left it incomplete.
      await within(dirname(file), () => files.rename(half, file));
      await syncFolder(dirname(file));
    });
  }

  /** Writes content to a file that no reader looks for, and then puts it in its place. */
  async #written<T>(content: Content, place: (half: string) => Promise<T>): Promise<T> {
    const unfinished = join(this.folder, unfinishedFolder);
    const half = join(unfinished, randomUUID());
    try {
      const file = await within(unfinished, () => files.open(half, 'wx'));
      try {
        await file.writeFile(content.read());
        await file.sync();
      } finally {
        await file.close();
      }
      return await place(half);
    } catch (error) {
      throw this.#failure(error, 'written to');
    } finally {
      await files.rm(half, { force: true }).catch(() => undefined);
    }
  }

  protected async *read(dataref: string): AsyncIterable<Uint8Array> {
    try {
      const file = await files.open(join(this.folder, dataref), 'r');
      yield* file.createReadStream({ highWaterMark: pieceBytes });
    } catch (error) {
      if (isMissing(error)) throw new BlobFailure('blob-unknown', `there is no blob ${dataref}`);
      throw this.#failure(error, 'read from');
    }
  }

  protected async *listed(area: string): AsyncIterable<ListedBlob> {
    try {
      for (const part of await this.#names(area)) {
        if (!partPattern.test(part)) continue;
        for (const name of await this.#names(area, part)) {
          const dataref = `${area}/${part}/${name}`;
          const found = blobNameIn(dataref) && (await files.stat(join(this.folder, dataref)).catch(orNothing));
          if (found) yield { dataref, storedBytes: found.size, modifiedAt: found.mtimeMs };
        }
      }
    } catch (error) {
      throw this.#failure(error, 'read from');
    }
  }

  async #names(...path: readonly string[]): Promise<readonly string[]> {
    return (await files.readdir(join(this.folder, ...path)).catch(orNothing)) ?? [];
  }

  protected async renewed(dataref: string): Promise<boolean> {
    const now = new Date();
    try {
      await files.utimes(join(this.folder, dataref), now, now);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw this.#failure(error, 'written to');
    }
  }

  /** Takes the file aside before it looks at its age for the last time: a write that comes later makes another file. */
  protected async deleted(dataref: string, unmodifiedSince: number): Promise<boolean> {
    const file = join(this.folder, dataref);
    const aside = join(this.folder, unfinishedFolder, randomUUID());
    try {
      if ((await files.stat(file)).mtimeMs > unmodifiedSince) return false;
      await within(dirname(aside), () => files.rename(file, aside));
      if ((await files.stat(aside)).mtimeMs > unmodifiedSince) {
        await files.rename(aside, file);
        return false;
      }
      await files.rm(aside);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw this.#failure(error, 'written to');
    }
  }

  async clearUnfinished(before: number): Promise<number> {
    let cleared = 0;
    try {
      for (const name of await this.#names(unfinishedFolder)) {
        const file = join(this.folder, unfinishedFolder, name);
        const found = await files.stat(file).catch(orNothing);
        if (!found || found.mtimeMs >= before) continue;
        await files.rm(file, { force: true });
        cleared += 1;
      }
    } catch (error) {
      throw this.#failure(error, 'written to');
    }
    return cleared;
  }

  /** Each value is a file of its own, numbered. The highest number counts. */
  async #versions(name: string): Promise<readonly number[]> {
    return (await this.#names(pointersFolder, name)).map(Number).toSorted((a, b) => b - a);
  }

  #pointerFile(name: string, version: number): string {
    return join(this.folder, pointersFolder, name, String(version));
  }

  protected async pointed(name: string): Promise<BlobPointer | undefined> {
    try {
      for (;;) {
        const [version] = await this.#versions(name);
        if (version === undefined) return undefined;
        const value = await files.readFile(this.#pointerFile(name, version), 'utf8').catch(orNothing);
        // A newer value took its place meanwhile.
        if (value !== undefined) return { value, version: String(version) };
      }
    } catch (error) {
      throw this.#failure(error, 'read from');
    }
  }

  /** A link is made only if the name is free, on every file system that several machines share. */
  protected repointed(name: string, value: string, over: string | undefined): Promise<BlobPointer | undefined> {
    return this.#written(Content.of(Buffer.from(value), {}), async (half) => {
      const [last = 0] = await this.#versions(name);
      if (String(last) !== (over ?? '0')) return undefined;
      const next = last + 1;
      const file = this.#pointerFile(name, next);
      try {
        await within(dirname(file), () => files.link(half, file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
        throw error;
      }
      const versions = await this.#versions(name);
      // A higher number shows that this one was taken, left and removed by others meanwhile.
      const isNewest = versions[0] === next;
      for (const old of isNewest ? versions.slice(1) : [next])
        await files.rm(this.#pointerFile(name, old), { force: true });
      await syncFolder(dirname(file));
      return isNewest ? { value, version: String(next) } : undefined;
    });
  }

  #failure(error: unknown, access: 'written to' | 'read from'): unknown {
    if (!isSystemError(error)) return error;
    const remedy = remedies[error.code] ?? 'check that it is mounted and can be read and written';
    return new BlobFailure('blobs-unreachable', `Blobs cannot be ${access} ${this.folder} (${error.code}): ${remedy}`);
  }
}

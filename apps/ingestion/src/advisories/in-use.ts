import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compareDatabases, readDatabase, unpackDatabase, type DatabaseComparison } from '@assay/advisories';
import type { AnnouncedAdvisories } from '@assay/event-sourcing';
import type { DatabaseKeeperPorts } from './keeping.ts';

const maxBytes = 2 * 2 ** 30;

/** The area of the blob store with comparisons of databases, while the runners are asked. */
export const compared = { area: 'comparisons' };

/** The database in use, unpacked, so that the next one is compared with it without unpacking it again. */
export class InUse {
  readonly #folder: string;

  constructor(private readonly ports: Pick<DatabaseKeeperPorts, 'folder' | 'blobs' | 'failed'>) {
    // Beside the folder of the downloads, from which all that is old is removed.
    this.#folder = join(ports.folder, '..', 'database-in-use');
  }

  #folderOf(digest: string): string {
    return join(this.#folder, digest.slice('sha256:'.length));
  }

  /**
   * Compares a database with the one in use.
   *
   * @param unpacked folder of the other one
   * @throws DatabaseError, BlobFailure if the archive of the one in use cannot be read
   */
  async comparedWith(
    { database: { digest }, dataref }: AnnouncedAdvisories & { readonly dataref: string },
    unpacked: string,
  ): Promise<DatabaseComparison> {
    const folder = this.#folderOf(digest);
    try {
      return await compareDatabases(folder, unpacked);
    } catch {
      // The copy is not there, or the disk lost a part of it. The archive has it again.
      const fresh = `${unpacked}-in-use`;
      await unpackDatabase(this.ports.blobs.getStream(dataref, maxBytes), fresh);
      await readDatabase(fresh);
      await rm(folder, { recursive: true, force: true });
      await this.#place(fresh, folder);
      return compareDatabases(folder, unpacked);
    }
  }

  /** Keeps an unpacked database that is in use from now on, and drops the one before. A failure costs time later. */
  async keep(digest: string, unpacked: string): Promise<void> {
    try {
      await this.#place(unpacked, this.#folderOf(digest));
    } catch (error) {
      this.ports.failed('keeping the database in use unpacked', error);
    }
  }

  async #place(unpacked: string, folder: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // Another keeper of the folder may have placed the same one just now.
    await rename(unpacked, folder).catch((error: NodeJS.ErrnoException) => {
      if (!['EEXIST', 'ENOTEMPTY'].includes(error.code ?? '')) throw error;
    });
    for (const name of await readdir(this.#folder))
      if (join(this.#folder, name) !== folder) await rm(join(this.#folder, name), { recursive: true, force: true });
  }
}

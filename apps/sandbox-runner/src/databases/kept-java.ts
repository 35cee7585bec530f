import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { DatabaseError, readJavaDatabase, unpackDatabase } from '@assay/advisories';
import type { BlobStore } from '@assay/event-sourcing';
import type { JavaDatabase } from '@assay/events';
import type { UnpackedJavaDatabase } from '../scanner/registration.ts';

/** The name of the folder of a Java database, beside those of the vulnerability databases. */
export const javaFolderNameOf = ({ digest }: Pick<JavaDatabase, 'digest'>): string =>
  `java-${digest.slice('sha256:'.length)}`;

/** True if the folder holds the whole database: an earlier process may have left it, and the disk lost parts of it. */
const isWhole = async (folder: string, digest: string): Promise<boolean> => {
  const read = await readJavaDatabase(folder).catch(() => undefined);
  return read?.digest === digest;
};

/**
 * Unpacks an announced Java database from the blob store, unless it lies there, and reads it. It passes through as a
 * stream: it may have several GB.
 *
 * @param folders the folder of the folders of all databases
 * @throws DatabaseError if it does not stand a check. Its folder is gone then.
 * @throws BlobFailure if the blob store does not have it, or does not answer
 */
export const unpackedJava = async (
  { digest, dataref, bytes }: JavaDatabase,
  { blobs, folders }: { readonly blobs: Pick<BlobStore, 'getStream'>; readonly folders: string },
): Promise<UnpackedJavaDatabase> => {
  const folder = join(folders, javaFolderNameOf({ digest }));
  if (await isWhole(folder, digest)) return { folder, digest };
  await rm(folder, { recursive: true, force: true });
  await unpackDatabase(blobs.getStream(dataref, bytes), folder, ['java']);
  try {
    const read = await readJavaDatabase(folder);
    if (read.digest !== digest)
      throw new DatabaseError(
        'database-damaged',
        `the Java database in ${dataref} is ${read.digest} and not ${digest}, as was announced`,
        'run `assay database update`; the Java database in use stays',
      );
    return { folder, digest };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};

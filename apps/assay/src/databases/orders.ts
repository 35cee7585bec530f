import { createReadStream, existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { databaseArea, packDatabase } from '@assay/advisories';
import { FolderBlobs, openBlobs, type BlobStore, type StoredBlob } from '@assay/event-sourcing';
import { databaseSettings, keeperOf, type DatabaseKeeper } from '@assay/ingestion';
import { writableFolder } from '@assay/messaging';
import { declaredBlobs } from '@assay/settings';
import { clientSettings } from '../settings.ts';
import { failuresTo, type Shell } from '../shell.ts';
import type { DataFolder } from '../suite/data.ts';
import { openLog } from '../suite/log.ts';
import { Failure } from '../terminal/failure.ts';

/**
 * Keeps the databases of a data folder in this process, while no suite runs on it. A folder that has no log yet gets
 * one, so that the first suite begins with a real database.
 *
 * @throws DataInUse if a suite has the folder
 */
export const withKeeper = async <T>(
  shell: Shell,
  data: DataFolder,
  use: (keeper: DatabaseKeeper) => Promise<T>,
): Promise<T> => {
  writableFolder(data.path, '--data');
  await mkdir(data.path, { recursive: true, mode: 0o700 });
  const log = openLog(data, shell.env);
  try {
    const blobs = new FolderBlobs(data.blobs);
    const { weighedIn } = await import('./weighing.ts');
    const keeper = keeperOf(databaseSettings.read(shell.env), {
      log,
      blobs,
      weigh: weighedIn(data, shell.env, log, blobs),
      silentMs: 0,
      folder: data.service('ingestion'),
      failed: (activity, error) => failuresTo(shell)('database', activity, error),
    });
    try {
      return await use(keeper);
    } finally {
      await keeper.close();
    }
  } finally {
    await log.close();
  }
};

/** The blob store of the suite that a command speaks to. */
const blobsOf = ({ env }: Shell, data: DataFolder): BlobStore => {
  const isRemote = Boolean(clientSettings.read(env).url) && !data.isGiven;
  const { place } = declaredBlobs.read(env);
  const isInOtherProcesses = isRemote || (existsSync(data.endpoint) && !existsSync(data.log));
  if (isInOtherProcesses && place !== undefined) return openBlobs(env, place);
  if (!isRemote) return new FolderBlobs(data.blobs);
  throw new Failure(
    'usage',
    'the archive of a database goes through the blob store of the suite at ASSAY_URL',
    'set ASSAY_BLOBS to it, as its services have it',
  );
};

/**
 * Puts the archive of a database into the blob store. A folder with `trivy.db` or `trivy-java.db`, and `metadata.json`,
 * is packed.
 *
 * @throws Failure `not-found` if there is no such file or folder
 */
export const storeArchive = async (shell: Shell, data: DataFolder, given: string): Promise<StoredBlob> => {
  const path = resolve(shell.directory, given);
  const found = await stat(path).catch(() => undefined);
  if (!found)
    throw new Failure(
      'not-found',
      `there is no ${given}`,
      'give db.tar.gz as it is published, or a folder with trivy.db',
    );
  const kind = (await stat(join(path, 'trivy-java.db')).catch(() => undefined)) ? 'java' : 'vulnerabilities';
  if (found.isDirectory())
    for (const name of [kind === 'java' ? 'trivy-java.db' : 'trivy.db', 'metadata.json'])
      if (!(await stat(join(path, name)).catch(() => undefined)))
        throw new Failure(
          'not-found',
          `there is no ${name} in ${given}`,
          'give the folder <cache>/db that `trivy image --download-db-only` makes, or db.tar.gz as it is published',
        );
  const blobs = blobsOf(shell, data);
  await blobs.ready();
  const bytes = found.isDirectory() ? packDatabase(path, kind) : () => createReadStream(path);
  return blobs.putStream(bytes, { area: databaseArea });
};

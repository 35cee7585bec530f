import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError } from '@assay/advisories';
import { announcedAdvisories, type BlobStore } from '@assay/event-sourcing';
import type { Database } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { RegistryError, type RegistryAccess, type RegistryClient } from '@assay/registry';
import type { HoldLimits } from './holding.ts';
import type { OfferPorts } from './offers.ts';
import type { DatabaseSource } from './sources.ts';

/** The ages in days from which on a database is not trusted. */
export type DatabaseAges = Pick<Database, 'tooOldDays' | 'staleDays'>;

export interface DatabaseKeeperPorts {
  readonly log: EventLog;
  readonly blobs: BlobStore;
  /** A folder for what is being downloaded and unpacked. */
  readonly folder: string;
  readonly clients: {
    to(access: RegistryAccess): Pick<RegistryClient, 'artifact' | 'head'>;
    close(): Promise<void>;
  };
  readonly sources: readonly DatabaseSource[];
  /** Limits of the age of the databases that are announced; absent: those of every database. */
  readonly limits?: DatabaseAges;
  /** The consequences beyond which a database is held. */
  readonly hold: HoldLimits;
  /** Answers for all partitions of the runners at once, where none runs. */
  readonly weigh?: OfferPorts['weigh'];
  /** Patience with a partition that does not answer, ms. */
  readonly silentMs?: number;
  /** ms since the epoch */
  readonly now?: () => number;
  readonly failed: (activity: string, error: unknown) => void;
}

/** Progress of an update: of a download in bytes, or the partitions of the runners that answered. */
export type UpdateProgress =
  | { readonly source: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly source: 'runners'; readonly answered: number; readonly of: number };

export interface UpdateOptions {
  /** Takes a database that is older or much smaller, too. */
  readonly isForced?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UpdateProgress) => void) | undefined;
}

const otherSource =
  'take another source, or ask the one who runs this mirror (ASSAY_DATABASE_SOURCES); the database in use stays';
const otherNetwork =
  'check the network and its proxy, or set ASSAY_DATABASE_SOURCES to a mirror that is reached; the database in use ' +
  'stays';

/** A failure on the way to a mirror, or one that the mirror may end by itself. */
const isOfNetwork = ({ code, retriable }: RegistryError): boolean =>
  retriable || ['forbidden-address', 'forbidden-redirect', 'unauthorized'].includes(code);

/**
 * Takes a database from the first source that has one to use.
 *
 * @throws DatabaseError if none does. The message names every source with its reason.
 */
export const takenFrom = async <T>(
  sources: readonly DatabaseSource[],
  { signal }: UpdateOptions,
  take: (source: DatabaseSource) => Promise<T>,
): Promise<T> => {
  const failures: { readonly source: DatabaseSource; readonly error: unknown }[] = [];
  for (const source of sources) {
    try {
      return await take(source);
    } catch (error) {
      signal?.throwIfAborted();
      // The next source has no more room on the disk either, and the same blob store.
      if (!(error instanceof RegistryError || error instanceof DatabaseError)) throw error;
      failures.push({ source, error });
    }
  }
  const lines = failures.map(({ source, error }) => `${source.name}: ${(error as Error).message}`);
  const errors = failures.map(({ error }) => error);
  const refused = errors.find((error) => error instanceof DatabaseError);
  // A mirror that answers, and has something else, is not a matter of the network.
  const isReached = errors.some((error) => error instanceof RegistryError && !isOfNetwork(error));
  throw new DatabaseError(
    refused?.code ?? 'database-unreachable',
    `no source has a database to use: ${lines.join('; ')}`,
    refused?.remedy ?? (isReached ? otherSource : otherNetwork),
  );
};

/** A download takes minutes. What is older was left by a process that was killed, ms. */
const leftMs = 24 * 60 * 60_000;

type Workplace = Pick<DatabaseKeeperPorts, 'folder' | 'now' | 'failed'>;

/** Removes what a killed process left. Other processes may be downloading into the same folder. */
const removeLeft = async ({ folder, now = Date.now, failed }: Workplace): Promise<void> => {
  try {
    for (const name of await readdir(folder).catch((): string[] => [])) {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs < now() - leftMs) await rm(path, { recursive: true, force: true });
    }
  } catch (error) {
    failed('removing what a download left', error);
  }
};

/** Works in a new folder, which is removed in the end. */
export const inFolder = async <Result>(
  place: Workplace,
  work: (folder: string) => Promise<Result>,
): Promise<Result> => {
  await removeLeft(place);
  const folder = join(place.folder, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Drops the archive of a database that was stored, and is not announced. */
export const dropUnannounced = async (
  { log, blobs, failed }: Pick<DatabaseKeeperPorts, 'log' | 'blobs' | 'failed'>,
  dataref: string,
): Promise<void> => {
  try {
    const announced = await announcedAdvisories(log);
    if (!announced.some((each) => each.dataref === dataref || each.java?.dataref === dataref))
      await blobs.delete(dataref);
  } catch (error) {
    failed('deleting a database that is not used', error);
  }
};

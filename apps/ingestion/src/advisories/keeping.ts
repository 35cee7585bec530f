import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError } from '@assay/advisories';
import { announcedAdvisories, type BlobStore } from '@assay/event-sourcing';
import type { Database } from '@assay/events';
import type { EventLog } from '@assay/messaging';
import { RegistryError, type RegistryAccess, type RegistryClient } from '@assay/registry';
import { askAll, laggingIn, offersIn, type Deadline, type KnownDatabase } from './asking.ts';
import type { HoldLimits } from './holding.ts';
import { isOffered, type OfferPorts } from './offers.ts';
import type { DatabaseSource } from './sources.ts';

/** The ages in days from which on a database is not trusted. */
export type DatabaseAges = Pick<Database, 'tooOldDays' | 'staleDays'>;

export interface DatabaseKeeperPorts {
  readonly log: EventLog;
  readonly blobs: BlobStore;
  /** A folder for what is being downloaded and unpacked. */
  readonly folder: string;
  readonly clients: {
    to(access: RegistryAccess): Pick<RegistryClient, 'artifact' | 'manifest'>;
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
  /** The time that a source has to answer with its manifest; ten seconds by default. */
  readonly deadline?: Deadline;
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

/** Notes on sources of which another one was better, in one line each. */
export interface SourceNotes {
  /** Those that lag behind the newest one by more than a day. */
  readonly lagging?: readonly string[];
  /** Those that could not be used, with the reason. */
  readonly failed?: readonly string[];
}

interface Sources extends Pick<DatabaseKeeperPorts, 'clients' | 'now' | 'deadline'> {
  readonly sources: readonly DatabaseSource[];
  /** The databases that were announced, the one in use first. */
  readonly known: readonly KnownDatabase[];
}

/**
 * Asks all sources what they have, and takes the newest database that can be used.
 *
 * @throws DatabaseError if there is none. The message names every source with its reason.
 */
export const takenFrom = async <T extends { readonly outcome: string; readonly builtAt?: string }>(
  { sources, known, clients, now = Date.now, deadline }: Sources,
  { signal }: UpdateOptions,
  take: (source: DatabaseSource) => Promise<T>,
): Promise<T & SourceNotes> => {
  const answered = await askAll(
    sources,
    ({ access, repository, reference }, ending) => clients.to(access).manifest(repository, reference, ending),
    { signal, deadline },
  );
  signal?.throwIfAborted();
  const failures = new Map<DatabaseSource, unknown>();
  const fail = (source: DatabaseSource, error: unknown): void => {
    // The next source has no more room on the disk either, and the same blob store.
    if (!(error instanceof RegistryError || error instanceof DatabaseError)) throw error;
    failures.set(source, error);
  };
  for (const each of answered) if ('error' in each) fail(each.source, each.error);
  const offers = offersIn(answered, known, now());
  const linesOf = (): readonly string[] =>
    sources.flatMap((source) => {
      const error = failures.get(source);
      return error instanceof Error ? [`${source.name}: ${error.message}`] : [];
    });
  const noted = (taken: T): T & SourceNotes => {
    const [lagging, failed] = [laggingIn(offers, taken.builtAt), linesOf()];
    return { ...taken, ...(lagging.length > 0 ? { lagging } : {}), ...(failed.length > 0 ? { failed } : {}) };
  };
  let unchanged: T | undefined;
  /** Verdicts on layers: at another source the same one would get it again. */
  const tried = new Map<string | undefined, DatabaseError | undefined>();
  for (const { source, layer, kind } of offers) {
    if (unchanged && kind === 'older') break;
    if (layer !== undefined && tried.has(layer)) {
      const verdict = tried.get(layer);
      if (verdict) fail(source, verdict);
      continue;
    }
    try {
      const taken = await take(source);
      // The one in use, packed again, must not hide a newer one elsewhere.
      if (taken.outcome !== 'unchanged') return noted(taken);
      unchanged ??= taken;
      tried.set(layer, undefined);
    } catch (error) {
      signal?.throwIfAborted();
      fail(source, error);
      if (error instanceof DatabaseError) tried.set(layer, error);
    }
  }
  if (unchanged) return noted(unchanged);
  const errors = sources.flatMap((source) => failures.get(source) ?? []);
  const refused = errors.find((error) => error instanceof DatabaseError);
  // A mirror that answers, and has something else, is not a matter of the network.
  const isReached = errors.some((error) => error instanceof RegistryError && !isOfNetwork(error));
  throw new DatabaseError(
    refused?.code ?? 'database-unreachable',
    `no source has a database to use: ${linesOf().join('; ')}`,
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
    const isNamed = announced.some((each) => each.dataref === dataref || each.java?.dataref === dataref);
    if (!isNamed && !(await isOffered(log, dataref))) await blobs.delete(dataref);
  } catch (error) {
    failed('deleting a database that is not used', error);
  }
};

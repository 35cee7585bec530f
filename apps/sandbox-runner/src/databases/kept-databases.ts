import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DatabaseError,
  readDatabase,
  remedyFor,
  unpackDatabase,
  whyOf,
  withSteps,
  type ReadDatabase,
} from '@assay/advisories';
import { backoffMs } from '@assay/backoff';
import type { Advisories, Database } from '@assay/events';
import { systemClock, type BlobStore, type Clock, type Observer } from '@assay/event-sourcing';
import type { CandidateDatabase } from '../scanner/registration.ts';
import type { ImageScanner } from '../scanner/scanner.ts';

/** A database that was announced and lies in the blob store. */
export type StoredAdvisories = Pick<Advisories, 'database' | 'bytes'> & { readonly dataref: string };

export interface KeptDatabasesPorts {
  readonly blobs: Pick<BlobStore, 'getStream'>;
  /** The folder of the unpacked databases, one folder each. Of this process alone. */
  readonly folder: string;
  /** Proves a database, and returns the scanner with it. */
  readonly withDatabase: (candidate: CandidateDatabase) => Promise<ImageScanner>;
  readonly observer: Pick<Observer, 'failed'>;
  readonly progress: (line: string) => void;
  readonly clock?: Clock | undefined;
}

/** Databases that are kept unpacked, the present one included. Scans in progress may still use the one before. */
const kept = 3;
const backoff = { firstMs: 1000, longestMs: 5 * 60_000 };

const folderNameOf = ({ digest }: Database): string => digest.slice('sha256:'.length);

/**
 * The databases of a runner. It takes those that are announced from the blob store, checks each, and opens a scanner
 * with it beside the present one, which serves until then. A scan goes on with the scanner that it began with.
 */
export class KeptDatabases {
  #scanner: ImageScanner;
  /** The last databases that were in use, the present one last. */
  readonly #used: string[] = [];
  #wanted: StoredAdvisories | undefined;
  #refused: { readonly digest: string; readonly why: string; readonly remedy: string | undefined } | undefined;
  #failures = 0;
  /** Why the last attempt failed, if it is to be repeated. */
  #trouble: { readonly why: string; readonly remedy: string | undefined } | undefined;
  #working: Promise<void> | undefined;
  #stopWaiting: (() => void) | undefined;
  #isClosed = false;
  readonly #clock: Clock;

  constructor(
    private readonly ports: KeptDatabasesPorts,
    first: ImageScanner,
  ) {
    this.#scanner = first;
    this.#clock = ports.clock ?? systemClock;
  }

  /** The scanner with the present database. */
  get scanner(): ImageScanner {
    return this.#scanner;
  }

  /**
   * Puts an announced database to use.
   *
   * @throws DatabaseError if it does not stand a check
   * @throws BlobFailure if the blob store does not have it, or does not answer
   */
  async use({ database, dataref, bytes }: StoredAdvisories): Promise<void> {
    if (this.#isUsed(database)) return;
    const folder = join(this.ports.folder, folderNameOf(database));
    const left = await this.#leftIn(folder, database);
    if (!left) {
      await mkdir(this.ports.folder, { recursive: true, mode: 0o755 });
      await unpackDatabase(this.ports.blobs.getStream(dataref, bytes), folder);
    }
    try {
      const read = left ?? (await readDatabase(folder));
      if (read.digest !== database.digest)
        throw new DatabaseError(
          'database-damaged',
          `the database in ${dataref} is ${read.digest} and not ${database.digest}, as was announced`,
          'run `assay database update`; the database in use stays',
        );
      const families = read.families.map(({ name }) => name);
      this.#scanner = await this.ports.withDatabase({ folder, database, families });
    } catch (error) {
      // One that may pass another time is not unpacked again.
      if (error instanceof DatabaseError) await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await this.#keep(folderNameOf(database));
  }

  /** The database that an earlier process left unpacked. One that the disk lost parts of is removed. */
  async #leftIn(folder: string, database: Database): Promise<ReadDatabase | undefined> {
    const names = await readdir(this.ports.folder).catch((): string[] => []);
    if (!names.includes(folderNameOf(database))) return undefined;
    const read = await readDatabase(folder).catch(() => undefined);
    if (read?.digest === database.digest) return read;
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }

  /** Keeps the folders of the last databases, and removes all others. */
  async #keep(name: string): Promise<void> {
    const before = this.#used.indexOf(name);
    if (before >= 0) this.#used.splice(before, 1);
    this.#used.push(name);
    this.#used.splice(0, Math.max(0, this.#used.length - kept));
    const names = await readdir(this.ports.folder).catch((): string[] => []);
    await Promise.all(
      names
        .filter((each) => !this.#used.includes(each))
        .map((each) => rm(join(this.ports.folder, each), { recursive: true, force: true })),
    ).catch((error: unknown) => this.ports.observer.failed('sandbox-runner', 'removing old databases', error));
  }

  /** Follows the announcements: the last one that is in the blob store is put to use, in its own time. */
  follow(announced: StoredAdvisories | undefined): void {
    if (announced?.database.digest === this.#wanted?.database.digest) return;
    this.#wanted = announced;
    this.#failures = 0;
    this.#trouble = undefined;
    this.#stopWaiting?.();
    this.#begin();
  }

  #begin(): void {
    if (this.#isClosed || this.#working) return;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      const wanted = this.#wanted;
      if (this.#isClosed || !wanted || !this.#isDue(wanted)) return;
      try {
        await this.use(wanted);
        this.#refused = this.#trouble = undefined;
        this.ports.progress(`scans with the database of ${wanted.database.builtAt} (${wanted.database.digest})`);
      } catch (error) {
        this.#failed(wanted, error);
      }
    }
  }

  #isDue({ database }: StoredAdvisories): boolean {
    return !this.#isUsed(database) && database.digest !== this.#refused?.digest && !this.#stopWaiting;
  }

  /** The demonstration database may be announced as a real one: it is another one then, for what it covers. */
  #isUsed({ digest, demonstration }: Database): boolean {
    const { database } = this.#scanner;
    return digest === database.digest && demonstration === database.demonstration;
  }

  #failed({ database: { digest } }: StoredAdvisories, error: unknown): void {
    const trouble = { why: whyOf(error), remedy: remedyFor(error) };
    if (this.#failures === 0)
      this.ports.observer.failed('sandbox-runner', `taking the database ${digest} into use`, error);
    if (digest !== this.#wanted?.database.digest) return;
    if (error instanceof DatabaseError) {
      this.#refused = { digest, ...trouble };
      return;
    }
    this.#trouble = trouble;
    const stop = this.#clock.after(backoffMs(backoff, this.#failures, this.#clock.random()), () => {
      this.#stopWaiting = undefined;
      this.#begin();
    });
    this.#stopWaiting = () => {
      this.#stopWaiting = undefined;
      stop();
    };
    this.#failures += 1;
  }

  /** The obstacle that keeps the announced database from use, and what to do, in one line. */
  notes(): readonly string[] {
    const wanted = this.#wanted?.database;
    if (!wanted || this.#isUsed(wanted)) return [];
    const { builtAt } = this.#scanner.database;
    const refused = this.#refused?.digest === wanted.digest ? this.#refused : undefined;
    const { why, remedy } = refused ?? this.#trouble ?? {};
    const state = `${refused ? 'is refused' : 'is not in use yet'}${why === undefined ? '' : `: ${why}`}`;
    const line = `the announced database of ${wanted.builtAt} (${wanted.digest}) ${state}; that of ${builtAt} serves`;
    return [withSteps(line, remedy)];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWaiting?.();
    await this.#working;
  }
}

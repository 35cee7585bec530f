import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseError, readDatabase, unpackDatabase, withSteps, type ReadDatabase } from '@assay/advisories';
import { ownJavaDatabase, type Advisories, type Database, type JavaDatabase } from '@assay/events';
import type { BlobStore, Clock, Observer } from '@assay/event-sourcing';
import type { CandidateDatabase, OpenedScanner, UnpackedJavaDatabase } from '../scanner/registration.ts';
import type { ImageScanner } from '../scanner/scanner.ts';
import { Attempts } from './attempts.ts';
import { javaFolderNameOf, unpackedJava } from './kept-java.ts';

/** A database that was announced and lies in the blob store, and the Java database that was announced with it. */
export type StoredAdvisories = Pick<Advisories, 'database' | 'bytes' | 'java'> & { readonly dataref: string };

export interface KeptDatabasesPorts {
  readonly blobs: Pick<BlobStore, 'getStream'>;
  /** The folder of the unpacked databases, one folder each. Of this process alone. */
  readonly folder: string;
  /** Proves a database, and returns the scanner with it. */
  readonly withDatabase: OpenedScanner['withDatabase'];
  readonly observer: Pick<Observer, 'failed'>;
  readonly progress: (line: string) => void;
  readonly clock?: Clock | undefined;
}

/** Databases that are kept unpacked, the present one included. Scans in progress may still use the one before. */
const kept = 3;
/** Java databases that are kept unpacked. They are ten times as large, and newer ones come daily. */
const keptJava = 2;

const folderNameOf = ({ digest }: Database): string => digest.slice('sha256:'.length);

/** Moves a name to the end of a list of the last ones, and drops the oldest of too many. */
const noteUse = (used: string[], name: string, most: number): void => {
  const before = used.indexOf(name);
  if (before >= 0) used.splice(before, 1);
  used.push(name);
  used.splice(0, Math.max(0, used.length - most));
};

/**
 * The databases of a runner. It takes those that are announced from the blob store, checks each, and opens a scanner
 * with it beside the present one, which serves until then. A scan goes on with the scanner that it began with. A
 * vulnerability database waits for no Java database.
 */
export class KeptDatabases {
  #scanner: ImageScanner;
  /** Of the build in use. */
  #withDatabase: OpenedScanner['withDatabase'];
  /** The database of the scanner, if it was announced. */
  #present: CandidateDatabase | undefined;
  #java: UnpackedJavaDatabase | undefined;
  /** The last databases that were in use, the present one last. */
  readonly #used: string[] = [];
  readonly #usedJava: string[] = [];
  #wanted: StoredAdvisories | undefined;
  readonly #attempts: Attempts;
  readonly #javaAttempts: Attempts;
  #working: Promise<void> | undefined;
  #isWorking = false;
  #isClosed = false;

  constructor(
    private readonly ports: KeptDatabasesPorts,
    first: ImageScanner,
  ) {
    this.#scanner = first;
    this.#withDatabase = ports.withDatabase;
    const again = (): void => this.#begin();
    this.#attempts = new Attempts(again, ports.clock);
    this.#javaAttempts = new Attempts(again, ports.clock);
  }

  /** The scanner with the present database. */
  get scanner(): ImageScanner {
    return this.#scanner;
  }

  /**
   * Puts an announced database to use, with the Java database that is in use.
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
      const { buckets } = read;
      const families = read.families.map(({ name }) => name);
      await this.#open({ folder, database, families, buckets, ...(this.#java ? { java: this.#java } : {}) });
    } catch (error) {
      // One that may pass another time is not unpacked again.
      if (error instanceof DatabaseError) await rm(folder, { recursive: true, force: true });
      throw error;
    }
    noteUse(this.#used, folderNameOf(database), kept);
    await this.#keep();
  }

  /**
   * Puts an announced Java database to use, with the vulnerability database that is in use.
   *
   * @throws DatabaseError if it does not stand a check
   * @throws BlobFailure if the blob store does not have it, or does not answer
   */
  async useJava(java: JavaDatabase): Promise<void> {
    if (!this.#present || !this.#isJavaDue(java)) return;
    await mkdir(this.ports.folder, { recursive: true, mode: 0o755 });
    const unpacked = await unpackedJava(java, { blobs: this.ports.blobs, folders: this.ports.folder });
    await this.#open({ ...this.#present, java: unpacked });
    this.#java = unpacked;
    noteUse(this.#usedJava, javaFolderNameOf(java), keptJava);
    await this.#keep();
  }

  async #open(candidate: CandidateDatabase): Promise<void> {
    const withDatabase = this.#withDatabase;
    const scanner = await withDatabase(candidate);
    // Another build came into use meanwhile, and has to prove it.
    if (withDatabase !== this.#withDatabase) return this.#open(candidate);
    this.#scanner = scanner;
    this.#present = candidate;
  }

  /**
   * Puts another build of the scanner to use, with the database that is in use.
   *
   * @throws DatabaseError `database-canary` if it does not find what is known; the build in use stays
   */
  async useBuild(build: Pick<OpenedScanner, 'withDatabase' | 'prove'>): Promise<void> {
    const present = this.#present;
    const scanner = await (present ? build.withDatabase(present) : build.prove());
    // Another database came into use meanwhile.
    if (present !== this.#present) return this.useBuild(build);
    this.#withDatabase = build.withDatabase;
    this.#scanner = scanner;
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

  /** Keeps the folders of the last databases, and removes all others. A Java database that is wanted may lie there. */
  async #keep(): Promise<void> {
    const wanted = this.#wanted?.java;
    const all = [...this.#used, ...this.#usedJava, ...(wanted ? [javaFolderNameOf(wanted)] : [])];
    const names = await readdir(this.ports.folder).catch((): string[] => []);
    await Promise.all(
      names
        .filter((each) => !all.includes(each))
        .map((each) => rm(join(this.ports.folder, each), { recursive: true, force: true })),
    ).catch((error: unknown) => this.ports.observer.failed('sandbox-runner', 'removing old databases', error));
  }

  /** Follows the announcements: what was announced last and is in the blob store is put to use, in its own time. */
  follow(announced: StoredAdvisories | undefined): void {
    this.#want(announced);
    this.#begin();
  }

  #want(announced: StoredAdvisories | undefined): void {
    this.#wanted = announced;
    this.#attempts.of(announced?.database.digest);
    this.#javaAttempts.of(announced?.java?.digest);
  }

  /**
   * Begins with what was announced. An obstacle to the Java database alone does not keep the vulnerability database
   * from use: another attempt is made once the announcements are followed.
   *
   * @throws DatabaseError, BlobFailure as `use`
   */
  async beginWith(announced: StoredAdvisories): Promise<void> {
    this.#want(announced);
    await this.use(announced);
    const { java } = announced;
    if (java) await this.#try(this.#javaAttempts, java, () => this.useJava(java));
  }

  #begin(): void {
    if (this.#isClosed || this.#isWorking) return;
    this.#isWorking = true;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    for (;;) {
      const next = this.#next();
      if (!next) {
        // At once, so that an announcement in the next moment is followed.
        this.#isWorking = false;
        return;
      }
      await next();
    }
  }

  /** The next step towards what is wanted, if one can be made now. */
  #next(): (() => Promise<void>) | undefined {
    const wanted = this.#wanted;
    if (this.#isClosed || !wanted) return undefined;
    const { database, java } = wanted;
    if (!this.#isUsed(database) && this.#attempts.isDue)
      return () => this.#try(this.#attempts, database, () => this.use(wanted));
    return java && this.#present && this.#isJavaDue(java) && this.#javaAttempts.isDue
      ? () => this.#try(this.#javaAttempts, java, () => this.useJava(java))
      : undefined;
  }

  async #try(attempts: Attempts, given: Database | JavaDatabase, use: () => Promise<void>): Promise<void> {
    const name = `the ${attempts === this.#attempts ? '' : 'Java '}database`;
    try {
      await use();
      attempts.succeeded();
      this.ports.progress(`scans with ${name} of ${given.builtAt} (${given.digest})`);
    } catch (error) {
      if (attempts.isFirst)
        this.ports.observer.failed('sandbox-runner', `taking ${name} ${given.digest} into use`, error);
      attempts.failed(given.digest, error);
    }
  }

  /** The demonstration database may be announced as a real one: it is another one then, for what it covers. */
  #isUsed({ digest, demonstration }: Database): boolean {
    const { database } = this.#scanner;
    return digest === database.digest && demonstration === database.demonstration;
  }

  /** A runner with a Java database of its operator takes no other. */
  #isJavaDue({ digest }: JavaDatabase): boolean {
    return ![digest, ownJavaDatabase].includes(this.#scanner.database.java ?? '');
  }

  /** The obstacles that keep the announced databases from use, and what to do, in one line each. */
  notes(): readonly string[] {
    if (!this.#wanted) return [];
    const { database, java } = this.#wanted;
    const { builtAt } = this.#scanner.database;
    const lines: string[] = [];
    if (!this.#isUsed(database)) {
      const { state, remedy } = this.#attempts.obstacle;
      const announced = `the announced database of ${database.builtAt} (${database.digest})`;
      lines.push(withSteps(`${announced} ${state}; that of ${builtAt} serves`, remedy));
    }
    if (java && this.#isJavaDue(java)) {
      const { state, remedy } = this.#javaAttempts.obstacle;
      const announced = `the announced Java database of ${java.builtAt} (${java.digest})`;
      lines.push(
        withSteps(
          `${announced} ${state}; ${this.#java ? 'the one before serves' : 'images with Java archives wait for it'}`,
          remedy,
        ),
      );
    }
    return lines;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#attempts.of(undefined);
    this.#javaAttempts.of(undefined);
    await this.#working;
  }
}

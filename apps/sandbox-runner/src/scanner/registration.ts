import { join } from 'node:path';
import type { Database, Family, OperatingSystem } from '@assay/events';
import type { Settings } from '@assay/settings';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { ReportProgress } from './scanner-error.ts';
import type { ImageScanner } from './scanner.ts';

export interface OpenScanner {
  env: NodeJS.ProcessEnv;
  /** Assay's data folder, `.assay` by default. */
  dataDirectory: string;
  sandbox: Sandbox;
  onProgress?: ReportProgress;
  /** False: fetch nothing; a missing part is an error. */
  fetch?: boolean;
}

export interface InstallScanner {
  /** `<data>/scanners`, absolute. */
  scannersDirectory: string;
  env: NodeJS.ProcessEnv;
  onProgress?: ReportProgress;
}

/** The scanner as `assay doctor` shows it. */
export interface ScannerDescription {
  name: string;
  version: string;
  digest: string;
  path: string;
  source: string;
  driver: string;
  database: { path: string; digest: string; builtAt: string; ageDays: number; demonstration: boolean; source: string };
  /** A build that is too old for a real database, and the steps to take, in one line. */
  outdated?: string;
  /** Possible improvements, with the steps to take. */
  advice: string[];
}

/** A database that was unpacked into a folder, and read to its end. */
export interface CandidateDatabase {
  readonly folder: string;
  readonly database: Database;
  /** The names of the families of which it has advisories. */
  readonly families: readonly string[];
  /** The number of entries of each of its buckets. */
  readonly buckets: ReadonlyMap<string, number>;
  /** The database of Java archives that goes with it, unpacked and read. */
  readonly java?: UnpackedJavaDatabase;
}

export interface UnpackedJavaDatabase {
  readonly folder: string;
  readonly digest: string;
}

export interface OpenedScanner {
  readonly scanner: ImageScanner;
  /**
   * Proves that the scanner finds by another database what that is known for, and returns the scanner with it. The
   * folder must stay for as long as that scanner is used.
   *
   * @throws DatabaseError `database-canary` if it does not
   * @throws SandboxError if the sandbox did not start
   */
  readonly withDatabase: (candidate: CandidateDatabase) => Promise<ImageScanner>;
  /** Proves the scanner in the same way by the database that it was opened with. */
  readonly prove: () => Promise<ImageScanner>;
  readonly describe: (sandbox: Sandbox, now: Date) => ScannerDescription;
}

/** A way to get a scanner, as in `assay scanner install --from`. */
export interface ScannerSource {
  readonly name: 'pip' | 'go';
  readonly version: string;
  /** Form of the program, for the examples of the help. */
  readonly form: string;
  /** How it gets the program, and at what cost. */
  readonly effort: string;
  /** Megabytes to download, if that is all. */
  readonly megabytes?: number;
  /** `process.arch` of the machines that it has a program for; without it, of all. */
  readonly architectures?: readonly string[];
  /** Returns in one line what this machine lacks for it; undefined if nothing. Without it, it needs nothing known. */
  readonly lacking?: (env: NodeJS.ProcessEnv) => Promise<string | undefined>;
  /** @throws ScannerError with a remedy */
  readonly install: (options: InstallScanner) => Promise<string>;
}

/** The build that the images of docker/Dockerfile contain, in a stage with the name of the scanner. */
export interface ScannerBuild {
  readonly version: string;
  /** Path of the Go package. */
  readonly module: string;
  /** Path of its module. */
  readonly root: string;
  /** The hash of the module, as in a go.sum. */
  readonly sum: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly linkerFlags: string;
}

export type IsAdvisedBy = (os: OperatingSystem | undefined, packageType: string) => (bucket: string) => boolean;

/**
 * Everything that the rest of Assay knows about one scanner. It lies in the scanner's own folder and loads the rest of
 * that folder when it is used, so that the command line can name scanners without loading one.
 */
export interface ScannerRegistration {
  /** As in the identity of its scans. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  readonly settings: {
    /** Names the program. If it is set, this scanner is used. */
    readonly program: string;
    /** Names the folder of the vulnerability database. */
    readonly database: string;
  };
  /** All of its settings, those two included. */
  readonly declared: Settings<unknown>;
  /** The default of `assay scanner install` first. */
  readonly sources: readonly [ScannerSource, ...ScannerSource[]];
  /** How to get a current build where the default source lacks something, in one sentence. */
  readonly otherWays: string;
  /** Returns in one line that a version is too old for a real database, with the remedy; undefined if it is not. */
  readonly outdated: (found: {
    readonly version: string;
    readonly source?: string;
    readonly path?: string;
  }) => string | undefined;
  readonly build: ScannerBuild;
  /** The systems whose packages it reads and whose advisories it has. */
  readonly families: readonly Family[];
  /** Returns a test for the buckets of its database, in lower case, with the advisories of a type of packages. */
  readonly isAdvisedBy: () => Promise<IsAdvisedBy>;
  /**
   * Finds the scanner and its database, fetching what is missing.
   *
   * @throws ScannerError with a remedy
   */
  readonly open: (options: OpenScanner) => Promise<OpenedScanner>;
  /**
   * Names the file of the program that would be opened now, with its time and size; undefined if there is none. Reads
   * little, so that a runner can ask often. Absent: another program needs a restart.
   */
  readonly look?: (options: Pick<OpenScanner, 'env' | 'dataDirectory'>) => Promise<string | undefined>;
}

/** The folder for the programs and databases of all scanners. */
export const scannersDirectoryIn = (dataDirectory: string): string => join(dataDirectory, 'scanners');

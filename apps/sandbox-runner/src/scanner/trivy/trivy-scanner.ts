import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Database, PackageInventory, Scanner } from '@assay/events';
import type { Sandbox, SandboxRun } from '../../sandbox/sandbox.ts';
import { LayoutError, readLayout, type LayoutImage } from '../layout.ts';
import type { ExpectedImage, ImageScanner, ScanOptions, ScanOutcome } from '../scanner.ts';
import { stoppedFor, type ScanFault } from '../stopped.ts';
import { checkWhole, documentOf } from './document.ts';
import { normalise, type Normalised } from './normalise.ts';
import { documentPath, readMatch, readReport, ReportError } from './report.ts';
import { writesToItsDatabase } from './version.ts';

export interface TrivyParts {
  sandbox: Sandbox;
  /** Host path of the program. */
  program: string;
  identity: Scanner;
  /** Folder with trivy.db and metadata.json. */
  databaseDirectory: string;
  database: Database;
  /** Folder with the database of Java archives. Without it Trivy fails on every image that has one. */
  javaDirectory?: string;
}

/** The end of stderr, because a program prints there why it stops. */
const messageBytes = 500;

const options = [
  '--offline-scan',
  '--skip-db-update',
  '--skip-java-db-update',
  '--scanners',
  'vuln',
  '--format',
  'json',
  '--list-all-pkgs',
];
const args = ['--cache-dir', '/cache', 'image', '--input', '/input', ...options];
const argsOfDocument = ['--cache-dir', '/cache', 'sbom', ...options, documentPath];

/** Trivy exits with 0 if it knows a system but not its release. Only its log shows that nothing was compared. */
const unknownRelease = ['not on the eol list', 'unsupported os version'] as const;
/** Trivy exits with 0 if it leaves out packages of the system that it could not read. */
const leftOut = ['[dpkg] parse error', '[dpkg] invalid version', '[apk] invalid version'] as const;
const noJavaDatabase = 'unable to initialize the java db';

/**
 * Exit status and output both count: a good report of a program that failed is no result. Our own reason to stop it
 * comes first.
 */
const faultOf = (run: SandboxRun): ScanFault | undefined => {
  const { ended, code, stderr, noticed, isStderrWhole } = run;
  const last = stderr.slice(-messageBytes);
  const stopped = stoppedFor(run, 'scanner');
  if (stopped) return stopped;
  if (ended === 'signalled')
    return { code: 'scanner-crashed', message: `the scanner ended with status ${code}: ${last}` };
  if (code === 1 && noticed.has(noJavaDatabase))
    return {
      code: 'no-java-database',
      message: 'the image has Java archives, but there is no database to recognise them: set ASSAY_TRIVY_JAVA_DB',
    };
  if (code !== 0) return { code: 'scanner-failed', message: `the scanner ended with status ${code}: ${last}` };
  // Its warnings decide on the result, so a log that was not read to its end is not enough.
  if (!isStderrWhole)
    return { code: 'scanner-failed', message: `the errors of the scanner could not be read in full: ${last}` };
  return undefined;
};

const asFault = (error: unknown): { fault: ScanFault } => {
  if (error instanceof LayoutError || error instanceof ReportError)
    return { fault: { code: error.code, message: error.message } };
  throw error;
};

const readOrFault = (layoutDir: string, expected: ExpectedImage): LayoutImage | { fault: ScanFault } => {
  try {
    return readLayout(layoutDir, expected);
  } catch (error) {
    return asFault(error);
  }
};

/** A result is only a whole report about what was given, of a program that ended well. */
const resultOf = (run: SandboxRun, read: (report: Buffer) => Normalised): ScanOutcome => {
  const scannerMs = Math.round(run.wallMs);
  if (run.killedFor === 'cancelled') return { outcome: 'cancelled', scannerMs };
  const fault = faultOf(run);
  if (fault) return { outcome: 'failed', ...fault, scannerMs };
  try {
    const { os, ...report } = read(run.stdout);
    return {
      outcome: 'succeeded',
      ...report,
      ...(os ? { os: unknownRelease.some((phrase) => run.noticed.has(phrase)) ? { ...os, known: false } : os } : {}),
      // Findings are true even if packages were left out; the absence of findings is not.
      ...(leftOut.some((phrase) => run.noticed.has(phrase)) ? { warnings: ['packages-unreadable'] } : {}),
      report: run.stdout,
      scannerMs,
    };
  } catch (error) {
    return { outcome: 'failed', ...asFault(error).fault, scannerMs };
  }
};

/** Runs Trivy, each time in its own sandbox that ends with the scan. */
export class TrivyScanner implements ImageScanner {
  readonly identity: Scanner;
  readonly database: Database;
  readonly #parts: TrivyParts;

  constructor(parts: TrivyParts) {
    this.identity = parts.identity;
    this.database = parts.database;
    this.#parts = parts;
  }

  async scan(layoutDir: string, expected: ExpectedImage, options: ScanOptions): Promise<ScanOutcome> {
    const image = readOrFault(layoutDir, expected);
    if ('fault' in image) return { outcome: 'failed', ...image.fault, scannerMs: 0 };
    return resultOf(await this.#run(args, layoutDir, options), (report) => normalise(readReport(report, image)));
  }

  async rematch(folder: string, inventory: PackageInventory, options: ScanOptions): Promise<ScanOutcome> {
    await mkdir(folder);
    await writeFile(join(folder, basename(documentPath)), JSON.stringify(documentOf(inventory)));
    return resultOf(await this.#run(argsOfDocument, folder, options), (report) => {
      const match = normalise(readMatch(report));
      checkWhole(inventory, match);
      return match;
    });
  }

  #run(words: readonly string[], input: string, { timeoutMs, signal }: ScanOptions): Promise<SandboxRun> {
    const { sandbox, program, databaseDirectory, javaDirectory, identity } = this.#parts;
    const caches = javaDirectory === undefined ? [] : [{ name: 'java-db', path: javaDirectory }];
    const database = { path: databaseDirectory, writable: writesToItsDatabase(identity.version) };
    return sandbox.run(
      {
        program,
        args: words,
        input,
        database,
        caches,
        timeoutMs,
        watchFor: [...unknownRelease, ...leftOut, noJavaDatabase],
      },
      signal,
    );
  }
}

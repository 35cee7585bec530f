import { isSystemError } from '@assay/event-sourcing';
import type { Database, Scanner } from '@assay/events';
import type { KillReason, Sandbox, SandboxRun } from '../../sandbox/sandbox.ts';
import { DiffIdCheck } from '../diff-ids.ts';
import { LayoutError, readLayout, type LayoutImage } from '../layout.ts';
import type { ExpectedImage, FailureCode, ImageScanner, ScanOptions, ScanOutcome } from '../scanner.ts';
import { normalise } from './normalise.ts';
import { readReport, ReportError } from './report.ts';
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

interface Fault {
  code: FailureCode;
  message: string;
}
type Layer = LayoutImage['layers'][number];

const killCodes: Record<Exclude<KillReason, 'cancelled'>, FailureCode> = {
  timeout: 'timeout',
  stdout: 'too-much-output',
  stderr: 'too-much-diagnostics',
  memory: 'out-of-memory',
  processes: 'too-many-processes',
};

/** The end of stderr, because a program prints there why it stops. */
const messageBytes = 500;

const args = [
  '--cache-dir',
  '/cache',
  'image',
  '--input',
  '/input',
  '--offline-scan',
  '--skip-db-update',
  '--skip-java-db-update',
  '--scanners',
  'vuln',
  '--format',
  'json',
  '--list-all-pkgs',
];

/** Trivy exits with 0 if it knows a system but not its release. Only its log shows that nothing was compared. */
const unknownRelease = ['not on the eol list', 'unsupported os version'] as const;
/** Trivy exits with 0 if it leaves out packages of the system that it could not read. */
const leftOut = ['[dpkg] parse error', '[dpkg] invalid version', '[apk] invalid version'] as const;
const noJavaDatabase = 'unable to initialize the java db';

/**
 * Exit status and output both count: a good report of a program that failed is no result. Our own reason to stop it
 * comes first.
 */
const faultOf = ({
  killedFor,
  securityViolation,
  ended,
  code,
  stderr,
  noticed,
  isStderrWhole,
  wallMs,
}: SandboxRun): Fault | undefined => {
  const last = stderr.slice(-messageBytes);
  if (killedFor && killedFor !== 'cancelled')
    return {
      code: killCodes[killedFor],
      message: `the scanner was stopped after ${Math.round(wallMs)} ms (${killedFor})`,
    };
  if (securityViolation)
    return { code: 'security-violation', message: 'the scanner made a forbidden system call and was stopped' };
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

const asFault = (error: unknown): { fault: Fault } => {
  if (error instanceof LayoutError || error instanceof ReportError)
    return { fault: { code: error.code, message: error.message } };
  throw error;
};

const readOrFault = (layoutDir: string, expected: ExpectedImage): LayoutImage | { fault: Fault } => {
  try {
    return readLayout(layoutDir, expected);
  } catch (error) {
    return asFault(error);
  }
};

/** A result is only a whole report about this image, of a program that ended well. */
const resultOf = (run: SandboxRun, image: LayoutImage): ScanOutcome => {
  const scannerMs = Math.round(run.wallMs);
  if (run.killedFor === 'cancelled') return { outcome: 'cancelled', scannerMs };
  const fault = faultOf(run);
  if (fault) return { outcome: 'failed', ...fault, scannerMs };
  try {
    const { os, ...report } = normalise(readReport(run.stdout, image));
    // Findings are true even if packages were left out; the absence of findings is not.
    if (report.findings.length === 0 && leftOut.some((phrase) => run.noticed.has(phrase))) {
      return {
        outcome: 'failed',
        code: 'packages-unreadable',
        message: "the scanner found nothing, and could not read all of the system's packages",
        scannerMs,
      };
    }
    return {
      outcome: 'succeeded',
      ...report,
      ...(os ? { os: unknownRelease.some((phrase) => run.noticed.has(phrase)) ? { ...os, known: false } : os } : {}),
      report: run.stdout,
      scannerMs,
    };
  } catch (error) {
    return { outcome: 'failed', ...asFault(error).fault, scannerMs };
  }
};

/** A good report of an image with false diff ids is not about the image that would run. */
const afterCheck = (
  outcome: Extract<ScanOutcome, { outcome: 'succeeded' }>,
  lie: Layer | undefined | 'not compared',
): ScanOutcome => {
  const failed = (code: FailureCode, message: string): ScanOutcome => ({
    outcome: 'failed',
    code,
    message,
    scannerMs: outcome.scannerMs,
  });
  if (lie === undefined) return outcome;
  if (lie === 'not compared') return failed('timeout', 'the layers could not be compared with their diff ids in time');
  return failed('invalid-image', `the content of layer ${lie.digest} is not ${lie.diffId}, as the config says`);
};

/** Runs Trivy, each time in its own sandbox that ends with the scan. */
export class TrivyScanner implements ImageScanner {
  readonly identity: Scanner;
  readonly database: Database;
  readonly #parts: TrivyParts;
  readonly #diffIds = new DiffIdCheck();

  constructor(parts: TrivyParts) {
    this.identity = parts.identity;
    this.database = parts.database;
    this.#parts = parts;
  }

  async scan(layoutDir: string, expected: ExpectedImage, options: ScanOptions): Promise<ScanOutcome> {
    const image = readOrFault(layoutDir, expected);
    if ('fault' in image) return { outcome: 'failed', ...image.fault, scannerMs: 0 };
    const ended = new AbortController();
    let deadline: NodeJS.Timeout | undefined;
    try {
      // Runs beside the scan, and no longer than its result is of use.
      const checking = AbortSignal.any([ended.signal, ...(options.signal ? [options.signal] : [])]);
      const lie = this.#diffIds
        .lie(image.layers, checking)
        .catch((error: unknown) => (isSystemError(error) ? error : ('not compared' as const)));
      const run = await this.#run(layoutDir, options);
      const outcome = resultOf(run, image);
      if (outcome.outcome !== 'succeeded') return outcome;
      // The rest of the scan's time. The scan began when it got a slot, not when it was requested.
      deadline = setTimeout(() => ended.abort(), Math.max(0, options.timeoutMs - run.wallMs));
      if (options.signal?.aborted) return { outcome: 'cancelled', scannerMs: outcome.scannerMs };
      const found = await lie;
      if (isSystemError(found)) throw found;
      return afterCheck(outcome, found);
    } finally {
      clearTimeout(deadline);
      ended.abort();
    }
  }

  #run(layoutDir: string, { timeoutMs, signal }: ScanOptions): Promise<SandboxRun> {
    const { sandbox, program, databaseDirectory, javaDirectory, identity } = this.#parts;
    const caches = javaDirectory === undefined ? [] : [{ name: 'java-db', path: javaDirectory }];
    const database = { path: databaseDirectory, writable: writesToItsDatabase(identity.version) };
    return sandbox.run(
      {
        program,
        args,
        input: layoutDir,
        database,
        caches,
        timeoutMs,
        watchFor: [...unknownRelease, ...leftOut, noJavaDatabase],
      },
      signal,
    );
  }
}

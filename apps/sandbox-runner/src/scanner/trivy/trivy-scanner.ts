import { randomInt } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { present, setSum, type Database, type PackageInventory, type Scanner } from '@assay/events';
import { inventory } from '@assay/sbom';
import { halvesOf } from '../../domain/halves.ts';
import type { Sandbox, SandboxRun } from '../../sandbox/sandbox.ts';
import { LayoutError, readLayout, type LayoutImage } from '../layout.ts';
import type { ExpectedImage, ImageScanner, MatchingTogether, ScanOptions, ScanOutcome } from '../scanner.ts';
import { stoppedFor, type ScanFault } from '../stopped.ts';
import type { Coverage } from './coverage.ts';
import { checkWhole, documentOf } from './document.ts';
import { normalise, type Normalised } from './normalise.ts';
import { documentPath, readMatch, readReport, ReportError, type TrivyReport } from './report.ts';
import { arranged, checkReferences, sharedDocument, shareOf, type RunShare } from './together.ts';
import { writesToItsDatabase } from './version.ts';

export interface TrivyParts {
  sandbox: Sandbox;
  /** Host path of the program. */
  program: string;
  identity: Scanner;
  /** Folder with trivy.db and metadata.json. */
  databaseDirectory: string;
  database: Database;
  coverage: Coverage;
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
      message:
        'the image has Java archives, but there is no database to recognise them: take one by `assay database ' +
        'update`, or set ASSAY_TRIVY_JAVA_DB',
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
const resultOf = (coverage: Coverage, run: SandboxRun, read: (report: Buffer) => Normalised): ScanOutcome => {
  const scannerMs = Math.round(run.wallMs);
  if (run.killedFor === 'cancelled') return { outcome: 'cancelled', scannerMs };
  const fault = faultOf(run);
  if (fault) return { outcome: 'failed', ...fault, scannerMs };
  try {
    const { os, ...report } = read(run.stdout);
    const uncovered = coverage.uncoveredIn(os, report.packages);
    return {
      outcome: 'succeeded',
      ...report,
      ...(os ? { os: unknownRelease.some((phrase) => run.noticed.has(phrase)) ? { ...os, known: false } : os } : {}),
      ...(uncovered ? { uncovered } : {}),
      // Findings are true even if packages were left out; the absence of findings is not.
      ...(leftOut.some((phrase) => run.noticed.has(phrase)) ? { warnings: ['packages-unreadable'] } : {}),
      report: run.stdout,
      scannerMs,
    };
  } catch (error) {
    return { outcome: 'failed', ...asFault(error).fault, scannerMs };
  }
};

/** @throws ReportError if a package of the inventory did not take part */
const whole = (given: PackageInventory, report: TrivyReport): Normalised => {
  const match = normalise(report);
  checkWhole(given, match);
  return match;
};

/** The outcomes of inventories in one run. Its warnings may be about any of them. */
const sharedOutcomes = async (
  coverage: Coverage,
  run: SandboxRun,
  shares: readonly RunShare[],
): Promise<ScanOutcome[]> => {
  let report: TrivyReport | undefined;
  const read = (bytes: Buffer): TrivyReport => {
    const found = readMatch(bytes);
    checkReferences(found, shares);
    return found;
  };
  const scannerMs = Math.round(run.wallMs / shares.length);
  const outcomes: ScanOutcome[] = [];
  for (const share of shares) {
    const outcome = resultOf(coverage, run, (bytes) =>
      whole(share.inventory, shareOf((report ??= read(bytes)), share)),
    );
    outcomes.push({ ...(outcome.outcome === 'succeeded' && outcome.warnings ? warned : outcome), scannerMs });
    // Without a report there is none for any of them.
    if (!report) return shares.map(() => present(outcomes[0], 'outcome'));
    // The service goes on meanwhile.
    await setImmediate();
  }
  return outcomes;
};

const warned = {
  outcome: 'failed',
  code: 'packages-unreadable',
  message: 'the scanner left out packages of some inventory',
} as const;

const untrue: ScanOutcome = {
  outcome: 'failed',
  code: 'wrong-artifact',
  message: 'an inventory has other findings alone than with the others of its run',
  scannerMs: 0,
};

const hasMatch = (outcome: ScanOutcome | undefined): boolean => outcome?.outcome === 'succeeded';

/** True if an inventory has the same findings alone and with others. */
const findsSame = (alone: ScanOutcome, shared: ScanOutcome): boolean => {
  if (alone.outcome !== 'succeeded' || shared.outcome !== 'succeeded') return false;
  const [one, other] = [alone, shared].map(({ os, findings, packages }) =>
    JSON.stringify([os, setSum(halvesOf(findings, packages).findings)]),
  );
  return one === other;
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
    const run = await this.#run(args, layoutDir, options);
    return resultOf(this.#parts.coverage, run, (report) => normalise(readReport(report, image)));
  }

  async rematch(folder: string, given: PackageInventory, options: ScanOptions): Promise<ScanOutcome> {
    const run = await this.#match(folder, documentOf(inventory(given.packages, given.os)), options);
    return resultOf(this.#parts.coverage, run, (report) => whole(given, readMatch(report)));
  }

  readonly together: MatchingTogether = {
    arranged,
    match: async (folder, inventories, options) => {
      const alone = (at: number): Promise<ScanOutcome> =>
        this.rematch(join(folder, `alone-${at}`), present(inventories[at], 'inventory'), options);
      await mkdir(folder);
      if (inventories.length < 2) return Promise.all(inventories.map((_, at) => alone(at)));
      const { document, shares } = sharedDocument(inventories);
      const drawn = randomInt(inventories.length);
      const [run, first] = await Promise.all([this.#match(join(folder, 'together'), document, options), alone(drawn)]);
      const outcomes = await sharedOutcomes(this.#parts.coverage, run, shares);
      // One that had no match with the others is no control.
      const control = hasMatch(outcomes[drawn]) ? drawn : outcomes.findIndex(hasMatch);
      if (control < 0) return outcomes.with(drawn, first);
      const controlled = control === drawn ? first : await alone(control);
      const isTrue = findsSame(controlled, present(outcomes[control], 'outcome of the control'));
      return (isTrue ? outcomes : outcomes.map(() => untrue)).with(drawn, first).with(control, controlled);
    },
  };

  async #match(folder: string, document: object, options: ScanOptions): Promise<SandboxRun> {
    await mkdir(folder);
    await writeFile(join(folder, basename(documentPath)), JSON.stringify(document));
    return this.#run(argsOfDocument, folder, options);
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

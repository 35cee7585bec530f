import { join } from 'node:path';
import type { RunnerState, ServicePorts } from '@assay/event-sourcing';
import type { Bench } from './domain/state.ts';
import { measuredWalls } from './measured.ts';
import {
  findSandbox,
  SandboxError,
  selfTest,
  summarizeBounds,
  type Sandbox,
  type SelfTestReport,
} from './sandbox/index.ts';
import { withKnownSystems } from './scanner/known-systems.ts';
import { openWitness, witnessed, type ImageWitness } from './witness/index.ts';
import type { OpenedBuild } from './scanner/builds.ts';
import type { OpenedScanner, ScannerRegistration } from './scanner/registration.ts';
import type { ImageScanner } from './scanner/scanner.ts';
import { scannerFor } from './scanner/scanners.ts';

export interface OpenedScanEnvironment extends Bench {
  readonly sandbox: Sandbox;
  readonly imageScanner: ImageScanner;
  readonly imageWitness: ImageWitness;
  readonly witnessVersion: string;
  /** The attacks that were tried from within the sandbox, all of them stopped. */
  readonly walls: RunnerState['walls'];
  readonly triedAt: string;
  readonly registration: ScannerRegistration;
  /** Proves another database, and returns the scanner with it, as witnessed as this one. */
  readonly withDatabase: OpenedScanner['withDatabase'];
  /** Names the file of the program, as it was before this was opened. */
  readonly file: string | undefined;
  readonly look: () => Promise<string | undefined>;
  /** Opens the program that is there now, and fetches none. */
  readonly reopen: () => Promise<OpenedBuild>;
}

/**
 * The walls of a sandbox, as its self-test found them. A missing one is published as a metric before the refusal, since
 * the process ends by it.
 *
 * @throws SandboxError if a wall is missing
 */
export const proven = ({ driver, passed, checks }: SelfTestReport): RunnerState['walls'] => {
  const walls = checks.map(({ name, held, detail }) => ({ name, stands: held, detail }));
  if (passed) return walls;
  measuredWalls(walls);
  const missing = walls.filter(({ stands }) => !stands).map(({ name }) => name);
  const refusal = new SandboxError(
    'sandbox-cannot-start',
    `the ${driver} sandbox failed its self-test: ${missing.join(', ')}`,
    'run `assay doctor` and see which wall is missing on this machine',
  );
  // The process lets Prometheus read the metric before it ends.
  throw Object.assign(refusal, { measured: true });
};

/**
 * Finds a sandbox, proves that its walls stand, and finds the scanner with its database.
 *
 * @throws SandboxError, ScannerError with a code and a remedy: without both nothing is scanned
 */
export const openScanEnvironment = async ({
  env,
  home,
  progress,
}: Pick<ServicePorts, 'env' | 'home' | 'progress'>): Promise<OpenedScanEnvironment> => {
  const sandbox = await findSandbox(env as NodeJS.ProcessEnv);
  progress(summarizeBounds(sandbox.driver, sandbox.bounds));
  const registration = scannerFor(env);
  const options = { env: env as NodeJS.ProcessEnv, dataDirectory: home, sandbox };
  const look = async (): Promise<string | undefined> => registration.look?.(options);
  const file = await look();
  const [report, imageWitness, opened] = await Promise.all([
    selfTest(sandbox),
    openWitness(sandbox, home),
    registration.open({ ...options, onProgress: progress }),
  ]);
  const { scanner } = opened;
  const walls = proven(report);
  const complete = (each: ImageScanner): ImageScanner => witnessed(withKnownSystems(each, registration), imageWitness);
  const completed = (opened: Pick<OpenedScanner, 'withDatabase' | 'prove'>): typeof opened => ({
    withDatabase: async (candidate) => complete(await opened.withDatabase(candidate)),
    prove: async () => complete(await opened.prove()),
  });
  return {
    sandbox,
    imageScanner: complete(scanner),
    withDatabase: completed(opened).withDatabase,
    file,
    look,
    reopen: async () => {
      const build = await registration.open({ ...options, fetch: false });
      return { scanner: build.scanner.identity, ...completed(build) };
    },
    imageWitness,
    registration,
    scanner: scanner.identity,
    database: scanner.database,
    driver: sandbox.driver,
    witnessVersion: imageWitness.version,
    walls,
    triedAt: new Date().toISOString(),
  };
};

export const layoutsIn = (folder: string): string => join(folder, 'layouts');

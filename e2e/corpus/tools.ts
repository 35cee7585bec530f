import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const executed = promisify(execFile);
const mebibyte = 2 ** 20;

/** Tools and downloads that later runs use again. */
export const cache = join(tmpdir(), 'assay-corpus-cache');

let scratch: string | undefined;
/** An empty folder, until the process ends. */
export const emptyFolder = async (prefix: string): Promise<string> => {
  if (scratch === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'assay-corpus-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    scratch = made;
  }
  return mkdtemp(join(scratch, `${prefix}-`));
};

/** `npm run` hands its own settings to what it starts; a tool of a recipe must not see them. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_(ENV|OPTIONS)$/i.test(name)),
);

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end.
 * @returns its output
 * @throws Error with the end of its messages if it fails
 */
export const run = async (program: string, args: readonly string[], options: RunOptions = {}): Promise<string> => {
  try {
    const { stdout } = await executed(program, args, {
      ...options,
      maxBuffer: 64 * mebibyte,
      env: { ...inherited, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive', ...options.env },
    });
    return stdout;
  } catch (error) {
    const { stderr = '', stdout = '', message } = error as Error & { stderr?: string; stdout?: string };
    throw new Error(`${program} ${args.join(' ')}: ${(stderr || stdout || message).trim().slice(-400)}`);
  }
};

/** Runs lines of a shell; the first that fails ends it. */
export const shell = (script: string, options: RunOptions = {}): Promise<string> =>
  run('bash', ['--norc', '-euo', 'pipefail', '-c', script], options);

/** Lines of a shell: skopeo, which needs no policy of the machine. */
export const skopeo = 'skopeo --insecure-policy copy --quiet';
/** Lines of a shell: the layout `base` with one layer, packed by umoci from `root`. */
export const umociBase =
  'umoci init --layout base; umoci new --image base:v1; umoci unpack --image base:v1 bundle; ' +
  'cp -a root/. bundle/rootfs; umoci repack --image base:v1 bundle; ';

/** The Debian packages of programs that have other names. */
const packageOf: Readonly<Record<string, string>> = {
  bsdtar: 'libarchive-tools',
  setfacl: 'acl',
  setfattr: 'attr',
  setcap: 'libcap2-bin',
  rpmbuild: 'rpm',
  gem: 'ruby',
  mvn: 'maven',
  javac: 'default-jdk-headless',
  php: 'php-cli',
  busybox: 'busybox-static',
};

let installed: Promise<unknown> = Promise.resolve();
/** Installs the programs that are missing, one call after another, as apt allows. */
export const needs = async (...programs: readonly string[]): Promise<void> => {
  const last = installed.catch(() => undefined);
  installed = last.then(async () => {
    const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
    const missing = programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
    if (missing.length === 0) return;
    await run('apt-get', ['update', '-qq']);
    const packages = missing.map((name) => packageOf[name] ?? name);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  });
  await installed;
};

const making = new Map<string, Promise<string>>();
/** The folder of something that is made once, for all recipes and later runs. */
export const cached = (name: string, make: (folder: string) => Promise<unknown>): Promise<string> => {
  const made = async (): Promise<string> => {
    const folder = join(cache, name);
    if (existsSync(folder)) return folder;
    const unfinished = `${folder}.${process.pid}`;
    await mkdir(unfinished, { recursive: true });
    try {
      await make(unfinished);
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return folder;
  };
  const one = making.get(name) ?? made();
  making.set(name, one);
  return one;
};

/** A program of an npm package, of exactly this version. */
export const npmProgram = async (name: string, version: string, program = name): Promise<string> => {
  const folder = await cached(`npm-${name.replace('/', '-')}-${version}`, (into) =>
    run('npm', ['install', '--prefix', into, '--no-audit', '--no-fund', `${name}@${version}`]),
  );
  return join(folder, 'node_modules/.bin', program);
};

/** A program of a Go module, of exactly this version. */
export const goProgram = async (module: string, version: string): Promise<string> => {
  const name = module.slice(module.lastIndexOf('/') + 1);
  const folder = await cached(`go-${name}-${version}`, (into) =>
    run('go', ['install', `${module}@${version}`], { env: { GOBIN: into, CGO_ENABLED: '0' } }),
  );
  return join(folder, name);
};

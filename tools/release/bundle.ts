import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The `package.json` in a folder. */
export const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

export const { version } = manifestIn(root);

/** The time of the commit in seconds, so that what is made of one commit is the same bytes. */
export const epoch = (): string =>
  process.env['SOURCE_DATE_EPOCH'] ??
  execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();

/** True for the compiled code of this repository. */
export const isOurs = (id: string): boolean => id.startsWith(`${root}/apps/`) || id.startsWith(`${root}/libs/`);

/** The folder of a package that is put together here, empty. */
export const staged = (out: string, name: string): string => {
  const folder = join(out, '.staged', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return folder;
};

/**
 * Packs a folder as npm does: the same files give the same bytes.
 * @returns the path of the tarball
 */
export const packed = (out: string, folder: string, manifest: object): string => {
  const content = { version, license: manifestIn(root).license, type: 'module', ...manifest };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
  const printed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out], {
    cwd: folder,
    encoding: 'utf8',
  });
  return join(out, printed.trim().split('\n').at(-1)!);
};

const packageOf = (module: string): string | undefined =>
  /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.[0];

/** The license of each library among bundled modules. */
export const licensesOf = (modules: readonly string[]): string =>
  [...new Set(modules.map(packageOf))]
    .filter((folder) => folder !== undefined)
    .toSorted()
    .map((folder) => {
      const { name, version: of, license: kind } = manifestIn(folder);
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      return `${name} ${of} (${kind})\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);

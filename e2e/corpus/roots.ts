import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { layoutOf, sha256 } from '../../apps/sandbox-runner/test/layouts.ts';
import type { OraclePackage } from './recipe.ts';
import { emptyFolder, run } from './tools.ts';

/** Writes files below a folder, by their paths. */
export const written = async (folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
};

interface Deb {
  readonly name: string;
  readonly version: string;
  readonly source?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Builds a package by dpkg-deb. @returns its path */
export const debOf = async (folder: string, { name, version, source = name, files = {} }: Deb): Promise<string> => {
  const tree = join(folder, `${name}_${version.replace(':', '')}`);
  await written(tree, {
    'DEBIAN/control':
      `Package: ${name}\nVersion: ${version}\nSource: ${source}\nArchitecture: amd64\n` +
      'Maintainer: Corpus <corpus@example.org>\nDescription: a package of the corpus\n',
    [`usr/share/doc/${name}/copyright`]: 'CC0-1.0\n',
    ...files,
  });
  await run('dpkg-deb', ['--build', '--root-owner-group', tree, `${tree}.deb`]);
  return `${tree}.deb`;
};

/** Calls dpkg for a root. */
export const dpkg = (root: string, ...args: readonly string[]): Promise<string> =>
  run('dpkg', ['--root', root, '--force-depends', ...args]);

/** Versions of Debian 12. The last one belongs to a source package of another version. */
const ofDebian: readonly Deb[] = [
  { name: 'apt', version: '2.6.1', files: { 'usr/bin/apt': 'apt\n' } },
  { name: 'bash', version: '5.2.15-2+b7', source: 'bash (5.2.15-2)', files: { 'usr/bin/bash': 'bash\n' } },
  { name: 'libssl3', version: '3.0.15-1~deb12u1', source: 'openssl' },
  { name: 'libgcc-s1', version: '12.2.0-14', source: 'gcc-12' },
  { name: 'login', version: '1:4.13+dfsg1-1+b1', source: 'shadow (1:4.13+dfsg1-1)' },
];

const debianBase = async (): Promise<string> => {
  const folder = await emptyFolder('base');
  const root = join(folder, 'root');
  const release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n';
  await written(root, {
    'etc/os-release': release,
    'etc/debian_version': '12.8\n',
    'var/lib/dpkg/status': '',
    'var/lib/dpkg/info/format': '1\n',
  });
  await mkdir(join(root, 'var/lib/dpkg/updates'));
  const debs = [];
  for (const deb of ofDebian) debs.push(await debOf(folder, deb));
  await dpkg(root, '--install', ...debs);
  return root;
};
let base: Promise<string> | undefined;

/** A small Debian 12, installed by dpkg into a new folder. */
export const debianRoot = async (folder: string, root = join(folder, 'root')): Promise<string> => {
  base ??= debianBase();
  await run('cp', ['-a', await base, root]);
  return root;
};

/** The packages of which dpkg has something on the disk. */
export const dpkgQuery = async (root: string, bucket = 'debian 12'): Promise<OraclePackage[]> => {
  const format = '${db:Status-Status}\\t${Package}\\t${Version}\\t${source:Package}\\n';
  const lines = await run('dpkg-query', ['--admindir', join(root, 'var/lib/dpkg'), '--show', '--showformat', format]);
  return lines
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([status]) => status !== 'config-files' && status !== 'not-installed')
    .map(([, name = '', version = '', advised = '']) => ({ bucket, name, version, advised }));
};

const zipped = promisify(gzip);
/** A layout whose layers are these archives. */
export const layoutOfTars = async (folder: string, ...tars: readonly string[]): Promise<string> => {
  const layers = [];
  for (const tar of tars) {
    const bytes = await readFile(tar);
    layers.push({ blob: await zipped(bytes, { level: 1 }), diffId: sha256(bytes) });
  }
  return (await layoutOf(folder, layers)).path;
};

/** A layout of one layer, which tar packs from a root. */
export const tarred = async (folder: string, root: string, ...args: readonly string[]): Promise<string> => {
  const archive = join(folder, 'layer.tar');
  await run('tar', ['--create', '--file', archive, ...args, '--directory', root, '.']);
  return layoutOfTars(folder, archive);
};

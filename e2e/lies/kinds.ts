import { DatabaseSync } from 'node:sqlite';
import { debian, dpkgPackage, osRelease, vulnerable } from '../../apps/sandbox-runner/test/layouts.ts';
import { rpmFile } from '../../apps/sandbox-runner/test/rpm-databases.ts';
import { cycloneDx, spdx } from './bills.ts';
import { layer, plain, whiteout, type LayerPart, type LayerPlan } from './layers.ts';

/** A trick that does not exist for a kind. */
export interface Impossible {
  readonly impossible: `cannot occur, because ${string}` | `is left over, because ${string}`;
}

export const cannot = (because: string): Impossible => ({ impossible: `cannot occur, because ${because}` });

/** The lies of docs/security.md, "Left over". */
const leftOver: Impossible = {
  impossible: 'is left over, because a setting moves a list that is not read, and only its usual place is a doubt then',
};

export const isImpossible = (value: unknown): value is Impossible =>
  typeof value === 'object' && value !== null && 'impossible' in value;

/** A kind of package database, or of manifest, and an image that uses it. */
export interface InventoryKind {
  readonly name: string;
  /** The file with the vulnerable package, where its package manager reads it. */
  readonly path: string;
  /** The folder of the whole database. */
  readonly folder: string;
  /** The file's content with the vulnerable package, and without it. */
  readonly content: string | Buffer;
  readonly clean: string | Buffer;
  /** Bytes that only the vulnerable package has. */
  readonly needle: string;
  /** Layers below all others. */
  readonly below: readonly LayerPlan[];
  /** A harmless Debian that scanners see while they do not see `path`. */
  readonly facade: readonly LayerPart[];
  /** True for a manifest that only vouches for packages: the list of the system is gone. */
  readonly vouches: boolean;
  /** The content in which the package is marked for removal and still installed. */
  readonly marked: string | Impossible;
  /** The content with a line that is longer than readers expect, before the vulnerable package. */
  readonly cut: string | Impossible;
  /** A long field that may stand before all others, if the list is text. */
  readonly head?: string;
  /** A place to which the image's settings move the database. */
  readonly moved:
    | { readonly path: string; readonly parts: readonly LayerPart[]; readonly config?: object }
    | Impossible;
  /** A file that adds a vulnerable package to those of `base`. */
  readonly journal:
    | {
        readonly base: string | Buffer;
        readonly path: string;
        readonly content: string | Buffer;
        readonly needle: string;
        /** Files that name the system to which the database belongs, if it is no Debian. */
        readonly named?: readonly LayerPart[];
      }
    | Impossible;
}

const longLine = 200_000;
const long = 'x'.repeat(longLine);

/** A Debian by its names only. */
export const named = debian().slice(0, 2);
const harmless = dpkgPackage('apt') + dpkgPackage('bash');
/** The harmless Debian of all kinds but dpkg's own list: a clean list in its usual place. */
const cleanDebian: readonly LayerPart[] = [...named, plain('var/lib/dpkg/status', harmless)];

const apkPackage = (name: string, version: string, origin = name, text = 'a package'): string =>
  `C:Q1aaaaaaaaaaaaaaaaaaaaaaaaaaa=\nP:${name}\nV:${version}\nA:x86_64\nT:${text}\nL:MIT\no:${origin}\n` +
  `F:bin\nR:${name}\n\n`;
const apkTools = apkPackage('apk-tools', '9.9.9-r1');
const toybox = apkPackage('toybox', '9.9.9-r1');
const libcrypto = apkPackage('libcrypto3', '3.3.0-r0', 'openssl');

const emptySqlite = (): Buffer => {
  const database = new DatabaseSync(':memory:');
  database.exec("create table 'Packages' (hnum integer primary key autoincrement, blob blob not null)");
  const bytes = Buffer.from(database.serialize());
  database.close();
  return bytes;
};

/** An ndb file with one page of slots, all free. */
const emptyNdb = (): Buffer => {
  const page = Buffer.alloc(4096);
  page.write('RpmP', 0, 'latin1');
  [0, 1, 1, 2].forEach((value, at) => page.writeUInt32LE(value, 4 + 4 * at));
  for (let slot = 32; slot < page.length; slot += 16) page.write('Slot', slot, 'latin1');
  return page;
};

const opkgPackage = (name: string, version: string, status = 'install user installed', text = 'a package'): string =>
  `Package: ${name}\nVersion: ${version}\nDescription: ${text}\nStatus: ${status}\nArchitecture: x86_64\n\n`;

const pacmanPackage = (text = 'a package'): string =>
  `%NAME%\nopenssl\n\n%DESC%\n${text}\n\n%VERSION%\n3.5.1-1\n\n%ARCH%\nx86_64\n\n`;

const binary = cannot('the database is binary and has no lines');

/** A database of a package manager under a harmless Debian. */
const database = (
  kind: Omit<InventoryKind, 'below' | 'facade' | 'vouches'> & Partial<Pick<InventoryKind, 'facade'>>,
): InventoryKind => ({ below: [], facade: cleanDebian, vouches: false, ...kind });

const rpm = (
  kind: Pick<InventoryKind, 'name' | 'path' | 'content' | 'clean' | 'needle' | 'journal'>,
): InventoryKind => {
  const file = kind.path.slice(kind.path.lastIndexOf('/') + 1);
  return database({
    ...kind,
    folder: kind.path.slice(0, kind.path.lastIndexOf('/')),
    marked: cannot('rpm has no marks: a package is in the database, or not'),
    cut: binary,
    moved:
      kind.name === 'rpm BerkeleyDB'
        ? leftOver
        : { path: `opt/rpm/${file}`, parts: [plain('etc/rpm/macros', '%_dbpath /opt/rpm\n')] },
  });
};

/**
 * A manifest of a language, or a bill of materials, that names a package manager and a shell. The list of the system
 * has a vulnerable package, and a layer removes it.
 */
const voucher = (
  kind: Pick<InventoryKind, 'name' | 'path' | 'content' | 'clean' | 'cut'> & { readonly mate?: LayerPart },
): InventoryKind => ({
  folder: kind.path.slice(0, kind.path.lastIndexOf('/')),
  needle: 'apt',
  below: [layer(...debian(harmless, vulnerable)), layer(whiteout('var/lib/dpkg/status'))],
  facade: [...named, ...(kind.mate === undefined ? [] : [kind.mate])],
  vouches: true,
  marked: cannot('a manifest has no marks of removal'),
  moved: { path: `opt/elsewhere/${kind.path}`, parts: [] },
  journal: cannot('a manifest has no journal'),
  ...kind,
});

const nodeManifest = (name: string, more: object = {}): string => JSON.stringify({ name, version: '1.0.0', ...more });
const pythonMetadata = (name: string, text = 'a package'): string =>
  `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0.0\nSummary: ${text}\n\n`;
const libssl = (status: string, text = 'a package'): string =>
  vulnerable.replace('install ok installed', status).replace('Description: a package', `Description: ${text}`);

/** Every kind, in the order of the table. */
export const kinds: readonly InventoryKind[] = [
  database({
    name: 'dpkg status',
    head: `X-Long: ${long}\n`,
    path: 'var/lib/dpkg/status',
    folder: 'var/lib/dpkg',
    content: harmless + vulnerable,
    clean: harmless,
    needle: 'libssl3',
    facade: [...named, plain('var/lib/dpkg/status.d/x', harmless)],
    marked: harmless + libssl('deinstall ok installed'),
    cut: harmless + `X-Long: ${long}\n` + vulnerable,
    moved: {
      path: 'opt/dpkg/status',
      parts: [plain('etc/dpkg/dpkg.cfg', 'admindir /opt/dpkg\n')],
      config: { config: { Env: ['DPKG_ADMINDIR=/opt/dpkg'] } },
    },
    journal: { base: harmless, path: 'var/lib/dpkg/updates/0000', content: vulnerable, needle: 'libssl3' },
  }),
  database({
    name: 'dpkg status.d',
    head: `X-Long: ${long}\n`,
    path: 'var/lib/dpkg/status.d/libssl3',
    folder: 'var/lib/dpkg/status.d',
    content: vulnerable,
    clean: dpkgPackage('tzdata'),
    needle: 'libssl3',
    marked: libssl('deinstall ok installed'),
    cut: `X-Long: ${long}\n${vulnerable}`,
    moved: { path: 'opt/dpkg/status.d/libssl3', parts: [] },
    journal: cannot('a folder of files has no journal'),
  }),
  database({
    name: 'apk lib/apk',
    head: `T:${long}\n`,
    path: 'lib/apk/db/installed',
    folder: 'lib/apk/db',
    content: apkTools + toybox + libcrypto,
    clean: apkTools + toybox,
    needle: 'libcrypto3',
    marked: cannot('apk keeps what is wanted in etc/apk/world, apart from what is installed'),
    cut: apkTools + apkPackage('toybox', '9.9.9-r1', 'toybox', long) + libcrypto,
    moved: { path: 'opt/root/lib/apk/db/installed', parts: [] },
    journal: cannot('apk writes its list as a whole'),
  }),
  database({
    name: 'apk usr/lib/apk',
    head: `T:${long}\n`,
    path: 'usr/lib/apk/db/installed',
    folder: 'usr/lib/apk/db',
    content: apkTools + toybox + libcrypto,
    clean: apkTools + toybox,
    needle: 'libcrypto3',
    marked: cannot('apk keeps what is wanted in etc/apk/world, apart from what is installed'),
    cut: apkTools + apkPackage('toybox', '9.9.9-r1', 'toybox', long) + libcrypto,
    moved: { path: 'opt/root/usr/lib/apk/db/installed', parts: [] },
    journal: cannot('apk writes its list as a whole'),
  }),
  rpm({
    name: 'rpm sqlite',
    path: 'var/lib/rpm/rpmdb.sqlite',
    content: rpmFile('mariner2-journal.rpmdb.sqlite.zst'),
    clean: emptySqlite(),
    needle: 'zlib',
    journal: {
      base: rpmFile('mariner2-journal.rpmdb.sqlite.zst'),
      path: 'var/lib/rpm/rpmdb.sqlite-wal',
      content: rpmFile('mariner2-journal.rpmdb.sqlite-wal.zst'),
      needle: 'openssl-libs',
      named: [osRelease('rocky', '9.3'), plain('etc/rocky-release', 'Rocky Linux release 9.3 (Blue Onyx)\n')],
    },
  }),
  rpm({
    name: 'rpm ndb',
    path: 'usr/lib/sysimage/rpm/Packages.db',
    content: rpmFile('sle15-bci.Packages.db.zst'),
    clean: emptyNdb(),
    needle: 'libz1',
    journal: cannot('ndb has no journal'),
  }),
  rpm({
    name: 'rpm BerkeleyDB',
    path: 'var/lib/rpm/Packages',
    content: rpmFile('el8-libuuid.Packages.zst'),
    clean: '',
    needle: 'libuuid',
    journal: cannot('rpm opens BerkeleyDB without a journal'),
  }),
  database({
    name: 'pacman',
    path: 'var/lib/pacman/local/openssl-3.5.1-1/desc',
    folder: 'var/lib/pacman/local',
    content: pacmanPackage(),
    clean: '',
    needle: 'openssl',
    marked: cannot('pacman has no marks of removal'),
    cut: pacmanPackage(long),
    moved: leftOver,
    journal: cannot('pacman has no journal'),
  }),
  database({
    name: 'portage',
    path: 'var/db/pkg/dev-libs/openssl-3.5.1/PF',
    folder: 'var/db/pkg',
    content: 'openssl-3.5.1\n',
    clean: '',
    needle: 'openssl',
    marked: cannot('portage has no marks of removal'),
    cut: cannot('the folder names the package, and no line is read for it'),
    moved: leftOver,
    journal: cannot('portage has no journal'),
  }),
  database({
    name: 'opkg',
    head: `X-Long: ${long}\n`,
    path: 'usr/lib/opkg/status',
    folder: 'usr/lib/opkg',
    content: opkgPackage('opkg', '1.0-1') + opkgPackage('libopenssl3', '3.5.1-1'),
    clean: opkgPackage('opkg', '1.0-1'),
    needle: 'libopenssl3',
    marked: opkgPackage('opkg', '1.0-1') + opkgPackage('libopenssl3', '3.5.1-1', 'deinstall user installed'),
    cut: opkgPackage('opkg', '1.0-1', 'install user installed', long) + opkgPackage('libopenssl3', '3.5.1-1'),
    moved: {
      path: 'opt/opkg/status',
      parts: [plain('etc/opkg/opkg.conf', 'option status_file /opt/opkg/status\n')],
    },
    journal: cannot('opkg has no journal'),
  }),
  voucher({
    name: 'node manifest',
    path: 'usr/lib/node_modules/apt/package.json',
    content: nodeManifest('apt'),
    clean: nodeManifest('x'),
    cut: nodeManifest('apt', { description: long }),
    mate: plain('usr/lib/node_modules/bash/package.json', nodeManifest('bash')),
  }),
  voucher({
    name: 'python manifest',
    path: 'usr/lib/python3/dist-packages/apt-1.0.0.dist-info/METADATA',
    content: pythonMetadata('apt'),
    clean: pythonMetadata('x'),
    cut: pythonMetadata('apt', long),
    mate: plain('usr/lib/python3/dist-packages/bash-1.0.0.dist-info/METADATA', pythonMetadata('bash')),
  }),
  voucher({
    name: 'CycloneDX',
    path: 'usr/share/sbom/x.cdx.json',
    content: cycloneDx('apt', 'bash'),
    clean: cycloneDx(),
    cut: cycloneDx('apt', 'bash').replace('{', `{"$comment":"${long}",`),
  }),
  voucher({
    name: 'SPDX',
    path: 'opt/bitnami/x/.spdx-x.spdx',
    content: spdx('apt', 'bash'),
    clean: spdx(),
    cut: spdx('apt', 'bash').replace('{', `{"comment":"${long}",`),
  }),
];

/** Another system's name over the same files. */
export const otherSystems: Readonly<Record<string, readonly LayerPart[]>> = {
  'os-release of Wolfi': [osRelease('wolfi', '20230201')],
  'alpine-release edge': [plain('etc/alpine-release', 'edge\n')],
};

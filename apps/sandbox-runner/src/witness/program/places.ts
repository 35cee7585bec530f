import type { DatabaseKind } from './answer.ts';

/** A place in which a package manager looks for its database. */
export interface Place {
  readonly kind: DatabaseKind;
  readonly path: string;
  /**
   * `file` is one list. `folder` has a list in each file. `journal` has changes to the list before it in each file, in
   * the order of their names. `presence` is a folder whose entries are packages, which are not read.
   */
  readonly is: 'file' | 'folder' | 'journal' | 'presence';
}

const rpmFolders = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'] as const;
const rpmFiles = ['rpmdb.sqlite', 'Packages.db', 'Packages'] as const;

/**
 * The places, from the manuals of the package managers: dpkg(1) and its `updates` journal, distroless images
 * (`status.d`), apk-tools 2 and 3, rpm's `_dbpath` in its versions, pacman(8), portage's `vdb`, opkg's `lists_dir`.
 */
export const places: readonly Place[] = [
  { kind: 'dpkg', path: 'var/lib/dpkg/status', is: 'file' },
  { kind: 'dpkg', path: 'var/lib/dpkg/updates', is: 'journal' },
  { kind: 'dpkg', path: 'var/lib/dpkg/status.d', is: 'folder' },
  { kind: 'apk', path: 'lib/apk/db/installed', is: 'file' },
  { kind: 'apk', path: 'usr/lib/apk/db/installed', is: 'file' },
  ...rpmFolders.flatMap((folder) =>
    rpmFiles.map((file): Place => ({ kind: 'rpm', path: `${folder}/${file}`, is: 'file' })),
  ),
  { kind: 'rpm', path: 'var/lib/rpmmanifest/container-manifest-2', is: 'file' },
  { kind: 'pacman', path: 'var/lib/pacman/local', is: 'presence' },
  { kind: 'portage', path: 'var/db/pkg', is: 'presence' },
  { kind: 'opkg', path: 'usr/lib/opkg/status', is: 'file' },
  { kind: 'opkg', path: 'var/lib/opkg/status', is: 'file' },
  { kind: 'opkg', path: 'opt/lib/opkg/status', is: 'file' },
];

/** Places and every folder on their way: a link or a file there changes what the package manager sees. */
export const waysTo = (some: readonly Place[]): ReadonlySet<string> =>
  new Set(some.flatMap(({ path }) => path.split('/').map((_, depth, parts) => parts.slice(0, depth + 1).join('/'))));

export const ways: ReadonlySet<string> = waysTo(places);

/** True for a place of any system, for what is below it, and for the folders on its way. */
export const isOnTheWay = (path: string): boolean =>
  path === '' || ways.has(path) || places.some((place) => path.startsWith(`${place.path}/`));

/** The logs of a database of SQLite: changes that are not in the database yet, or that are to be taken back. */
export const logsOf = (path: string): readonly string[] => [`${path}-wal`, `${path}-journal`];

/** True for a log of a database that a package manager reads. */
export const isLog = (path: string): boolean => /(?:^|\/)rpmdb\.sqlite-(?:wal|journal)$/.test(path);

/** The place at a path or, for the files of a folder, above it. */
export const placeAt = (path: string): Place | undefined =>
  places.find((place) =>
    place.is === 'file'
      ? place.path === path
      : place.is !== 'presence' && path.startsWith(`${place.path}/`) && !path.endsWith('.md5sums'),
  );

/** The folder of the package to which a file belongs, at places whose packages are folders. */
export const packageFolderOf = (path: string): string | undefined => {
  const place = places.find((each) => each.is === 'presence' && path.startsWith(`${each.path}/`));
  const [name, ...rest] = place ? path.slice(place.path.length + 1).split('/') : [];
  return place && rest.length > 0 ? `${place.path}/${name}` : undefined;
};

/** Copies that package managers and their daily jobs keep, of what was installed before. */
export const isBackup = (path: string): boolean =>
  path === 'var/lib/dpkg/status-old' || /^var\/backups\/dpkg\.status\.\d+(\.gz)?$/.test(path);

/** Files that name the system (os-release(5), and the files that were before it). */
export const statementFiles: ReadonlySet<string> = new Set([
  'etc/os-release',
  'usr/lib/os-release',
  'etc/debian_version',
  'etc/alpine-release',
]);

import { expect, it } from 'vitest';
import { isBackup, isLog, isOnTheWay, logsOf, packageFolderOf, placeAt, places, ways } from './places.ts';

it('a place is at its path, and for folders at all files below', () => {
  expect(placeAt('var/lib/dpkg/status')).toMatchObject({ kind: 'dpkg', is: 'file' });
  expect(placeAt('var/lib/dpkg/status.d/base')).toMatchObject({ kind: 'dpkg', is: 'folder' });
  expect(placeAt('var/lib/dpkg/status.d/a/b')).toMatchObject({ is: 'folder' });
  expect(placeAt('var/lib/dpkg/updates/0001')).toMatchObject({ kind: 'dpkg', is: 'journal' });
  expect(placeAt('usr/lib/sysimage/rpm/Packages.db')).toMatchObject({ kind: 'rpm' });
  for (const path of [
    'var/lib/dpkg/status.d',
    'var/lib/dpkg/status.d/base.md5sums',
    'var/lib/dpkg/status-old',
    'var/lib/dpkg/status/x',
    'opt/var/lib/dpkg/status',
    'var/lib/pacman/local/bash-5.2/desc',
    '',
  ])
    expect(placeAt(path)).toBe(undefined);
});

it('no two places are one, and none is above another', () => {
  const paths = places.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const path of paths) expect(paths.filter((other) => other.startsWith(`${path}/`))).toEqual([]);
});

it('all folders on the way to a place matter, and nothing else', () => {
  for (const path of [
    'var',
    'var/lib',
    'var/lib/dpkg',
    'var/lib/dpkg/status',
    'lib',
    'usr/lib/apk',
    'opt',
    'var/db/pkg',
  ])
    expect(ways.has(path)).toBe(true);
  for (const path of ['', 'etc', 'usr/bin', 'var/lib/dpkg/status.d/base', 'var/lib/dpk'])
    expect(ways.has(path)).toBe(false);
});

it('a backup is a file that dpkg and its daily job write, at its own place only', () => {
  for (const path of ['var/lib/dpkg/status-old', 'var/backups/dpkg.status.0', 'var/backups/dpkg.status.12.gz'])
    expect(isBackup(path)).toBe(true);
  for (const path of ['opt/var/lib/dpkg/status-old', 'var/lib/dpkg/status-old/x', 'var/backups/dpkg.status'])
    expect(isBackup(path)).toBe(false);
});

it('a log of SQLite has the name of its database', () => {
  expect(logsOf('var/lib/rpm/rpmdb.sqlite').every(isLog)).toBe(true);
  for (const path of ['var/lib/rpm/rpmdb.sqlite', 'opt/other-wal', 'xrpmdb.sqlite-wal', 'rpmdb.sqlite-shm'])
    expect(isLog(path)).toBe(false);
});

it('a package of pacman or portage is a folder at its place', () => {
  expect(packageFolderOf('var/lib/pacman/local/bash-5.2-1/desc')).toBe('var/lib/pacman/local/bash-5.2-1');
  expect(packageFolderOf('var/db/pkg/app-shells/bash-5.2/PF')).toBe('var/db/pkg/app-shells');
  for (const path of [
    'var/lib/pacman/local/x',
    'var/lib/pacman/local',
    'var/lib/pacman/locals/a/b',
    'var/lib/dpkg/a/b',
  ])
    expect(packageFolderOf(path)).toBe(undefined);
});

it('a place of any system is on its own way, with all above and below it', () => {
  for (const path of ['', 'var', 'var/lib/dpkg', 'var/lib/dpkg/status', 'var/lib/dpkg/updates/1', 'usr/lib/apk'])
    expect(isOnTheWay(path)).toBe(true);
  for (const path of ['srv', 'usr/bin/ping', 'var/lib/dpkg/info/a.list', 'var/lib/dpkgs'])
    expect(isOnTheWay(path)).toBe(false);
});

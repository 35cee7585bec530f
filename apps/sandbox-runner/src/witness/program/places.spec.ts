import { describe, expect, it } from 'vitest';
import {
  isBackup,
  isLog,
  languageOf,
  listKindOf,
  logsOf,
  packageFolderOf,
  placeAt,
  places,
  strayKindOf,
  ways,
} from './places.ts';

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

describe('the language of a manifest', () => {
  it.each([
    ['usr/lib/node_modules/npm/package.json', 'node'],
    ['node_modules/@scope/name/package.json', 'node'],
    ['usr/lib/python3/dist-packages/six-1.16.dist-info/METADATA', 'python'],
    ['usr/lib/python3/dist-packages/six-1.16.egg-info/PKG-INFO', 'python'],
    ['usr/lib/python3/dist-packages/six-1.16.egg-info', 'python'],
    ['usr/lib/ruby/gems/3.1/specifications/rake-13.gemspec', 'ruby'],
    ['usr/lib/ruby/gems/3.1/specifications/default/json-2.gemspec', 'ruby'],
    ['opt/app.jar', 'java'],
    ['opt/app.war', 'java'],
    ['app/vendor/composer/installed.json', 'php'],
    ['app/My.App.deps.json', 'dotnet'],
  ])('of %s is %s', (path, language) => {
    expect(languageOf(path)).toBe(language);
  });

  it.each(['app/package.json', 'node_modules/a/lib/package.json', 'opt/jar', 'etc/os-release'])(
    'is unknown for %s',
    (path) => {
      expect(languageOf(path)).toBe(undefined);
    },
  );
});

it('a database that is not read is known by its files in any other place', () => {
  expect(strayKindOf('opt/pacman/local/bash-5.2-1/desc')).toBe('pacman');
  expect(strayKindOf('opt/root/var/db/pkg/app-shells/bash-5.2/PF')).toBe('portage');
  for (const path of [
    'var/lib/pacman/local/bash-5.2-1/desc',
    'var/db/pkg/app-shells/bash-5.2/PF',
    'opt/pacman/local/ALPM_DB_VERSION',
    'opt/pacman/sync/desc',
    'home/local/x/desc',
  ])
    expect(strayKindOf(path)).toBe(undefined);
});

it('a list in any other place is known by its name', () => {
  expect(listKindOf('opt/dpkg/status')).toBe('dpkg');
  expect(listKindOf('opt/dpkg/status.d/base')).toBe('dpkg');
  expect(listKindOf('opt/dpkg/updates/0001')).toBe('dpkg');
  expect(listKindOf('opt/root/usr/lib/apk/db/installed')).toBe('apk');
  for (const path of ['opt/dpkg/status-old', 'opt/status.d/a/b', 'opt/installed', 'opt/mystatus', 'opt/updates/x1'])
    expect(listKindOf(path)).toBe(undefined);
});

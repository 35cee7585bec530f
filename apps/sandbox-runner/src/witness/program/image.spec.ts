import type { UnreadCode } from '@assay/events';
import { describe, expect, it } from 'vitest';
import { file, hardlink, listAt, opaque, other, summaryOf, symlink, way, whiteout } from '../../../test/summaries.ts';
import type { FoundDatabase, WitnessAnswer, KeptEntry, LanguageKind } from './answer.ts';
import { answerFor } from './image.ts';

const status = 'var/lib/dpkg/status';
const sqlite = 'var/lib/rpm/rpmdb.sqlite';
const answer = (...layers: readonly (readonly KeptEntry[])[]): WitnessAnswer =>
  answerFor(layers.map((kept) => summaryOf(kept)));
const namesOf = ({ packages = [] }: FoundDatabase): string[] => packages.map(([name]) => name);
/** Each database in one line, then the lists elsewhere, what is unread, and the notes. */
const seen = ({ databases, others, unread, notes }: WitnessAnswer): string[] => [
  ...databases.map((found) => `${found.leadsTo ?? found.path}: ${namesOf(found).join(' ')}`),
  ...others.map((found) => `elsewhere ${found.path}: ${namesOf(found).join(' ')}`),
  ...unread.map(({ path, reason }) => `unread ${path}: ${reason}`),
  ...notes.map(({ path, reason }) => `note ${path}: ${reason}`),
];
const decoy = ['apt', 'bash'];
const real = [...decoy, 'libssl3'];

describe('an honest image', () => {
  it('has the package database of its system, as the highest layer has it', () => {
    expect(answer([listAt(status, decoy)], [listAt(status, real)])).toMatchObject({
      databases: [{ kind: 'dpkg', path: status }],
      others: [],
      unread: [],
      entries: 2,
    });
    expect(seen(answer([listAt(status, decoy)], [listAt(status, real)]))).toEqual([`${status}: apt bash libssl3`]);
  });

  it('without a system has none', () => {
    expect(answerFor([])).toEqual({
      databases: [],
      others: [],
      systems: [],
      languages: [],
      manifests: [],
      unread: [],
      notes: [],
      entries: 0,
    });
    expect(seen(answer([way('var/lib/dpkg'), way('var/lib/dpkg/updates')]))).toEqual([]);
  });

  it('of distroless has a list in each file, whose packages have no status', () => {
    const folder = 'var/lib/dpkg/status.d';
    const base = listAt(`${folder}/base`, [], { unmarked: [['base-files', '13']] });
    expect(seen(answer([base], [listAt(`${folder}/libssl3`, ['libssl3']), listAt(`${folder}/x`, [])]))).toEqual([
      `${folder}: base-files libssl3`,
    ]);
  });

  it('of one folder behind two names has one database', () => {
    const installed = listAt('usr/lib/apk/db/installed', ['musl'], { kind: 'apk' });
    expect(seen(answer([symlink('lib', 'usr/lib'), installed]))).toEqual(['usr/lib/apk/db/installed: musl']);
    expect(seen(answer([installed, listAt('lib/apk/db/installed', ['zlib'], { kind: 'apk' })]))).toEqual([
      'lib/apk/db/installed: zlib',
      'usr/lib/apk/db/installed: musl',
    ]);
  });

  it.each(['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'])('of rpm has its database in %s', (folder) => {
    for (const name of ['rpmdb.sqlite', 'Packages.db', 'Packages'])
      expect(seen(answer([listAt(`${folder}/${name}`, ['bash'], { kind: 'rpm' })]))).toEqual([
        `${folder}/${name}: bash`,
      ]);
  });

  it('counts the manifests of each language, as far as they are visible', () => {
    const manifest = (path: string, language: LanguageKind): KeptEntry => ({
      path,
      is: 'file',
      manifest: { language, packages: [] },
    });
    const { languages } = answer(
      [manifest('a/node_modules/b/package.json', 'node'), manifest('c.jar', 'java'), manifest('d.jar', 'java')],
      [whiteout('a')],
    );
    expect(languages).toEqual([{ language: 'java', manifests: 2 }]);
  });

  it('has the backup that dpkg keeps, which is no other list', () => {
    expect(seen(answer([listAt(status, decoy), listAt('var/lib/dpkg/status-old', real)]))).toEqual([
      `${status}: apt bash`,
    ]);
  });
});

describe('the statements about the system', () => {
  const states = (path: string, system: string, version: string): KeptEntry => ({
    path,
    is: 'file',
    statement: { system, version },
  });

  it('are those of files at their places, through links, in the highest layer', () => {
    const { systems, unread } = answer(
      [states('etc/os-release', 'debian', '12'), states('etc/debian_version', 'debian', '13.1')],
      [symlink('etc/os-release', '../usr/lib/os-release'), states('usr/lib/os-release', 'wolfi', '')],
      [states('opt/os-release', 'arch', '')],
    );
    expect(systems).toEqual([
      { source: 'etc/os-release', system: 'wolfi', version: '' },
      { source: 'usr/lib/os-release', system: 'wolfi', version: '' },
      { source: 'etc/debian_version', system: 'debian', version: '13.1' },
    ]);
    expect(unread).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['base-files', '13.8+deb13u1', 'debian'],
    ['base-files', '13ubuntu10', 'ubuntu'],
    ['alpine-release', '3.20.3-r0', 'alpine'],
    ['alpine-baselayout', '3.6.5-r0', 'alpine'],
    ['wolfi-baselayout', '1-r0', 'wolfi'],
    ['chainguard-baselayout', '1-r0', 'chainguard'],
    ['fedora-release', '41-1', 'fedora'],
    ['centos-stream-release', '9.0-1', 'centos-stream'],
    ['openSUSE-release', '15.6-1', 'openSUSE'],
    ['system-release', '2023.5-1', 'system'],
  ])('are those of a package %s %s: %s', (name, version, system) => {
    const list: KeptEntry = { path: status, is: 'file', list: { kind: 'dpkg', packages: [[name, version]] } };
    expect(answer([list]).systems).toEqual([{ source: name, system, version }]);
  });

  it('are not those of other packages', () => {
    expect(answer([listAt(status, ['xbase-files', 'base-files-x', 'lsb-release', 'release'])]).systems).toEqual([]);
  });

  it('are unread if a file at such a place states nothing', () => {
    const reason = (...entries: KeptEntry[]) => answer(entries).unread;
    expect(reason(other('etc/os-release'))).toEqual([{ path: 'etc/os-release', reason: 'not-a-statement' }]);
    expect(answerFor([summaryOf([], { files: ['etc/alpine-release'], unnamed: ['etc'] })]).unread).toEqual([
      { path: 'etc/alpine-release', reason: 'not-a-statement' },
    ]);
    expect(reason(symlink('etc/os-release', '/gone'))).toEqual([]);
  });
});

describe('packages that are marked for removal, but installed (H1)', () => {
  it('are in the list as the reader of the layer found them', () => {
    expect(seen(answer([listAt(status, real)]))).toEqual([`${status}: apt bash libssl3`]);
  });
});

describe('a database that was deleted (H2)', () => {
  it('is gone, and names of packages elsewhere are no database', () => {
    const manifest: KeptEntry = {
      path: 'usr/lib/node_modules/apt/package.json',
      is: 'file',
      manifest: { language: 'node', packages: [] },
    };
    const { databases, others, languages } = answer([listAt(status, real)], [whiteout(status), manifest]);
    expect({ databases, others, languages }).toEqual({
      databases: [],
      others: [],
      languages: [{ language: 'node', manifests: 1 }],
    });
    expect(seen(answer([listAt(status, real)], [way('var/lib/dpkg'), opaque('var/lib/dpkg')]))).toEqual([]);
    expect(seen(answer([listAt(status, real)], [file('var')]))).toEqual([]);
  });
});

describe('a list that the scanner does not follow, over or beside a decoy (H4)', () => {
  const before = [way('var/lib/dpkg'), listAt(status, decoy)];
  const beside = listAt('var/lib/dpkg/status.d/x', decoy);

  it('is found through a symbolic link', () => {
    expect(seen(answer(before, [listAt('opt/real', real), symlink(status, '/opt/real')]))).toEqual([
      'opt/real: apt bash libssl3',
    ]);
  });

  it('is found through a hard link', () => {
    expect(seen(answer(before, [listAt('opt/real', real), hardlink(status, 'opt/real')]))).toEqual([
      'opt/real: apt bash libssl3',
    ]);
  });

  it('is found through a link to the folder', () => {
    expect(seen(answer(before, [listAt('opt/dpkg/status', real), symlink('var/lib/dpkg', '/opt/dpkg')]))).toEqual([
      'opt/dpkg/status: apt bash libssl3',
    ]);
    const moved = [symlink('var/lib/dpkg', '../../usr/lib/dpkg-db'), listAt('usr/lib/dpkg-db/status', real), beside];
    expect(seen(answer(moved))).toEqual([
      'usr/lib/dpkg-db/status: apt bash libssl3',
      'elsewhere var/lib/dpkg/status.d/x: apt bash',
      'unread var/lib/dpkg/status.d: a-link-to-nothing',
    ]);
  });

  it('is unread if a special file is in its place', () => {
    expect(seen(answer(before, [other(status)]))).toEqual([`unread ${status}: not-a-list`]);
  });

  it('is found where it was moved, beside a decoy', () => {
    const moved = [listAt('opt/real', real), symlink(status, '/opt/real'), beside];
    expect(seen(answer([listAt(status, real)], moved))).toEqual([
      'opt/real: apt bash libssl3',
      'var/lib/dpkg/status.d: apt bash',
    ]);
  });
});

describe('a list elsewhere', () => {
  it('is known apart from the database', () => {
    expect(seen(answer([listAt(status, decoy), listAt('opt/chroot/var/lib/dpkg/status', real)]))).toEqual([
      `${status}: apt bash`,
      'elsewhere opt/chroot/var/lib/dpkg/status: apt bash libssl3',
    ]);
  });

  it('is known through a link: to hidden content, or to a backup', () => {
    const base = listAt(status, decoy);
    expect(seen(answer([base, listAt('opt/x', real), hardlink('adm/status', 'opt/x')], [whiteout('opt/x')]))).toEqual([
      `${status}: apt bash`,
      'elsewhere adm/status: apt bash libssl3',
    ]);
    const backup = listAt(`${status}-old`, real);
    expect(seen(answer([base, backup]))).toEqual([`${status}: apt bash`]);
    expect(seen(answer([base, hardlink(`${status}-old`, status)]))).toEqual([`${status}: apt bash`]);
    for (const link of [symlink('adm/status', `/${status}-old`), hardlink('adm/status', `${status}-old`)])
      expect(seen(answer([base, backup, link]))).toEqual([
        `${status}: apt bash`,
        'elsewhere adm/status: apt bash libssl3',
      ]);
  });

  it('is a note if it was not read: no tool looks there', () => {
    const unread = (path: string, reason: UnreadCode): KeptEntry => listAt(path, [], { kind: 'rpm', unread: reason });
    expect(
      seen(answer([unread('opt/rpm/Packages', 'berkeley-db'), unread('opt/app.db', 'malformed-database')])),
    ).toEqual(['note opt/rpm/Packages: berkeley-db', 'note opt/app.db: malformed-database']);
    const log = unread('opt/rpm/rpmdb.sqlite-wal', 'a-write-ahead-log');
    expect(seen(answer([listAt('opt/rpm/rpmdb.sqlite', ['bash'], { kind: 'rpm' }), log]))).toEqual([
      'elsewhere opt/rpm/rpmdb.sqlite: bash',
      'note opt/rpm/rpmdb.sqlite: a-write-ahead-log',
    ]);
  });

  it('is known by a hard link to the path of a list that a later layer replaces', () => {
    expect(seen(answer([listAt(status, real), hardlink('adm/status', status)], [listAt(status, decoy)]))).toEqual([
      `${status}: apt bash`,
      `elsewhere adm/status: ${real.join(' ')}`,
    ]);
    expect(seen(answer([listAt('opt/x', real), hardlink('adm/status', 'opt/x')], [listAt('opt/x', decoy)]))).toEqual([
      `elsewhere adm/status: ${real.join(' ')}`,
      'elsewhere opt/x: apt bash',
    ]);
  });

  it('is known by a link of any name to a backup', () => {
    const old = [listAt(status, decoy), listAt('var/lib/dpkg/status-old', real)];
    expect(seen(answer(old, [symlink('adm/updates/0001', '/var/lib/dpkg/status-old')]))).toEqual([
      `${status}: apt bash`,
      `elsewhere adm/updates/0001: ${real.join(' ')}`,
    ]);
  });

  it('does not matter if it is hidden, or an index of a mirror', () => {
    expect(seen(answer([listAt('opt/x', real)], [whiteout('opt')]))).toEqual([]);
    expect(seen(answer([listAt('opt/x', [], { unmarked: [['a', '1']] })]))).toEqual([]);
    expect(answer([listAt('opt/x', [], { unread: 'an-index-of-packages' })]).unread).toEqual([]);
  });
});

describe('the image is unread', () => {
  const rpm = listAt(sqlite, ['bash'], { kind: 'rpm' });
  const log = `${sqlite}-wal`;
  it.each<[string, string, readonly (readonly KeptEntry[])[]]>([
    ['a link to nothing', `${status}: a-link-to-nothing`, [[symlink(status, '/gone')]]],
    ['a circle of links', `${status}: not-a-list`, [[symlink(status, 'status')]]],
    ['a folder in a circle', `${status}: not-a-list`, [[symlink('var/lib/dpkg', 'dpkg')]]],
    ['a folder in the place of a list', `${status}: a-folder`, [[way(status)]]],
    ['a folder in a folder of lists', 'var/lib/dpkg/status.d/x: a-folder', [[way('var/lib/dpkg/status.d/x')]]],
    ['a special file', `${status}: not-a-list`, [[other(status)]]],
    ['a link to a text', `${status}: not-a-list`, [[symlink(status, '/opt/text')]]],
    ['a file without a list', `${sqlite}: not-a-list`, [[file(sqlite)]]],
    ['a list of another kind', `${sqlite}: a-list-of-another-kind`, [[listAt(sqlite, decoy)]]],
    [
      'a list that could not be read',
      `${status}: a-field-twice`,
      [[listAt(status, decoy, { unread: 'a-field-twice' })]],
    ],
    [
      'BerkeleyDB',
      'var/lib/rpm/Packages: berkeley-db',
      [[listAt('var/lib/rpm/Packages', [], { kind: 'rpm', unread: 'berkeley-db' })]],
    ],
    ['pacman', 'var/lib/pacman/local: pacman-is-not-read', [[way('var/lib/pacman/local/bash-5.2-1')]]],
    ['portage', 'var/db/pkg: portage-is-not-read', [[way('var/db/pkg/app-shells')]]],
    ['a file in the place of a folder', 'var/lib/dpkg/updates: not-a-folder', [[file('var/lib/dpkg/updates')]]],
    [
      'a link in the place of a folder',
      'var/lib/dpkg/updates: a-link-to-nothing',
      [[symlink('var/lib/dpkg/updates', 'x')]],
    ],
    [
      'a journal behind a link',
      'var/lib/dpkg/updates: a-link',
      [[symlink('var/lib/dpkg/updates', '/opt'), way('opt')]],
    ],
    [
      'a log with something in it',
      `${sqlite}: a-write-ahead-log`,
      [[rpm, listAt(log, [], { kind: 'rpm', unread: 'a-write-ahead-log' })]],
    ],
    ['a log behind a link', `${sqlite}: a-write-ahead-log`, [[rpm, symlink(log, '/opt/log'), file('opt/log')]]],
    ['a log that is no file', `${sqlite}: a-write-ahead-log`, [[rpm, way(log)]]],
    [
      'a journal to be taken back',
      `${sqlite}: a-write-ahead-log`,
      [[rpm, listAt(`${sqlite}-journal`, [], { kind: 'rpm', unread: 'a-write-ahead-log' })]],
    ],
    [
      'a log beside the database to which a link leads',
      `${sqlite}: a-write-ahead-log`,
      [[symlink(sqlite, '/opt/db'), listAt('opt/db', ['bash'], { kind: 'rpm' }), file('opt/db-wal')]],
    ],
    [
      'a list that is whited out in its own layer',
      'var/lib/dpkg: runtimes-disagree',
      [[whiteout('var/lib/dpkg'), listAt(status, decoy)]],
    ],
    [
      'a folder without an entry over a link',
      'lib: runtimes-disagree',
      [[symlink('lib', 'usr/lib')], [listAt('lib/apk/db/installed', ['musl'], { kind: 'apk' })]],
    ],
  ])('with %s', (_, reason, layers) => {
    expect(
      answerFor(layers.map((kept) => summaryOf(kept, { files: ['opt/text'], unnamed: ['opt'] }))).unread,
    ).toContainEqual({
      path: reason.split(': ')[0],
      reason: reason.split(': ')[1],
    });
  });

  it('if a layer is', () => {
    const layers = [summaryOf([]), summaryOf([listAt(status, decoy)], { unread: 'invalid-archive' })];
    expect(answerFor(layers).unread).toEqual([{ path: 'layer 2', reason: 'invalid-archive' }]);
  });

  it('if an entry is doubtful where a package manager may look, and only then', () => {
    const doubtful = (path: string): KeptEntry => ({ path, is: 'other', doubt: 'a-sparse-file' });
    const base = [symlink('opt/s', '/var/lib/dpkg'), listAt(status, decoy)];
    for (const path of ['var/lib/dpkg/updates/1', 'var/lib', 'opt/s/updates', ''])
      expect(seen(answer(base, [doubtful(path)]))).toEqual([`${status}: apt bash`, `unread ${path}: a-sparse-file`]);
    for (const path of ['var/log/lastlog', 'usr/bin/ping', 'srv'])
      expect(seen(answer(base, [doubtful(path)]))).toEqual([`${status}: apt bash`, `note ${path}: a-sparse-file`]);
  });

  it('if a layer may be written through a link to its database, and only then', () => {
    const unreadWith = (to: string, ...more: KeptEntry[]) =>
      answerFor([
        summaryOf([symlink('opt/s', to), listAt(status, decoy)]),
        summaryOf(more, { unnamed: ['opt', 'opt/s'], files: ['opt/s/status'] }),
        summaryOf([whiteout('opt/s')]),
      ]).unread;
    const reason = [{ path: 'opt/s', reason: 'runtimes-disagree' }];
    for (const to of ['/var/lib/dpkg', '../var/lib', '/', '/var/lib/dpkg/updates'])
      expect(unreadWith(to)).toEqual(reason);
    for (const to of ['/run', '/var/lib/other', '/usr/lib']) expect(unreadWith(to)).toEqual([]);
  });

  it('not for an empty log, and not for packages of another system', () => {
    expect(answerFor([summaryOf([rpm], { files: [log] })]).unread).toEqual([]);
    expect(answer([listAt('usr/lib/opkg/status', decoy)]).unread).toEqual([]);
  });
});

it('an image has databases of several kinds, each at its place', () => {
  const { databases } = answer([
    listAt(status, decoy),
    listAt(sqlite, ['bash'], { kind: 'rpm' }),
    listAt('lib/apk/db/installed', ['musl'], { kind: 'apk' }),
    listAt('var/lib/opkg/status', ['opkg'], { kind: 'opkg' }),
    listAt('var/lib/rpmmanifest/container-manifest-2', ['zlib'], { kind: 'rpm' }),
  ]);
  expect(databases.map(({ kind }) => kind)).toEqual(['dpkg', 'apk', 'rpm', 'rpm', 'opkg']);
});

it('the journal of dpkg adds packages to the list', () => {
  const journal = listAt('var/lib/dpkg/updates/0001', ['libssl3']);
  expect(seen(answer([listAt(status, decoy)], [journal]))).toEqual([
    `${status}: apt bash`,
    'var/lib/dpkg/updates: libssl3',
  ]);
});

describe('a choice of advisories', () => {
  const stated = (path: string, system: string, version: string): KeptEntry => ({
    path,
    is: 'file',
    statement: { system, version },
  });
  const sets = 'root/buildinfo/content_manifests/a-1.json';
  const build = stated('root/buildinfo/Dockerfile-a-1', 'redhat', 'no content sets');
  const chosen = (...layers: readonly (readonly KeptEntry[])[]): string[] =>
    answer(...layers).systems.map(({ source, version }) => `${source}: ${version}`);

  it('counts in each layer, also where a later layer hides it', () => {
    const repositories = stated('etc/apk/repositories', 'alpine', '3.99');
    expect(chosen([repositories], [whiteout('etc/apk/repositories')])).toEqual(['etc/apk/repositories: 3.99']);
  });

  it('of a build counts with its content sets, and without them as none', () => {
    expect(chosen([stated(sets, 'redhat', '9'), build])).toEqual([`${sets}: 9`]);
    expect(chosen([stated(sets, 'redhat', '9')], [build])).toEqual([
      `${sets}: 9`,
      'root/buildinfo/Dockerfile-a-1: no content sets',
    ]);
  });

  it('is that of a vendor who patches packages of others', () => {
    for (const version of ['1.2.3-1.root.io.1', '1.2.3-r10071'])
      expect(
        answerFor([summaryOf([{ path: status, is: 'file', list: { kind: 'dpkg', packages: [['zlib', version]] } }])])
          .systems,
      ).toEqual([{ source: 'zlib', system: 'root.io', version }]);
  });
});

it('manifests that packages of the system brought are not those of a language, also behind links', () => {
  const six = 'usr/lib/python3/dist-packages/six-1.egg-info';
  const manifest: KeptEntry = { path: six, is: 'file', manifest: { language: 'python', packages: [['six', '1']] } };
  const list = (...owns: string[]): KeptEntry => ({ path: 'var/lib/dpkg/info/six.list', is: 'file', owns });
  expect(answer([manifest]).manifests).toMatchObject([{ path: six }]);
  // They are counted all the same: the scanner opens archives of Java in packages too.
  expect(answer([manifest, list(six)])).toMatchObject({
    manifests: [],
    languages: [{ language: 'python', manifests: 1 }],
  });
  expect(answer([manifest, list(six.slice('usr/'.length)), symlink('lib', 'usr/lib')]).manifests).toEqual([]);
  const rpm: KeptEntry = { path: sqlite, is: 'file', list: { kind: 'rpm', packages: [], owns: [six] } };
  expect(answer([manifest, rpm]).manifests).toEqual([]);
});

it('names of the answer are text, those of the layers bytes', () => {
  const bytes = Buffer.from('opt/bücher/status').toString('latin1');
  expect(answer([listAt(bytes, real)]).others).toMatchObject([{ path: 'opt/bücher/status' }]);
});

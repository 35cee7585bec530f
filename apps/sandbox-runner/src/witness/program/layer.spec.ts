import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archiveEnd, rawArchive, rawEntry, rawPax } from '../../../test/archives.ts';
import { dpkgPackage, headerOf, sha256, tarOf, vulnerable, type LayoutEntry } from '../../../test/layouts.ts';
import { rpmDatabases, rpmFile } from '../../../test/rpm-databases.ts';
import type { KeptEntry, LayerSummary } from './answer.ts';
import { counting, normal, readLayer, type ReadLayer } from './layer.ts';
import { isMarked, marksIn } from './marks.ts';

const readBytes = async (stored: Uint8Array): Promise<ReadLayer> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-layer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'layer');
  writeFileSync(path, stored);
  return readLayer(path);
};
const summaryOf = async (...entries: readonly LayoutEntry[]): Promise<LayerSummary> =>
  (await readBytes(await tarOf(entries))).summary;
const keptOf = async (...entries: readonly LayoutEntry[]): Promise<readonly KeptEntry[]> =>
  (await summaryOf(...entries)).kept;
const hides = ({ files }: LayerSummary, path: string): boolean => isMarked(marksIn(Buffer.from(files, 'base64')), path);

const status = 'var/lib/dpkg/status';
const list = (path = status): LayoutEntry => ({ name: path, content: vulnerable });
const listed = (path = status): KeptEntry => ({
  path,
  is: 'file',
  list: { kind: 'dpkg', packages: [['libssl3', '3.5.1-1']] },
});

describe('the summary of a layer', () => {
  it('has the digest of all its bytes, and counts its entries', async () => {
    const tar = await tarOf([list(), { name: 'a', content: 'x' }]);
    for (const stored of [tar, gzipSync(tar), zstdCompressSync(tar)])
      expect((await readBytes(stored)).summary).toMatchObject({ diffId: sha256(tar), entries: 2, kept: [listed()] });
  });

  it('has nothing of an empty layer', async () => {
    for (const empty of [Buffer.alloc(0), archiveEnd, gzipSync(archiveEnd)])
      expect((await readBytes(empty)).summary).toMatchObject({ entries: 0, kept: [], files: '' });
    expect((await readBytes(Buffer.alloc(0))).summary).not.toHaveProperty('unread');
  });

  it('keeps folders, links and special files, and marks all other files', async () => {
    const summary = await summaryOf(
      { name: './opt/', type: 'directory' },
      { name: 'opt/link', type: 'symlink', linkname: '../etc/./x/' },
      { name: 'opt/hard', type: 'link', linkname: '/opt//file' },
      { name: 'opt/fifo', type: 'fifo' },
      { name: 'opt/device', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'opt/disk', type: 'block-device', devmajor: 1, devminor: 3 },
      { name: 'opt/text', content: 'a text' },
    );
    expect(summary.kept).toEqual([
      { path: 'opt', is: 'way' },
      { path: 'opt/link', is: 'symlink', to: '../etc/./x/' },
      { path: 'opt/hard', is: 'hardlink', to: 'opt/file' },
      { path: 'opt/fifo', is: 'other' },
      { path: 'opt/device', is: 'other' },
      { path: 'opt/disk', is: 'other' },
    ]);
    expect(hides(summary, 'opt/text')).toBe(true);
    expect(hides(summary, 'opt/other')).toBe(false);
  });

  it('keeps a file on the way to a package database, with any content', async () => {
    expect(await keptOf({ name: 'var/lib/dpkg', content: 'no folder' })).toEqual([
      { path: 'var/lib/dpkg', is: 'file' },
    ]);
    expect(await keptOf({ name: 'usr/lib/apk/db/installed', type: 'fifo' })).toEqual([
      { path: 'usr/lib/apk/db/installed', is: 'other' },
    ]);
    expect(await keptOf({ name: 'var/lib/rpm/Packages', content: 'no database' })).toEqual([
      { path: 'var/lib/rpm/Packages', is: 'file' },
    ]);
  });

  it('has whiteouts and opaque folders, but not the marks of aufs', async () => {
    const summary = await summaryOf(
      { name: 'var/lib/dpkg/.wh.status' },
      { name: '.wh.etc' },
      { name: 'opt/.wh..wh..opq' },
      { name: '.wh..wh..opq' },
      { name: '.wh..wh.plnk', type: 'directory' },
      { name: 'opt/.wh.folder', type: 'directory' },
    );
    expect(summary.kept).toEqual([
      { path: status, is: 'whiteout' },
      { path: 'etc', is: 'whiteout' },
      { path: 'opt', is: 'opaque' },
      { path: '', is: 'opaque' },
      { path: '.wh..wh.plnk', is: 'way' },
      { path: 'opt/folder', is: 'whiteout' },
    ]);
  });

  it.each(['opt/.wh.', '.wh..', 'opt/.wh...'])('refuses %s, a whiteout of nothing', async (name) => {
    expect(await summaryOf(list(), { name })).toMatchObject({ unread: 'a-path-out-of-the-root' });
  });

  it('has names of any length and form', async () => {
    const long = `${'folder/'.repeat(40)}${status}`;
    expect(await keptOf(list(`./${status}`), list(`/opt//./${status}`), list(long))).toEqual([
      listed(),
      listed(`opt/${status}`),
      listed(long),
    ]);
    const gnu = rawArchive(
      { name: '././@LongLink', type: 'L', content: `${long}\0` },
      { name: 'cut', content: vulnerable, magic: 'ustar  \0' },
      { name: '././@LongLink', type: 'K', content: `${long}\0` },
      { name: 'link', type: '2', link: 'cut' },
    );
    expect((await readBytes(gnu)).summary.kept).toEqual([listed(long), { path: 'link', is: 'symlink', to: long }]);
    const prefixed = rawArchive({ name: 'status', prefix: 'var/lib/dpkg', content: vulnerable });
    expect((await readBytes(prefixed)).summary.kept).toEqual([listed()]);
  });

  it('names the folders without an entry before those below them', async () => {
    const { unnamed } = await summaryOf(
      { name: 'a', type: 'directory' },
      { name: 'a/b/c', content: 'x' },
      { name: 'a/b', type: 'directory' },
      { name: 'd/e', type: 'directory' },
      { name: 'd/e/.wh.f' },
    );
    expect(unnamed).toEqual(['a/b', 'd']);
    expect(await summaryOf({ name: 'a', type: 'directory' }, { name: 'a/b', content: 'x' })).not.toHaveProperty(
      'unnamed',
    );
  });

  it('keeps the folders of packages of pacman and portage, also without entries of their own', async () => {
    const kept = await keptOf(
      { name: 'var/lib/pacman/local/bash-5.2-1/desc', content: 'x' },
      { name: 'var/lib/pacman/local/ALPM_DB_VERSION', content: '9' },
      { name: 'var/db/pkg/app-shells/bash-5.2/PF', content: 'x' },
    );
    expect(kept).toEqual([
      { path: 'var/lib/pacman/local/bash-5.2-1', is: 'way' },
      { path: 'var/db/pkg/app-shells', is: 'way' },
    ]);
  });
});

describe('two entries of one path', () => {
  it('are the last one, of any kind', async () => {
    expect(await keptOf(list(), { name: status, content: dpkgPackage('bash') })).toEqual([
      { path: status, is: 'file', list: { kind: 'dpkg', packages: [['bash', '1.0-1']] } },
    ]);
    expect(await keptOf(list(), { name: status, type: 'symlink', linkname: '/opt/x' })).toEqual([
      { path: status, is: 'symlink', to: '/opt/x' },
    ]);
    expect(await keptOf({ name: status, type: 'fifo' }, list())).toEqual([listed()]);
    const replaced = await summaryOf(list('opt/x'), { name: 'opt/x', content: 'a text' });
    expect(replaced.kept).toEqual([]);
    expect(hides(replaced, 'opt/x')).toBe(true);
    const folder = await summaryOf({ name: 'opt/x', content: 'a text' }, { name: 'opt/x', type: 'directory' });
    expect(folder.kept).toEqual([{ path: 'opt/x', is: 'way' }]);
    expect(hides(folder, 'opt/x')).toBe(false);
  });

  it('do not replace a whiteout, whose layers are those below', async () => {
    for (const entries of [
      [{ name: 'var/lib/dpkg/.wh.status' }, list()],
      [list(), { name: 'var/lib/dpkg/.wh.status' }],
    ])
      expect(await keptOf(...entries)).toHaveLength(2);
  });
});

describe('a layer that means one thing to the witness and another to a runtime', () => {
  const refused = async (...entries: readonly LayoutEntry[]): Promise<unknown> => (await summaryOf(...entries)).unread;
  const decoy = { name: 'opt/x', content: dpkgPackage('bash') };

  it('is refused if a file takes the place of the target of a hard link', async () => {
    const link: LayoutEntry = { name: status, type: 'link', linkname: 'opt/x' };
    // The link keeps the content that it had.
    expect(await refused(list('opt/x'), link, decoy)).toBe('an-ambiguous-archive');
    // The target is in a layer below.
    expect(await refused(link, decoy)).toBe('an-ambiguous-archive');
    expect(await refused(list('opt/x'), decoy, link)).toBe(undefined);
  });

  it('is refused if it has two files by which a scanner chooses advisories', async () => {
    const sources = (release: string): LayoutEntry => ({
      name: 'etc/apk/repositories',
      content: `https://a.example/alpine/${release}/main\n`,
    });
    expect(await refused(sources('v3.99'), sources('v3.20'))).toBe('an-ambiguous-archive');
    expect(await refused(sources('v3.99'), { name: 'etc/apk/repositories', content: '' })).toBe('an-ambiguous-archive');
    expect(await refused(sources('v3.20'))).toBe(undefined);
  });

  it('is refused if an entry is written through a link of the same layer', async () => {
    const link: LayoutEntry = { name: 'opt/s', type: 'symlink', linkname: '/var/lib/dpkg' };
    expect(await refused(link, list('opt/s/status'))).toBe('an-ambiguous-archive');
    expect(await refused(link, list('opt/s/status'), { name: 'opt/s', type: 'directory' })).toBe(
      'an-ambiguous-archive',
    );
    expect(await refused(link, { name: 'opt/s/folder/text', content: 'x' })).toBe('an-ambiguous-archive');
    expect(await refused(link, { name: 'opt/s2/text', content: 'x' })).toBe(undefined);
  });

  it('is refused if a name may be that of a file or of a folder', async () => {
    const { summary } = await readBytes(rawArchive({ name: 'var/lib/dpkg/', type: '0' }));
    expect(summary.unread).toBe('an-ambiguous-archive');
  });

  it('is refused if a name that matters is no UTF-8: two such names are one to the witness', async () => {
    const unread = async (...pieces: readonly Buffer[]): Promise<unknown> =>
      (await readBytes(rawArchive(...pieces))).summary.unread;
    // A stands for a byte that no text of UTF-8 has.
    const bad = (header: Parameters<typeof rawEntry>[0], at: number): Buffer => {
      const entry = rawEntry({ ...header, more: { [at]: 'A' } });
      entry[at] = 0x91;
      entry.write(' '.repeat(8), 148);
      const sum = entry.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      entry.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return entry;
    };
    expect(await unread(bad({ name: 'A', content: vulnerable }, 0))).toBe('an-ambiguous-archive');
    expect(await unread(bad({ name: 'A', type: '2', link: 'x' }, 0))).toBe('an-ambiguous-archive');
    expect(await unread(bad({ name: 'a', type: '2', link: 'A' }, 157))).toBe('an-ambiguous-archive');
    expect(await unread(bad({ name: 'a', type: '1', link: 'A' }, 157))).toBe('an-ambiguous-archive');
    expect(await unread(bad({ name: 'A', content: 'a text' }, 0), bad({ name: 'A/', type: '5' }, 0))).toBe(undefined);
  });

  it('is refused if it goes on behind its end, but its digest is that of all', async () => {
    const tar = Buffer.concat([await tarOf([list()]), await tarOf([{ ...list(), content: dpkgPackage('bash') }])]);
    expect((await readBytes(tar)).summary).toMatchObject({ diffId: sha256(tar), unread: 'an-ambiguous-archive' });
    expect((await readBytes(gzipSync(tar))).summary).toMatchObject({ diffId: sha256(tar) });
  });

  it('is refused in the middle of a large file, and the reading ends', async () => {
    const before = rawEntry({ name: 'large', content: Buffer.alloc(3 * 2 ** 20, 'x') });
    const tar = Buffer.concat([before, rawEntry({ name: 'a', type: 'S' }), before, archiveEnd]);
    expect((await readBytes(tar)).summary).toMatchObject({ diffId: sha256(tar), unread: 'an-ambiguous-archive' });
  });
});

describe('a layer that cannot be read to its end', () => {
  it.each<[string, readonly LayoutEntry[]]>([
    ['a path out of the root', [{ name: '../etc/passwd', content: 'x' }]],
    ['a path with two dots inside', [{ name: 'opt/../var/lib/dpkg/status', content: vulnerable }]],
    ['a hard link out of the root', [{ name: 'a', type: 'link', linkname: '../x' }]],
  ])('is unread for %s', async (_, entries) => {
    expect(await summaryOf(list(), ...entries)).toMatchObject({ unread: 'a-path-out-of-the-root', kept: [listed()] });
  });

  it('is unread if it is no archive, or is cut off', async () => {
    const tar = await tarOf([list()]);
    const cut = tar.subarray(0, 700);
    expect((await readBytes(cut)).summary).toMatchObject({ diffId: sha256(cut), unread: 'invalid-archive' });
    const text = Buffer.from('no archive '.repeat(100));
    expect((await readBytes(text)).summary).toMatchObject({ diffId: sha256(text), unread: 'an-ambiguous-archive' });
    const wrong = Buffer.from(tar);
    wrong.write('1', 100);
    expect((await readBytes(wrong)).summary).toMatchObject({ diffId: sha256(wrong), unread: 'invalid-archive' });
    const header = await headerOf({ name: 'large', size: 10_000 });
    expect((await readBytes(header)).summary).toMatchObject({ unread: 'invalid-archive' });
  });

  it('has no digest if its compression is invalid', async () => {
    const stored = gzipSync(await tarOf([list()]));
    for (const cut of [stored.subarray(0, -4), Buffer.concat([stored, Buffer.alloc(1)])])
      expect((await readBytes(cut)).summary).toMatchObject({ diffId: '', unread: 'invalid-compression' });
  });

  it('is an error of the system if the disk fails', async () => {
    await expect(readLayer('/nowhere/layer')).rejects.toMatchObject({ syscall: 'open' });
  });
});

describe('the reader of a file', () => {
  const package_ = { name: 'musl', version: '1.2.5-r0' };
  const apk = `C:Q1\nP:${package_.name}\nV:${package_.version}\n\n`;

  it('is chosen by the place, and elsewhere by the first bytes', async () => {
    const kinds = async (name: string, content: string | Uint8Array): Promise<unknown> => {
      const [entry] = await keptOf({ name, content });
      return entry?.is === 'file' ? entry.list?.kind : undefined;
    };
    expect(await kinds('opt/real', vulnerable)).toBe('dpkg');
    expect(await kinds('opt/real', `# a note\n${vulnerable}`)).toBe('dpkg');
    expect(await kinds('opt/real', apk)).toBe('apk');
    expect(await kinds('lib/apk/db/installed', apk)).toBe('apk');
    expect(await kinds('usr/lib/opkg/status', vulnerable)).toBe('opkg');
    expect(await kinds('var/lib/dpkg/updates/0001', vulnerable)).toBe('dpkg');
    expect(await kinds('var/lib/dpkg/status.d/base', vulnerable)).toBe('dpkg');
    expect(await kinds('var/lib/rpmmanifest/container-manifest-2', 'bash\t5.1-1\tx\n')).toBe('rpm');
    // A list of another kind at a place.
    expect(await kinds('var/lib/rpm/Packages', vulnerable)).toBe('dpkg');
    expect(await kinds('opt/text', 'a text')).toBe(undefined);
    expect(await kinds('opt/control', 'Package: a\n')).toBe('dpkg');
    expect(await kinds('opt/notes', 'The\nPackage: of notes\n')).toBe('dpkg');
    // A backup is read, too: a link may lead to it.
    expect(await kinds('var/lib/dpkg/status-old', vulnerable)).toBe('dpkg');
    expect(await kinds('var/backups/dpkg.status.0', vulnerable)).toBe('dpkg');
    expect(await kinds('opt/rpm-packages/copy', rpmFile('mariner2-journal.rpmdb.sqlite.zst'))).toBe('rpm');
    expect(await kinds('opt/data.bin', rpmFile('mariner2-journal.rpmdb.sqlite.zst'))).toBe('rpm');
    const mail = new DatabaseSync(':memory:');
    mail.exec('CREATE TABLE letters (text)');
    expect(await kinds('opt/mail.sqlite', mail.serialize())).toBe(undefined);
    mail.close();
  });

  it('does not overlook a list that begins far behind the beginning of its file', async () => {
    for (const start of [`Description: ${'x'.repeat(5_000)}\n`, '\n'.repeat(5_000), 'a note\n'.repeat(40_000)]) {
      const [entry] = await keptOf({ name: 'opt/adm/list', content: `${start}${vulnerable}` });
      expect(entry).toMatchObject({ list: { kind: 'dpkg', packages: [], unread: 'a-list-that-begins-late' } });
    }
    expect(await keptOf({ name: 'opt/notes', content: `${'a note\n'.repeat(1_000)}It is installed.\n` })).toEqual([]);
  });

  it('keeps statements by which a scanner chooses advisories, also of files that are too large to read', async () => {
    const path = 'etc/apk/repositories';
    const line = 'https://a.example/alpine/v3.99/main\n';
    expect(await keptOf({ name: path, content: line })).toEqual([
      { path, is: 'file', statement: { system: 'alpine', version: '3.99' } },
    ]);
    expect(await keptOf({ name: path, content: line.repeat(5_000) })).toEqual([
      { path, is: 'file', statement: { system: 'alpine', version: 'unread' } },
    ]);
  });

  it('knows a list elsewhere by its name, if a long field stands before all others', async () => {
    const long = `X-Long: ${'x'.repeat(5000)}\n`;
    const tabs = vulnerable.replace('install ok installed', 'deinstall\tok\tinstalled');
    for (const path of ['opt/dpkg/status', 'opt/dpkg/status.d/libssl3', 'opt/dpkg/updates/0000'])
      expect(await keptOf({ name: path, content: long + tabs })).toEqual([listed(path)]);
    const path = 'opt/root/lib/apk/db/installed';
    expect(await keptOf({ name: path, content: `T:${'x'.repeat(5000)}\nP:zlib\nV:1.3-r0\n\n` })).toEqual([
      { path, is: 'file', list: { kind: 'apk', packages: [['zlib', '1.3-r0']] } },
    ]);
    expect(await keptOf({ name: 'opt/status', content: 'all is well\n' })).toEqual([]);
  });

  it('does not read a database of pacman or portage, also elsewhere', async () => {
    const path = 'opt/pacman/local/openssl-3.5.1-1/desc';
    expect(await keptOf({ name: path, content: '%NAME%\nopenssl\n' })).toEqual([
      { path, is: 'file', list: { kind: 'pacman', packages: [], unread: 'pacman-is-not-read' } },
    ]);
  });

  it('reads a list that begins anywhere at its place, and is not stopped by a long line', async () => {
    const content =
      `Description: ${'x'.repeat(200_000)}\nPackage: libssl3\nVersion: 3.5.1-1\n` + 'Status: deinstall ok installed\n';
    expect(await keptOf({ name: status, content })).toEqual([listed()]);
  });

  it.each(rpmDatabases)('recognises $file', async ({ file, format }) => {
    const { summary, held } = await readBytes(await tarOf([{ name: 'var/lib/rpm/Packages', content: rpmFile(file) }]));
    const [entry] = summary.kept;
    const found = entry?.is === 'file' ? entry.list : undefined;
    if (format === 'berkeley-db') expect(found).toEqual({ kind: 'rpm', packages: [], unread: 'berkeley-db' });
    else if (format === 'sqlite') expect(found).toEqual({ kind: 'rpm', packages: [], unread: counting });
    else expect(found?.unread).toBe(undefined);
    expect(held).toHaveLength(format === 'sqlite' ? 1 : 0);
  });

  it('takes a log beside a database of SQLite as unread, unless it is empty', async () => {
    const name = 'var/lib/rpm/rpmdb.sqlite-wal';
    expect(await keptOf({ name, content: 'x' })).toEqual([
      { path: name, is: 'file', list: { kind: 'rpm', packages: [], unread: 'a-write-ahead-log' } },
    ]);
    expect(await keptOf({ name })).toEqual([]);
  });

  it('takes a sparse file for one of which nothing is known', async () => {
    const sparse = (name: string) =>
      rawArchive(rawPax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': name }), {
        name: 'GNUSparseFile.1/status',
        content: `1\n0\n9\n${'\0'.repeat(504)}${vulnerable}`,
      });
    expect((await readBytes(sparse(status))).summary.kept).toEqual([{ path: status, is: 'other' }]);
  });

  it('keeps statements about the system, and manifests of languages', async () => {
    expect(
      await keptOf(
        { name: 'etc/os-release', content: 'ID=debian\nVERSION_ID="13"\n' },
        { name: 'etc/debian_version', content: '13.1\n' },
        { name: 'opt/moved', content: 'NAME=x\nID=wolfi\n' },
        { name: 'usr/lib/node_modules/apt/package.json', content: '{}' },
      ),
    ).toEqual([
      { path: 'etc/os-release', is: 'file', statement: { system: 'debian', version: '13' } },
      { path: 'etc/debian_version', is: 'file', statement: { system: 'debian', version: '13.1' } },
      { path: 'opt/moved', is: 'file', statement: { system: 'wolfi', version: '' } },
      { path: 'usr/lib/node_modules/apt/package.json', is: 'file', language: 'node' },
    ]);
    // No such file is as long.
    const long = await summaryOf({ name: 'etc/os-release', content: `ID=debian\n#${' '.repeat(70_000)}\n` });
    expect(long.kept).toEqual([]);
    expect(hides(long, 'etc/os-release')).toBe(true);
  });
});

it('a layer with a path that Linux does not make is unread, however deep it is', async () => {
  const deep = (folders: number): string => `${'a/'.repeat(folders)}b`;
  const { summary } = await readBytes(await tarOf([{ name: deep(20_000), content: 'x' }]));
  expect(summary).toMatchObject({ unread: 'a-path-too-long' });
  expect((await readBytes(await tarOf([{ name: deep(2_000), content: 'x' }]))).summary.unread).toBe(undefined);
});

it('a path is relative to the root, and never out of it', () => {
  expect(['/', '.', './', ''].map(normal)).toEqual(['', '', '', '']);
  expect(['/a//b/', './a/./b', 'a/b'].map(normal)).toEqual(['a/b', 'a/b', 'a/b']);
  expect(['a/...', 'a/..b'].map(normal)).toEqual(['a/...', 'a/..b']);
  for (const out of ['..', '../a', 'a/..', 'a/../b']) expect(() => normal(out)).toThrow();
});

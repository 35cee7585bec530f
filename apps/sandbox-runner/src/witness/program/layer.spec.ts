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
import { normal, readLayer, type ReadLayer } from './layer.ts';
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

  it.each([
    ['opt/.wh.', 'opt'],
    ['.wh..', ''],
    ['opt/.wh...', 'opt'],
  ])('doubts the folder of %s, a whiteout of nothing', async (name, path) => {
    expect(await summaryOf(list(), { name })).toEqual({
      ...(await summaryOf(list(), { name: 'opt/x', type: 'directory' })),
      kept: [listed(), { path, is: 'other', doubt: 'a-whiteout-of-nothing' }],
      diffId: expect.any(String),
      unnamed: expect.any(Array),
    });
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

describe('entries that change others of their layer', () => {
  const decoy = { name: 'opt/x', content: dpkgPackage('bash') };
  const link: LayoutEntry = { name: status, type: 'link', linkname: 'opt/x' };

  it('leave a hard link the content that it had', async () => {
    expect(await keptOf(list('opt/x'), link, decoy)).toEqual([
      { ...listed(), as: 'opt/x' },
      { path: 'opt/x', is: 'file', list: { kind: 'dpkg', packages: [['bash', '1.0-1']] } },
    ]);
    expect(await keptOf(list('opt/x'), decoy, link)).toMatchObject([{}, { list: { packages: [['bash', '1.0-1']] } }]);
    // The target is in a layer below.
    expect(await keptOf(link, decoy)).toMatchObject([{ path: status, is: 'hardlink', to: 'opt/x' }, { path: 'opt/x' }]);
  });

  it('make a hard link to a link that link, and one to a file that is no list nothing that is known', async () => {
    const symlink: LayoutEntry = { name: 'opt/x', type: 'symlink', linkname: 'y' };
    expect(await keptOf(symlink, link)).toContainEqual({ path: status, is: 'symlink', to: 'y' });
    const text: LayoutEntry = { name: 'opt/x', content: 'a text' };
    expect(await keptOf(text, link)).toEqual([{ path: status, is: 'other' }]);
    const elsewhere = await summaryOf(text, { name: 'opt/y', type: 'link', linkname: 'opt/x' });
    expect([elsewhere.kept, hides(elsewhere, 'opt/y')]).toEqual([[], true]);
  });

  it('are two files by which a scanner chooses advisories: it takes either', async () => {
    const sources = (content: string): LayoutEntry => ({ name: 'etc/apk/repositories', content });
    const twice = { path: 'etc/apk/repositories', is: 'file', statement: { system: 'alpine', version: 'two files' } };
    const [edge, release] = ['edge', 'v3.20'].map((each) => sources(`https://a.example/alpine/${each}/main\n`));
    expect(await keptOf(edge!, release!)).toEqual([twice]);
    expect(await keptOf(edge!, sources(''))).toEqual([twice]);
    expect(await keptOf(sources(''), release!)).toEqual([twice]);
    expect(await keptOf(release!)).toMatchObject([{ statement: { version: '3.20' } }]);
  });

  it('are links, behind which a runtime writes what lies below them', async () => {
    const folder: LayoutEntry = { name: 'opt/s', type: 'symlink', linkname: '/var/lib/dpkg' };
    expect(await keptOf(folder, list('opt/s/status'))).toContainEqual(listed());
    const relative: LayoutEntry = { name: 'opt/r', type: 'symlink', linkname: '../opt/s' };
    expect(await keptOf(folder, relative, list('opt/r/status'))).toContainEqual(listed());
    expect(await keptOf(folder, list('opt/s2/status'))).toContainEqual(listed('opt/s2/status'));
    // A folder took the place of the link.
    expect(await keptOf(folder, { name: 'opt/s', type: 'directory' }, list('opt/s/status'))).toContainEqual(
      listed('opt/s/status'),
    );
    const circle: LayoutEntry = { name: 'opt/c', type: 'symlink', linkname: 'c' };
    expect(await keptOf(circle, list('opt/c/status'))).toContainEqual({
      path: 'opt/c/status',
      is: 'other',
      doubt: 'a-path-out-of-the-root',
    });
  });

  it('are files and links in the place of a folder: all below it is gone', async () => {
    for (const later of [
      { name: 'var/lib/dpkg', type: 'symlink', linkname: '/opt' } as const,
      { name: 'var/lib/dpkg', content: 'a text' },
    ])
      for (const folders of [[], [{ name: 'var/lib/dpkg', type: 'directory' } as const]]) {
        const { kept, files } = await summaryOf(...folders, list(), { name: 'var/lib/dpkg/x', content: 'x' }, later);
        expect(kept).toEqual([expect.objectContaining({ path: 'var/lib/dpkg' })]);
        expect(hides({ files } as LayerSummary, 'var/lib/dpkg/x')).toBe(false);
      }
  });

  it('are known by the bytes of their names', async () => {
    // A stands for a byte that no text of UTF-8 has.
    const bad = (byte: number, content: string): Buffer => {
      const entry = rawEntry({ name: 'opt/A', content, more: { 4: 'A' } });
      entry[4] = byte;
      entry.write(' '.repeat(8), 148);
      const sum = entry.subarray(0, 512).reduce((total, each) => total + each, 0);
      entry.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
      return entry;
    };
    const { summary } = await readBytes(rawArchive(bad(0x91, vulnerable), bad(0x92, 'a text')));
    expect(summary.kept).toEqual([listed('opt/\x91')]);
  });
});

describe('an entry that not all take alike costs itself', () => {
  it.each<[string, string, LayoutEntry]>([
    ['a path out of the root', 'etc/passwd', { name: '../etc/passwd', content: 'x' }],
    ['a hard link out of the root', 'a', { name: 'a', type: 'link', linkname: '../x' }],
  ])('%s', async (_, path, entry) => {
    const summary = await summaryOf(list(), entry);
    expect(summary).not.toHaveProperty('unread');
    expect(summary.kept).toEqual([listed(), { path, is: 'other', doubt: expect.stringMatching(/out-of-the-root$/) }]);
  });

  it('but a path with dots inside is the same for all', async () => {
    expect(await keptOf(list('opt/../var/lib/dpkg/status'))).toEqual([listed()]);
    expect((await readBytes(rawArchive({ name: `${status}/`, type: '0', content: vulnerable }))).summary.kept).toEqual([
      listed(),
    ]);
  });

  it('a sparse file, and a folder with attributes of overlayfs', async () => {
    const sparse = rawArchive(
      rawPax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': status }),
      { name: 'GNUSparseFile.1/status', content: `1\n0\n9\n${'\0'.repeat(504)}${vulnerable}` },
      rawPax({ 'SCHILY.xattr.user.overlay.opaque': 'y' }),
      { name: 'opt/', type: '5' },
    );
    expect((await readBytes(sparse)).summary.kept).toEqual([
      { path: status, is: 'other', doubt: 'a-sparse-file' },
      { path: status, is: 'other' },
      { path: 'opt', is: 'other', doubt: 'attributes-of-overlayfs' },
      { path: 'opt', is: 'way' },
    ]);
  });

  it('a path that Linux does not make, however deep it is', async () => {
    const deep = (folders: number): LayoutEntry => ({ name: `${'a/'.repeat(folders)}b`, content: 'x' });
    expect(await keptOf(list(), deep(20_000))).toMatchObject([listed(), { doubt: 'a-path-too-long' }]);
    expect(await keptOf(deep(2_000))).toEqual([]);
  });
});

describe('a layer that cannot be read to its end', () => {
  it('is unread if it is no archive, or is cut off', async () => {
    const tar = await tarOf([list()]);
    const cut = tar.subarray(0, 540);
    expect((await readBytes(cut)).summary).toMatchObject({ diffId: sha256(cut), unread: 'invalid-archive' });
    const text = Buffer.from('no archive '.repeat(100));
    expect((await readBytes(text)).summary).toMatchObject({ diffId: sha256(text), unread: 'invalid-archive' });
    const wrong = Buffer.from(tar);
    wrong.write('1', 100);
    expect((await readBytes(wrong)).summary).toMatchObject({ diffId: sha256(wrong), unread: 'invalid-archive' });
    const header = await headerOf({ name: 'large', size: 10_000 });
    expect((await readBytes(header)).summary).toMatchObject({ unread: 'invalid-archive' });
    const before = rawEntry({ name: 'large', content: Buffer.alloc(3 * 2 ** 20, 'x') });
    const late = Buffer.concat([before, Buffer.alloc(512, 'x'), before, archiveEnd]);
    expect((await readBytes(late)).summary).toMatchObject({ diffId: sha256(late), unread: 'invalid-archive' });
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
    expect(await kinds('opt/real', `# a note\n${vulnerable}`)).toBe(undefined);
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
    expect(await kinds('opt/notes', `Quoted: from a list\n\n${vulnerable}\nThat is all.\n`)).toBe(undefined);
    // A backup is read, too: a link may lead to it.
    expect(await kinds('var/lib/dpkg/status-old', vulnerable)).toBe('dpkg');
    expect(await kinds('var/backups/dpkg.status.0', vulnerable)).toBe('dpkg');
    expect(await kinds('opt/rpm-packages/copy', rpmFile('mariner2-journal.rpmdb.sqlite.zst'))).toBe('rpm');
    expect(await kinds('opt/data.bin', rpmFile('mariner2-journal.rpmdb.sqlite.zst'))).toBe('rpm');
  });

  it('is that of rpm for a database with a table of packages, wherever and however its name is written', async () => {
    const isHeld = async (...statements: readonly string[]): Promise<boolean> => {
      const database = new DatabaseSync(':memory:');
      for (const each of statements) database.exec(each);
      const { held } = await readBytes(await tarOf([{ name: 'opt/data.bin', content: database.serialize() }]));
      database.close();
      return held.length > 0;
    };
    const table = 'CREATE TABLE PACKAGES (hnum INTEGER PRIMARY KEY, blob BLOB)';
    const columns = Array.from({ length: 60 }, (_, nth) => `a_column_with_a_long_name_${nth}`).join(', ');
    const wide = Array.from({ length: 200 }, (_, nth) => `CREATE TABLE letters_${nth} (${columns})`);
    expect(await isHeld('CREATE TABLE letters (text)')).toBe(false);
    expect(await isHeld(table)).toBe(true);
    expect(await isHeld(...wide, table)).toBe(true);
    for (const encoding of ['UTF-16le', 'UTF-16be'])
      expect(await isHeld(`PRAGMA encoding = '${encoding}'`, table)).toBe(true);
  });

  it('does not overlook a list that begins far behind the beginning of its file', async () => {
    for (const start of [`Description: ${'x'.repeat(5_000)}\n`, '\n'.repeat(5_000), `${'x'.repeat(5_000)}: x\n`]) {
      const [entry] = await keptOf({ name: 'opt/adm/list', content: `${start}${vulnerable}` });
      expect(entry).toMatchObject({ list: { kind: 'dpkg', packages: [['libssl3', '3.5.1-1']] } });
    }
    expect(await keptOf({ name: 'opt/adm/list', content: `${'a note\n'.repeat(1_000)}${vulnerable}` })).toEqual([]);
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

  it('knows a list elsewhere, if a long field stands before all others', async () => {
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
    else if (format === 'sqlite') expect(found).toEqual({ kind: 'rpm', packages: [], unread: 'malformed-database' });
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

  it('keeps statements about the system, and manifests of languages', async () => {
    expect(
      await keptOf(
        { name: 'etc/os-release', content: 'ID=debian\nVERSION_ID="13"\n' },
        { name: 'etc/debian_version', content: '13.1\n' },
        { name: 'opt/moved', content: 'NAME=x\nID=wolfi\n' },
        { name: 'usr/lib/node_modules/apt/package.json', content: '{"name":"apt","version":"1.2.3"}' },
        { name: 'opt/store/0123', content: '{"name":"b","version":"1.2.4"}' },
        { name: 'opt/other.json', content: '{"name":"b"}' },
        { name: 'opt/app/.pnp.cjs', content: 'x' },
      ),
    ).toEqual([
      { path: 'etc/os-release', is: 'file', statement: { system: 'debian', version: '13' } },
      { path: 'etc/debian_version', is: 'file', statement: { system: 'debian', version: '13.1' } },
      { path: 'opt/moved', is: 'file', statement: { system: 'wolfi', version: '' } },
      {
        path: 'usr/lib/node_modules/apt/package.json',
        is: 'file',
        manifest: { language: 'node', packages: [['apt', '1.2.3']] },
      },
      { path: 'opt/store/0123', is: 'file', manifest: { language: 'node', packages: [['b', '1.2.4']] } },
      { path: 'opt/app/.pnp.cjs', is: 'file' },
    ]);
    // No such file is as long.
    const long = await summaryOf({ name: 'etc/os-release', content: `ID=debian\n#${' '.repeat(70_000)}\n` });
    expect(long.kept).toEqual([]);
    expect(hides(long, 'etc/os-release')).toBe(true);
  });
});

it('a path is relative to the root, and never out of it', () => {
  expect(['/', '.', './', ''].map(normal)).toEqual(['', '', '', '']);
  expect(['/a//b/', './a/./b', 'a/b'].map(normal)).toEqual(['a/b', 'a/b', 'a/b']);
  expect(['a/...', 'a/..b'].map(normal)).toEqual(['a/...', 'a/..b']);
  expect(['a/..', 'a/../b', '/../a', '..a'].map(normal)).toEqual(['', 'b', 'a', '..a']);
  expect(['..', '../a', 'a/../../b'].map(normal)).toEqual(['..', '../a', '../b']);
});

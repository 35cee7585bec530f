import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveEnd, rawArchive, rawEntry, rawPax } from '../../../test/archives.ts';
import { tarOf } from '../../../test/layouts.ts';
import { ArchiveError, ArchiveReader, type LayerEntry } from './archive.ts';

type Read = LayerEntry & { readonly content: string };

const read = (archive: Buffer, size = archive.length): Read[] => {
  const entries: Read[] = [];
  const reader = new ArchiveReader((entry) => {
    const pieces: Buffer[] = [];
    return {
      write: (chunk) => pieces.push(Buffer.from(chunk)),
      end: () => entries.push({ ...entry, content: Buffer.concat(pieces).toString() }),
    };
  });
  for (let at = 0; at < archive.length; at += size) reader.write(archive.subarray(at, at + size));
  reader.end();
  return entries;
};
/** Name, type and content of each entry. */
const brief = (archive: Buffer): string[] =>
  read(archive).map(({ name, type, content, doubt = '' }) => [name, type, content, doubt].join('|'));

const file = { name: 'var/lib/dpkg/status', content: 'Package: a\n' };
const plain = 'var/lib/dpkg/status|file|Package: a\n|';
const long = `${'folder/'.repeat(30)}file`;

describe('an archive', () => {
  it('has the entries that a tool packed, at any boundary of its chunks', async () => {
    const archive = await tarOf([
      { name: 'folder', type: 'directory' },
      { name: 'folder/file', content: 'x'.repeat(1500) },
      { name: long, content: 'long' },
      { name: 'ünïcode', content: '' },
      { name: 'link', type: 'symlink', linkname: `../${long}` },
      { name: 'hard', type: 'link', linkname: 'folder/file' },
      { name: 'fifo', type: 'fifo' },
      { name: 'device', type: 'character-device', devmajor: 1, devminor: 3 },
    ]);
    const whole = read(archive);
    expect(whole.map(({ name, type }) => [Buffer.from(name, 'latin1').toString(), type])).toEqual([
      ['folder', 'directory'],
      ['folder/file', 'file'],
      [long, 'file'],
      ['ünïcode', 'file'],
      ['link', 'symlink'],
      ['hard', 'link'],
      ['fifo', 'other'],
      ['device', 'other'],
    ]);
    expect(whole[1]?.content).toBe('x'.repeat(1500));
    expect([whole[4]?.linkname, whole[5]?.linkname]).toEqual([`../${long}`, 'folder/file']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (size) => {
        expect(read(archive, size)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  const capability = Buffer.from('\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1').toString('latin1');
  it.each<[string, Buffer, string[]]>([
    ['of GNU', rawArchive({ ...file, magic: 'ustar  \0' }), [plain]],
    [
      'of GNU with times',
      rawArchive({ ...file, magic: 'ustar  \0', more: { 345: '14651273210\0', 357: '14651273210' } }),
      [plain],
    ],
    ['without a format', rawArchive({ ...file, magic: '\0\0\0\0\0\0\0\0', prefix: 'etc' }), [plain]],
    [
      'of star, with its shorter prefix',
      rawArchive({ ...file, prefix: 'x', more: { 476: '1', 508: 'tar\0' } }),
      [`x/${plain}`],
    ],
    [
      'of GNU with the prefix of an old writer of Go',
      rawArchive({ ...file, magic: 'ustar  \0', prefix: 'var' }),
      [`var/${plain}`],
    ],
    [
      'with a long name of GNU',
      rawArchive({ name: 'L', type: 'L', content: `${file.name}\0` }, { ...file, name: 'x' }),
      [plain],
    ],
    [
      'with two long names',
      rawArchive(rawPax({ path: 'a' }), { name: 'L', type: 'L', content: 'b\0' }, file),
      [plain.replace(file.name, 'b')],
    ],
    ['with a prefix', rawArchive({ ...file, prefix: 'rootfs' }), [`rootfs/${plain}`]],
    ['with a size of eight bytes', rawArchive({ ...file, size: '\x80\0\0\0\0\0\0\0\0\0\0\x0b' }), [plain]],
    ['with a size without zeros', rawArchive({ ...file, size: '         13 ' }), [plain]],
    ['with the comment of `git archive`', rawArchive(rawPax({ comment: '0123' }, 'g'), file), [plain]],
    ['with names for all entries', rawArchive(rawPax({ path: 'a', size: '1' }, 'g'), file), [plain]],
    [
      'with a global header behind an extended one',
      rawArchive(rawPax({ path: 'a' }), rawPax({ comment: 'b' }, 'g'), file),
      [plain],
    ],
    ['with two extended headers', rawArchive(rawPax({ path: 'a' }), rawPax({ mtime: '1' }), file), [plain]],
    [
      'with a size in the extended header',
      rawArchive(rawPax({ size: '11', mtime: '1.5' }), { ...file, size: '0' }),
      [plain],
    ],
    ['with a capability', rawArchive(rawPax({ 'SCHILY.xattr.security.capability': capability }), file), [plain]],
    ['with attributes of podman', rawArchive(rawPax({ 'SCHILY.xattr.user.overlay.origin': '\0\xfb' }), file), [plain]],
    [
      'with a size at a folder',
      rawArchive({ name: 'folder/', type: '5', size: '00000010000\0' }, file),
      ['folder/|directory||', plain],
    ],
    [
      'with a size at a link',
      rawArchive({ name: 'a', type: '2', size: '00000001000\0' }, file),
      ['a|symlink||', plain],
    ],
    [
      'with a folder of the old form',
      rawArchive({ name: 'folder/', type: '\0' }, file),
      ['folder/|directory||', plain],
    ],
    ['with a label', rawArchive({ name: 'label', type: 'V', magic: 'ustar  \0' }, file), ['label|other||', plain]],
    ['without an end', rawEntry(file), [plain]],
    ['without padding at the end', rawEntry(file).subarray(0, 512 + file.content.length), [plain]],
    ['with one block as its end', Buffer.concat([rawEntry(file), Buffer.alloc(512)]), [plain]],
    ['with a long end', Buffer.concat([rawEntry(file), Buffer.alloc(10_240)]), [plain]],
    ['with another one behind its end', Buffer.concat([rawArchive(file), rawArchive({ ...file, name: 'x' })]), [plain]],
    ['without entries', archiveEnd, []],
    ['with a sparse name alone', rawArchive(rawPax({ 'GNU.sparse.name': 'a' }), file), [plain]],
    [
      'with an unknown sparse file',
      rawArchive(rawPax({ 'GNU.sparse.major': '2', 'GNU.sparse.minor': '0' }), file),
      [plain],
    ],
    [
      'with a sparse file',
      rawArchive(rawPax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'a' }), file, file),
      ['a|other|Package: a\n|a-sparse-file', plain],
    ],
    [
      'with an old sparse file of a long map',
      rawArchive(
        Buffer.concat([
          rawEntry({ name: 'a', type: 'S', magic: 'ustar  \0', size: '00000000013\0', more: { 482: '\x01' } }),
          Buffer.alloc(512, 0).fill('\x01', 504, 505),
          Buffer.alloc(512, 0),
          Buffer.from('Package: b\n'.padEnd(512, '\0')),
        ]),
        file,
      ),
      ['a|other|Package: b\n|a-sparse-file', plain],
    ],
    [
      'with a folder that overlayfs moves',
      rawArchive(rawPax({ 'SCHILY.xattr.trusted.overlay.redirect': '/opt' }), { name: 'a', type: '5' }),
      ['a|directory||attributes-of-overlayfs'],
    ],
  ])('%s is read as Go reads it', (_, archive, expected) => {
    expect(brief(archive)).toEqual(expected);
    expect(read(archive, 100)).toEqual(read(archive));
  });

  it.each<[string, Buffer]>([
    ['with a block of zeros between entries', Buffer.concat([rawEntry(file), Buffer.alloc(512), rawArchive(file)])],
    ['that is cut off', rawArchive(file).subarray(0, 520)],
    ['with a wrong sum', Buffer.from(rawArchive(file)).fill('x', 0, 1)],
    ['with a size that is no number', rawArchive({ ...file, size: '00000000019\0' })],
    ['with two sizes in one field', rawArchive({ ...file, size: '000 00000013' })],
    ['with a negative size', rawArchive({ ...file, size: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' })],
    ['with a size that is too large', rawArchive({ ...file, size: '\x80\0\0\0\x01\0\0\0\0\0\0\0' })],
    ['with half a number in the extended header', rawArchive(rawPax({ size: '11x' }), file)],
    ['with a name that ends early', rawArchive(rawPax({ path: 'status\0x' }), file)],
    ['with half an extended header', rawArchive({ name: 'x', type: 'x', content: '99 path=a\n' }, file)],
    ['with no extended header', rawArchive({ name: 'x', type: 'x', content: 'path=a\n' }, file)],
    ['with an extended header of megabytes', rawArchive(rawPax({ comment: 'x'.repeat(2 ** 20) }), file)],
    // The checksum is that of an empty block.
    ['with a block of zeros that is none', rawArchive(Buffer.alloc(512).fill('0', 148, 156), file)],
  ])('%s is refused, as Go refuses it', (_, archive) => {
    expect(() => read(archive)).toThrow(ArchiveError);
    expect(() => read(archive, 500)).toThrow(ArchiveError);
  });
});

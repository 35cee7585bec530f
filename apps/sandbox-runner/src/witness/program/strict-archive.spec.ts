import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveEnd, rawArchive, rawEntry, rawPax } from '../../../test/archives.ts';
import { tarOf } from '../../../test/layouts.ts';
import { AmbiguousError, StrictArchive } from './strict-archive.ts';

const read = (archive: Buffer, size = archive.length): void => {
  const strict = new StrictArchive();
  for (let at = 0; at < archive.length; at += size) strict.write(archive.subarray(at, at + size));
};
const file = { name: 'var/lib/dpkg/status', content: 'Package: a\n' };

describe('an archive in good order', () => {
  const long = `${'folder/'.repeat(30)}file`;

  it('passes, at any boundary of its chunks', async () => {
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
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (size) => read(archive, size)),
      { numRuns: 50 },
    );
  });

  it.each<[string, Buffer]>([
    ['of GNU', rawArchive({ ...file, magic: 'ustar  \0' })],
    [
      'of GNU with times',
      rawArchive({ ...file, magic: 'ustar  \0', more: { 345: '14651273210\0', 357: '14651273210' } }),
    ],
    ['with a long name of GNU', rawArchive({ name: '././@LongLink', type: 'L', content: `${long}\0` }, file)],
    ['with a prefix', rawArchive({ ...file, prefix: 'rootfs' })],
    ['with a size of eight bytes', rawArchive({ ...file, size: '\x80\0\0\0\0\0\0\0\0\0\0\x0b' })],
    ['with a size without zeros', rawArchive({ ...file, size: '         13 ' })],
    ['with the comment of `git archive`', rawArchive(rawPax({ comment: '0123' }, 'g'), file)],
    ['with a size in the extended header', rawArchive(rawPax({ size: '11', mtime: '1.5' }), { ...file, size: '0' })],
    ['with a sparse file', rawArchive(rawPax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }), file)],
    ['with attributes', rawArchive(rawPax({ 'SCHILY.xattr.security.capability': 'x' }), file)],
    ['with a size at a folder', rawArchive({ name: 'folder/', type: '5', size: '00000010000\0' }, file)],
    ['without an end', rawEntry(file)],
    ['with one block as its end', Buffer.concat([rawEntry(file), Buffer.alloc(512)])],
    ['with a long end', Buffer.concat([rawEntry(file), Buffer.alloc(10_240)])],
    ['without entries', archiveEnd],
  ])('%s passes', (_, archive) => {
    read(archive);
    read(archive, 100);
  });
});

describe('an archive that readers understand in different ways is refused', () => {
  const other = { name: 'status', content: 'Package: b\n' };
  it.each<[string, Buffer]>([
    // Go ends at two blocks of zeros, tar-stream never.
    ['with entries behind its end', Buffer.concat([rawArchive(other), rawArchive(file)])],
    ['with data behind its end', Buffer.concat([rawArchive(file), Buffer.alloc(600), Buffer.from('x')])],
    // Go takes GNU's name, tar-stream the other.
    ['with two long names', rawArchive(rawPax({ path: 'a' }), { name: 'L', type: 'L', content: 'b\0' }, file)],
    ['with two long links', rawArchive({ name: 'L', type: 'K', content: 'b\0' }, rawPax({ linkpath: 'a' }), file)],
    // Go leaves out what stands in a global header, tar-stream applies it.
    ['with a name for all entries', rawArchive(rawPax({ path: 'a' }, 'g'), file)],
    ['with a size for all entries', rawArchive(rawPax({ size: '1' }, 'g'), file)],
    // Go forgets the extended header at the global one.
    [
      'with a global header behind an extended one',
      rawArchive(rawPax({ path: 'a' }), rawPax({ comment: 'b' }, 'g'), file),
    ],
    ['with two extended headers', rawArchive(rawPax({ path: 'a' }), rawPax({ mtime: '1' }), file)],
    // tar-stream skips the content, Go has none.
    ...['1', '2', '3', '4', '6'].map((type): [string, Buffer] => [
      `with content at an entry of type ${type}`,
      rawArchive({ name: 'a', type, content: rawEntry(file) }),
    ]),
    [
      'with content at a link by its extended header',
      rawArchive(rawPax({ size: '512' }), { name: 'a', type: '2' }, file),
    ],
    // The prefix is 131 or 155 bytes long.
    ['of star', rawArchive({ ...file, prefix: 'var/lib', more: { 508: 'tar\0' } })],
    // Go takes the prefix, tar-stream does not.
    ['of GNU with a prefix', rawArchive({ ...file, magic: 'ustar  \0', prefix: 'var/lib' })],
    ['without a format', rawArchive({ ...file, magic: '\0\0\0\0\0\0\0\0' })],
    ['of an old sparse file', rawArchive({ ...file, magic: 'ustar  \0', type: 'S' })],
    ['with a type of GNU that only some know', rawArchive({ name: 'a', type: 'N', content: 'b\0' }, file)],
    ['with a size that is no number', rawArchive({ ...file, size: '00000000019\0' })],
    ['with two sizes in one field', rawArchive({ ...file, size: '000 00000013' })],
    ['with a negative size', rawArchive({ ...file, size: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' })],
    ['with a size that is too large', rawArchive({ ...file, size: '\x80\0\0\0\x01\0\0\0\0\0\0\0' })],
    ['with half a number in the extended header', rawArchive(rawPax({ size: '11x' }), file)],
    ['with a name that ends early', rawArchive(rawPax({ path: 'status\0x' }), file)],
    ['with half an extended header', rawArchive({ name: 'x', type: 'x', content: '99 path=a\n' }, file)],
    ['with no extended header', rawArchive({ name: 'x', type: 'x', content: 'path=a\n' }, file)],
    // tar-stream, and GNU tar, take the other name; Go does not.
    ['with a sparse name alone', rawArchive(rawPax({ 'GNU.sparse.name': 'a' }), file)],
    ['with an unknown sparse file', rawArchive(rawPax({ 'GNU.sparse.major': '2', 'GNU.sparse.minor': '0' }), file)],
    [
      'with a folder that overlayfs moves',
      rawArchive(rawPax({ 'SCHILY.xattr.trusted.overlay.redirect': '/opt' }), file),
    ],
    ['with an extended header of megabytes', rawArchive(rawPax({ comment: 'x'.repeat(2 ** 20) }), file)],
    // The checksum is that of an empty block.
    ['with a block of zeros that is none', rawArchive(Buffer.alloc(512).fill('0', 148, 156), file)],
  ])('%s', (_, archive) => {
    expect(() => read(archive)).toThrow(AmbiguousError);
    expect(() => read(archive, 500)).toThrow(AmbiguousError);
  });
});

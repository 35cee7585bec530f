import { mkdtempSync, promises as files, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { describeBlobs } from '@assay/testing';
import { blobOf } from './blobs.ts';
import { FolderBlobs } from './folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-blobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeBlobs('a folder', () => ({
  open: () => new FolderBlobs(join(folder, 'blobs')),
  overwrite: (dataref, bytes) => writeFile(join(folder, 'blobs', dataref), bytes),
}));

it('a folder leaves no incomplete file, and replaces a damaged one', async () => {
  const blobs = new FolderBlobs(join(folder, 'replaced'));
  const bytes = Buffer.from('a report');
  const { dataref } = await blobs.put(bytes);
  await writeFile(join(folder, 'replaced', dataref), 'a re');
  await blobs.put(bytes);
  expect((await blobs.get(dataref)).equals(bytes)).toBe(true);
  expect(await readdir(join(folder, 'replaced', 'unfinished'))).toEqual([]);
});

it('a failed write of a blob leaves no temporary file', async () => {
  const bytes = Buffer.from('another report');
  const place = join(folder, 'blocked', blobOf(bytes).dataref);
  await mkdir(place, { recursive: true });
  await expect(new FolderBlobs(join(folder, 'blocked')).put(bytes)).rejects.toMatchObject({
    code: 'blobs-unreachable',
    message: expect.stringContaining('EISDIR'),
  });
  expect(await readdir(dirname(place))).toEqual([basename(place)]);
  expect(await readdir(join(folder, 'blocked', 'unfinished'))).toEqual([]);
});

it('a folder lists no other file, and clears what a process left that ended while it wrote', async () => {
  const place = join(folder, 'left');
  const blobs = new FolderBlobs(place);
  const { dataref } = await blobs.put(Buffer.from('kept'), { area: 'reports' });
  await writeFile(join(place, 'reports', 'README'), '');
  await writeFile(join(place, dirname(dataref), `${'a'.repeat(64)}.1.half`), '');
  for (const [name, at] of [
    ['old', new Date(Date.now() - 3_600_000)],
    ['young', new Date()],
  ] as const) {
    await writeFile(join(place, 'unfinished', name), '');
    await utimes(join(place, 'unfinished', name), at, at);
  }
  const listed: string[] = [];
  for await (const blob of blobs.list('reports')) listed.push(blob.dataref);
  expect(listed).toEqual([dataref]);
  expect(await blobs.clearUnfinished(Date.now() - 1_800_000)).toBe(1);
  expect(await readdir(join(place, 'unfinished'))).toEqual(['young']);
});

it('a folder keeps a file that is written while it is deleted', async () => {
  const blobs = new FolderBlobs(join(folder, 'raced'));
  const bytes = Buffer.from('named again');
  const { dataref } = await blobs.put(bytes);
  const file = join(folder, 'raced', dataref);
  // An hour before the kernel's time, which the second write gets: under faketime it is another.
  const old = new Date((await files.stat(file)).mtimeMs - 3_600_000);
  await utimes(file, old, old);
  const rename = files.rename.bind(files);
  const renaming = vi.spyOn(files, 'rename').mockImplementationOnce(async (from, to) => {
    await blobs.put(bytes);
    await rename(from, to);
  });
  try {
    expect(await blobs.delete(dataref, old.getTime())).toBe(false);
  } finally {
    renaming.mockRestore();
  }
  expect((await blobs.get(dataref)).equals(bytes)).toBe(true);
});

it('a pointer of a folder is one file, whose number rises', async () => {
  const blobs = new FolderBlobs(join(folder, 'pointing'));
  let over: string | undefined;
  for (const value of ['a', 'b', 'c']) over = (await blobs.point('newest', value, over))!.version;
  expect(await readdir(join(folder, 'pointing', 'pointers', 'newest'))).toEqual(['3']);
  expect(await readdir(join(folder, 'pointing', 'unfinished'))).toEqual([]);
});

it('a folder that cannot be made is reported in one line', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(new FolderBlobs(join(folder, 'file')).ready()).rejects.toMatchObject({
    code: 'blobs-unfit',
    retriable: false,
    message: expect.stringMatching(/^Blobs cannot be written to .*file \(EEXIST\): set ASSAY_BLOBS/),
  });
});

it.each([
  ['ENOSPC', /^Blobs cannot be written to .*full \(ENOSPC\): make room there$/],
  ['EDQUOT', /\(EDQUOT\): make room there$/],
  ['EMFILE', /\(EMFILE\): raise the limit of open files$/],
  ['EIO', /\(EIO\): check that it is mounted and can be read and written$/],
])('a folder that cannot be written any more (%s) is reported as unavailable, with a remedy', async (code, line) => {
  const blobs = new FolderBlobs(join(folder, 'full'));
  const { dataref } = await blobs.put(Buffer.from('kept'));
  const refused = Object.assign(new Error(`${code}: refused, write`), { code, syscall: 'write' });
  const opening = vi.spyOn(files, 'open').mockRejectedValue(refused);
  try {
    await expect(blobs.put(Buffer.from('x'))).rejects.toMatchObject({
      code: 'blobs-unreachable',
      retriable: true,
      message: expect.stringMatching(line),
    });
    await expect(blobs.get(dataref)).rejects.toMatchObject({
      code: 'blobs-unreachable',
      message: expect.stringMatching(/^Blobs cannot be read from /),
    });
  } finally {
    opening.mockRestore();
  }
  expect((await blobs.get(dataref)).toString()).toBe('kept');
});

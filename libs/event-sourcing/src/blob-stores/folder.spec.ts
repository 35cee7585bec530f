import { mkdtempSync, promises as files, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
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
  expect((await readdir(join(folder, 'replaced'), { recursive: true })).filter((name) => name.includes('.'))).toEqual(
    [],
  );
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
  const spies = [vi.spyOn(files, 'writeFile'), vi.spyOn(files, 'readFile')];
  for (const spy of spies) spy.mockRejectedValue(refused);
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
    for (const spy of spies) spy.mockRestore();
  }
  expect((await blobs.get(dataref)).toString()).toBe('kept');
});

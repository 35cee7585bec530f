import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeBlobs } from '@assay/testing';
import { blobOf } from '../blobs.ts';
import { FolderBlobs } from './folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-blobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeBlobs('a folder', () => ({
  open: () => new FolderBlobs(join(folder, 'blobs')),
  overwrite: (dataref, bytes) => writeFile(join(folder, 'blobs', dataref), bytes),
}));

it('a folder leaves nothing half written behind, and mends what was', async () => {
  const blobs = new FolderBlobs(join(folder, 'mended'));
  const bytes = Buffer.from('a report');
  const { dataref } = await blobs.put(bytes);
  await writeFile(join(folder, 'mended', dataref), 'a re');
  await blobs.put(bytes);
  expect((await blobs.get(dataref)).equals(bytes)).toBe(true);
  expect((await readdir(join(folder, 'mended'), { recursive: true })).filter((name) => name.includes('.'))).toEqual([]);
});

it('a blob that cannot be put in its place leaves nothing beside it', async () => {
  const bytes = Buffer.from('another report');
  const place = join(folder, 'blocked', blobOf(bytes).dataref);
  await mkdir(place, { recursive: true });
  await expect(new FolderBlobs(join(folder, 'blocked')).put(bytes)).rejects.toMatchObject({ code: 'EISDIR' });
  expect(await readdir(dirname(place))).toEqual([basename(place)]);
});

it('a folder that cannot be made is said in a line', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(new FolderBlobs(join(folder, 'file')).ready()).rejects.toMatchObject({
    code: 'blobs-unfit',
    retriable: false,
    message: expect.stringMatching(/^Blobs cannot be written to .*file \(EEXIST\): set ASSAY_BLOBS/),
  });
});

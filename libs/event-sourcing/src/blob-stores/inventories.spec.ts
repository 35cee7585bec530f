import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { Package } from '@assay/events';
import { FolderBlobs } from './folder.ts';
import { getInventory, putInventory, putReport } from './inventories.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-inventories-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blobs = new FolderBlobs(folder);
const os = { family: 'debian', version: '13.0', endOfLife: false };
const named = (name: string): Package => ({ name, version: '1', type: 'debian', purl: '' });
const packages = [named('b'), named('a')];

describe('an inventory', () => {
  it('is one compressed blob, named by its content in canonical order', async () => {
    const reference = await putInventory(blobs, { os, packages });
    expect(reference).toMatchObject({ dataref: expect.stringMatching(/^inventories\/..\/[0-9a-f]{64}\.zst$/) });
    expect(await putInventory(blobs, { os, packages: packages.toReversed() })).toEqual(reference);
    const content = zstdDecompressSync(await readFile(join(folder, reference.dataref)));
    expect(content.toString()).toMatch(/^\{"os":\{"family":"debian","version":"13.0"\},"packages":\[\{"name":"a",/);
    expect(content.length).toBe(reference.bytes);
    expect(await getInventory(blobs, reference)).toEqual({
      os: { family: 'debian', version: '13.0' },
      packages: [named('a'), named('b')],
    });
  });

  it('that is gone is unknown', async () => {
    const reference = await putInventory(blobs, { packages: [named('gone')] });
    await blobs.delete(reference.dataref);
    await expect(getInventory(blobs, reference)).rejects.toMatchObject({ code: 'blob-unknown' });
  });

  it('that is not what was named is damaged', async () => {
    const [one, other] = [
      await putInventory(blobs, { packages: [named('one')] }),
      await putInventory(blobs, { packages: [named('other')] }),
    ];
    await expect(getInventory(blobs, { ...one, dataref: other.dataref })).rejects.toMatchObject({
      code: 'blob-damaged',
      message: expect.stringContaining('its digest is not'),
    });
    await expect(getInventory(blobs, { ...one, bytes: 3 })).rejects.toMatchObject({ code: 'blob-damaged' });
    await writeFile(join(folder, one.dataref), zstdCompressSync(Buffer.from('{"packages":[]}')));
    await expect(getInventory(blobs, one)).rejects.toMatchObject({ code: 'blob-damaged' });
    const report = await putReport(blobs, Buffer.from('{"Results":[]}'));
    await expect(getInventory(blobs, report)).rejects.toMatchObject({
      code: 'blob-damaged',
      message: expect.stringContaining("must have required property 'packages'"),
    });
  });

  it('that unfolds to too much is not unfolded', async () => {
    const bomb = await blobs.put(Buffer.alloc(41 * 2 ** 20, ' '), { area: 'inventories', compressed: true });
    await expect(getInventory(blobs, bomb)).rejects.toMatchObject({ code: 'blob-too-large' });
  });
});

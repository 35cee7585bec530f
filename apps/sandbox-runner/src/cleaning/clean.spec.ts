import { mkdtempSync, rmSync } from 'node:fs';
import { stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FolderBlobs, putInventory, putReport } from '@assay/event-sourcing';
import { clean, cleanedText } from './clean.ts';

const dayMs = 24 * 3_600_000;
const now = Date.parse('2026-11-24T09:15:02.000Z');

let folder: string;
let blobs: FolderBlobs;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-cleaning-'));
  blobs = new FolderBlobs(folder);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const aged = async ({ dataref }: { dataref: string }, days: number): Promise<string> => {
  const at = new Date(now - days * dayMs);
  await utimes(join(folder, dataref), at, at);
  return dataref;
};
const report = async (name: string, days: number) => aged(await putReport(blobs, Buffer.from(name)), days);
const inventory = async (name: string, days: number) =>
  aged(await putInventory(blobs, { packages: [{ name, version: '1', type: 't', purl: '' }] }), days);
const isThere = (dataref: string) =>
  stat(join(folder, dataref)).then(
    () => true,
    () => false,
  );
const cleaned = (named: readonly string[], { days = 90, dryRun = false } = {}) =>
  clean({ blobs, named: async () => new Set(named), now: () => now }, { days, dryRun });

describe('cleaning the blob store', () => {
  it('deletes inventories and reports that nothing named for the given days, and keeps all others', async () => {
    const old = [await report('old', 91), await inventory('old', 91)];
    const named = [await report('named', 400), await inventory('named', 400)];
    const young = [await report('young', 89), await inventory('young', 89)];
    const bill = await aged(await blobs.put(Buffer.from('a bill')), 400);
    const snapshot = await aged(await blobs.put(Buffer.from('a snapshot'), { area: 'snapshots' }), 400);
    const found = await cleaned(named);
    expect(await Promise.all(old.map(isThere))).toEqual([false, false]);
    expect(await Promise.all([...named, ...young, bill, snapshot].map(isThere))).toEqual(Array(6).fill(true));
    expect(found).toMatchObject({ days: 90, dryRun: false, held: false });
    expect(
      found.areas.map(({ area, named: n, waiting, deleted }) => [area, n.blobs, waiting.blobs, deleted.blobs]),
    ).toEqual([
      ['inventories', 1, 1, 1],
      ['reports', 1, 1, 1],
    ]);
    expect(cleanedText(found)).toMatch(
      /^inventories: 1 deleted \(0\.0 MB\), 1 named, 1 kept for up to 90 days; reports: 1 deleted/,
    );
  });

  it('counts the days of a blob from when it was last named', async () => {
    const dataref = await inventory('named long ago', 400);
    await cleaned([dataref]);
    const other = await report('other', 0);
    await cleaned([other]);
    expect(await isThere(dataref)).toBe(true);
    // A blob that was just renewed is not renewed again.
    const renew = vi.spyOn(blobs, 'renew');
    await aged({ dataref: other }, 2);
    await cleaned([other]);
    expect(renew).not.toHaveBeenCalled();
    await aged({ dataref: other }, 4);
    await cleaned([other]);
    expect(renew.mock.calls).toEqual([[other]]);
  });

  it('changes nothing in a dry run, and counts the same', async () => {
    const [old, named] = [await report('old', 91), await inventory('named', 91)];
    const change = [vi.spyOn(blobs, 'renew'), vi.spyOn(blobs, 'delete')];
    const dry = await cleaned([named], { dryRun: true });
    expect(change.flatMap(({ mock }) => mock.calls)).toEqual([]);
    expect(cleanedText(dry)).toContain('reports: 1 would be deleted');
    expect({ ...(await cleaned([named])), dryRun: true }).toEqual(dry);
    expect(await isThere(old)).toBe(false);
  });

  it('deletes nothing unless all that is named is known', async () => {
    const old = await report('old', 91);
    const named = () => Promise.reject(new Error('a partition is being filled'));
    await expect(clean({ blobs, named, now: () => now }, { days: 90, dryRun: false })).rejects.toThrow('being filled');
    expect(await isThere(old)).toBe(true);
  });

  it('deletes nothing if no blob is named at all', async () => {
    const old = await report('old', 91);
    const found = await cleaned([]);
    expect(found.held).toBe(true);
    expect(cleanedText(found)).toMatch(/^Nothing is deleted, because no result names any blob/);
    expect(await isThere(old)).toBe(true);
  });

  it('keeps a blob that a scan stores again while it is listed', async () => {
    const old = await report('again', 91);
    const { delete: remove } = blobs;
    vi.spyOn(blobs, 'delete').mockImplementationOnce(async (dataref, before) => {
      await putReport(blobs, Buffer.from('again'));
      return remove.call(blobs, dataref, before);
    });
    const { areas } = await cleaned([await inventory('named', 0)]);
    expect(await isThere(old)).toBe(true);
    expect(areas[1]).toMatchObject({ area: 'reports', waiting: { blobs: 1 }, deleted: { blobs: 0 } });
  });
});

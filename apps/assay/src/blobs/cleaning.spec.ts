import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EmbeddedStore, FolderBlobs, putReport } from '@assay/event-sourcing';
import { sandboxRunner } from '@assay/sandbox-runner';
import { DataFolder } from '../suite/data.ts';
import { openLog } from '../suite/log.ts';
import { cleanData } from './cleaning.ts';

let data: DataFolder;
beforeEach(() => {
  data = new DataFolder(mkdtempSync(join(tmpdir(), 'assay-blobs-')));
});
afterEach(() => rmSync(data.path, { recursive: true, force: true }));

const { stateVersion } = sandboxRunner.decider as { readonly stateVersion: number };

/** A data folder whose runner has one state. */
const filled = async (state: object, restored = true): Promise<void> => {
  const log = openLog(data, {});
  const store = new EmbeddedStore(data.store('sandbox-runner'));
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const { checkpoint } = await store.claim(partition, 1);
    await store.transact(partition, checkpoint.epoch, {
      checkpoint: { restored, evaluated: true, stateVersion, lastEmitted: '1.0' },
      states: partition === 0 ? [{ key: 'k', state: JSON.stringify(state) }] : [],
      outbox: [],
      park: [],
      jobs: { put: [], remove: [] },
    });
  }
  await store.close();
  await log.close();
};
const report = async (name: string): Promise<string> => {
  const { dataref } = await putReport(new FolderBlobs(data.blobs), Buffer.from(name));
  const at = new Date(Date.now() - 91 * 24 * 3_600_000);
  await utimes(join(data.blobs, dataref), at, at);
  return dataref;
};
const cleaned = (dryRun = false) =>
  cleanData({ data, home: data.path, env: {}, failed: () => undefined, days: 90, dryRun });

it('the blobs of a data folder are cleaned by the states of its runner', async () => {
  const [named, old] = [await report('named'), await report('old')];
  await filled({ emitted: { good: { report: { dataref: named } } } });
  expect((await cleaned(true)).areas[1]).toMatchObject({ named: { blobs: 1 }, deleted: { blobs: 1 } });
  expect(existsSync(join(data.blobs, old))).toBe(true);
  expect((await cleaned()).areas[1]).toMatchObject({ named: { blobs: 1 }, deleted: { blobs: 1 } });
  expect([existsSync(join(data.blobs, named)), existsSync(join(data.blobs, old))]).toEqual([true, false]);
});

it('nothing is cleaned while the store of the runner is being filled', async () => {
  const old = await report('old');
  await filled({ emitted: { good: { report: { dataref: 'reports/x' } } } }, false);
  await expect(cleaned()).rejects.toThrow('is being filled from the log');
  expect(existsSync(join(data.blobs, old))).toBe(true);
});

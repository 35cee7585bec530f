import { createHash } from 'node:crypto';
import { readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ScanCompleted } from '@assay/events';
import { FolderBlobs, putReport } from '@assay/event-sourcing';
import { cleanData } from '../../apps/assay/src/blobs/cleaning.ts';
import { home, recordsOf, TestSuite } from './suite.ts';

interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly code?: string;
}

/** The inventory of an image, as a consumer gets it. */
const inventoryOf = async ({ suite }: TestSuite, digest: string): Promise<Answer> => {
  const { url, token } = suite.endpoint;
  const response = await fetch(`${url}/assay/images/${digest}/inventory`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const { error } = JSON.parse(bytes.toString()) as { error?: { code: string } };
  return { status: response.status, bytes, ...(error ? { code: error.code } : {}) };
};

it('the blobs of results outlive a cleaning, others do not, and a lost inventory is an error', async () => {
  const suite = await TestSuite.start();
  const { data } = suite;
  const digest = await suite.push('alpine-3.20.3', 'alpine', 'v1');
  await suite.settled(digest, 'alpine');
  const [completed] = await recordsOf(suite.suite, 'scan.completed');
  const { packages, report } = completed!.data as unknown as Required<ScanCompleted>;
  const served = await inventoryOf(suite, digest);
  expect(`sha256:${createHash('sha256').update(served.bytes).digest('hex')}`).toBe(packages.sha256);
  expect(served.bytes.length).toBe(packages.bytes);
  await suite.suite.close();

  const { dataref: unnamed } = await putReport(new FolderBlobs(data.blobs), Buffer.from('of a scan long ago'));
  const longAgo = new Date(Date.now() - 200 * 24 * 3_600_000);
  for (const each of [packages.dataref, report.dataref, unnamed]) utimesSync(join(data.blobs, each), longAgo, longAgo);
  const { areas } = await cleanData({ data, home, env: {}, failed: () => undefined, days: 90, dryRun: false });
  expect(areas.map(({ area, named, deleted }) => [area, named.blobs, deleted.blobs])).toEqual([
    ['inventories', 1, 0],
    ['reports', 1, 1],
  ]);
  const left = readdirSync(data.blobs, { recursive: true }) as string[];
  expect([packages, report].filter(({ dataref }) => !left.includes(dataref))).toEqual([]);
  expect(left).not.toContain(unnamed);

  rmSync(join(data.blobs, packages.dataref));
  const again = await TestSuite.start({ data });
  await again.settled(digest, 'alpine');
  expect(await inventoryOf(again, digest)).toMatchObject({ status: 409, code: 'InventoryLost' });
});

import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { claimedDatabase } from '../claimed-database.ts';
import { recordsOf, TestSuite } from './suite.ts';

/** A database with the advisories of the demonstration, built some days ago. Each has a digest of its own. */
const databaseOf = async (name: string, ageDays: number): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), `assay-reassessment-${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await claimedDatabase(folder);
  await appendFile(join(folder, 'trivy.db'), name);
  const metadata = join(folder, 'metadata.json');
  const built = new Date(Date.now() - ageDays * 86_400_000).toISOString();
  await writeFile(metadata, JSON.stringify({ ...JSON.parse(await readFile(metadata, 'utf8')), UpdatedAt: built }));
  return folder;
};

interface ImageAnswer {
  readonly placements: readonly {
    readonly status: string;
    readonly reason?: string;
    readonly evidence: { readonly database: { readonly digest: string } };
  }[];
}

it('a new database is looked at by the runner alone: what differs is published, all else is marked', async () => {
  const [old, fresh, another] = [await databaseOf('a', 8), await databaseOf('b', 0), await databaseOf('c', 0)];
  const first = await TestSuite.start({ env: { ASSAY_TRIVY_DB: old } });
  const vulnerable = await first.push('debian-13.0', 'debian', 'v1');
  const clean = await first.push('debian-13.8', 'fresh', 'v1');
  const shownIn = async (suite: TestSuite, digest: string): Promise<string> => {
    const {
      placements: [{ status, reason = '', evidence } = {} as ImageAnswer['placements'][number]],
    } = await suite.get<ImageAnswer>(`/assay/images/${digest}`);
    return `${status}/${reason} ${evidence.database.digest === suite.suite.bench!.database.digest}`;
  };
  await first.settled(vulnerable, 'debian');
  await first.settled(clean, 'fresh');
  await expect.poll(() => shownIn(first, clean)).toBe('undetermined/advisories-too-old true');
  await first.suite.close();

  // The age of the first one is a doubt about both images, so its end is published.
  const second = await TestSuite.start({ data: first.data, env: { ASSAY_TRIVY_DB: fresh } });
  await expect.poll(() => shownIn(second, clean)).toBe('healthy/ true');
  await expect.poll(() => shownIn(second, vulnerable)).toBe('unhealthy/ true');
  expect((await second.charged(clean, 'fresh')).status).toBe('healthy');
  await second.suite.close();

  // Between the other two nothing differs: only marks are published.
  const third = await TestSuite.start({ data: first.data, env: { ASSAY_TRIVY_DB: another } });
  await expect.poll(() => shownIn(third, clean)).toBe('healthy/ true');
  await expect.poll(() => shownIn(third, vulnerable)).toBe('unhealthy/ true');
  const results = await recordsOf(third.suite, 'scan.completed');
  const types = Map.groupBy(results, ({ headers }) => headers.ce_type);
  expect(types.get('assay.scan.completed.v1')).toHaveLength(2);
  expect(types.get('assay.scan.reassessed.v1')).toHaveLength(2);
  expect(await recordsOf(third.suite, 'scan.approved')).toHaveLength(2);
  expect(await recordsOf(third.suite, 'scan.started')).toHaveLength(2);
  expect(await recordsOf(third.suite, 'usage.charged')).toHaveLength(2);
});

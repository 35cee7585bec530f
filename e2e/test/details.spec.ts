import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { packDatabase } from '@assay/advisories';
import { FolderBlobs } from '@assay/event-sourcing';
import { eventually } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { bytesOf, states } from '../../libs/advisories/test/databases.ts';
import { recordsOf, TestSuite } from './suite.ts';

/** Replaces a text in what a database has about a vulnerability by another one of the same length. */
const changed = (database: Buffer, id: string, from: string, to: string): void => {
  expect(to).toHaveLength(from.length);
  // Other buckets have the same key, with the versions of a distribution.
  let at = database.indexOf(`${id}{`);
  const isDetails = (): boolean =>
    database
      .toString('latin1', at, at + 8192)
      .split(/CVE-[\d-]+\{/, 2)[1]!
      .includes(from);
  while (at >= 0 && !isDetails()) at = database.indexOf(`${id}{`, at + 1);
  expect(at).toBeGreaterThan(0);
  database.write(to, database.indexOf(from, at), 'latin1');
};

interface Finding {
  readonly vulnerability: string;
  readonly severity: string;
  readonly description: string;
}

interface ImageAnswer {
  readonly placements: readonly { readonly evidence: { readonly database: { readonly digest: string } } }[];
}

it('a database that changes details changes severities and texts, and nothing of other images', async () => {
  const suite = await TestSuite.start({ env: { ASSAY_DATABASE_SOURCES: 'off' } });
  const { url, token } = suite.suite.endpoint;
  const api = new Api(url, token);
  const blobs = new FolderBlobs(suite.data.blobs);
  const imported = async (database: Buffer, hoursAgo: number) => {
    const builtAt = new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
    const folder = await mkdtemp(join(tmpdir(), 'assay-details-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'trivy.db'), database);
    await writeFile(join(folder, 'metadata.json'), JSON.stringify({ Version: 2, UpdatedAt: builtAt }));
    const blob = await blobs.putStream(packDatabase(folder), { area: 'databases' });
    return api.databaseOrder('import', { ...blob }, () => undefined);
  };
  const { database } = await bytesOf(states.november);
  await imported(database, 3);
  // The runner takes it into use after it is announced.
  await eventually(async () => {
    const [announced] = await api.databases();
    const runners = await api.runners();
    return !announced!.demonstration && runners.every(({ database: own }) => own?.digest === announced!.digest);
  });
  const vulnerable = await suite.push('debian-13.0', 'debian', 'v1');
  const clean = await suite.push('debian-13.8', 'fresh', 'v1');
  const assessedBy = async (digest: string): Promise<string | undefined> => {
    const { placements } = await suite.get<ImageAnswer>(`/assay/images/${digest}`);
    return placements[0]?.evidence.database.digest;
  };
  await suite.settled(vulnerable, 'debian');
  await suite.settled(clean, 'fresh');
  const found = async (id: string): Promise<{ severities: string[]; description: string }> => {
    const findings = ((await suite.findings(vulnerable, 'debian')) as unknown as Finding[]).filter(
      ({ vulnerability }) => vulnerability === id,
    );
    const severities = [...new Set(findings.map(({ severity }) => severity))];
    return { severities, description: findings[0]!.description };
  };
  const results = async (type: string, digest: string): Promise<number> =>
    (await recordsOf(suite.suite, 'scan.completed')).filter(
      ({ headers, data }) => headers.ce_type === `assay.${type}.v1` && data.digest === digest,
    ).length;
  const [critical, high, rejected] = ['CVE-2026-5450', 'CVE-2025-9230', 'CVE-2026-0861'] as const;
  await eventually(async () => (await found(critical)).severities.join() === 'Critical');
  expect((await found(high)).severities).toEqual(['High']);

  // The text of a rejected id is another one. Its finding stays what it is.
  changed(database, rejected, 'Passing too large an alignment', 'Rejected reason: no weakness. ');
  const text = await imported(database, 2);
  await eventually(async () => (await found(rejected)).description.startsWith('Rejected reason: no weakness. '));
  await eventually(async () => (await assessedBy(vulnerable)) === text.digest);
  expect((await found(rejected)).severities).toEqual(['High']);
  expect(await results('scan.reassessed', vulnerable)).toBe(0);

  changed(database, critical, '"nvd":4', '"nvd":2');
  changed(database, high, '"nvd":3', '"nvd":4');
  const newest = await imported(database, 1);
  await eventually(async () => (await found(critical)).severities.join() !== 'Critical');
  for (const digest of [vulnerable, clean]) await eventually(async () => (await assessedBy(digest)) === newest.digest);
  expect(await found(critical)).toMatchObject({ severities: ['Medium'] });
  expect(await found(high)).toMatchObject({ severities: ['Critical'] });
  expect([await results('scan.reassessed', vulnerable), await results('scan.completed', vulnerable)]).toEqual([1, 1]);
  expect([await results('scan.reassessed', clean), await results('scan.completed', clean)]).toEqual([0, 1]);
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { makeDatabaseLayout } from '../../tools/database-layout.ts';
import { startDistribution } from '../../tools/services/index.ts';
import { images, recordsOf, TestSuite } from './suite.ts';

const run = promisify(execFile);

/** A mirror of databases: the CNCF distribution registry, with a way to publish a state of the demonstration's. */
const mirror = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-mirror-'));
  const registry = await startDistribution({ folder: join(folder, 'registry') });
  onTestFinished(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const { host } = new URL(registry.url);
  return {
    source: `http://${host}/mirror/trivy-db:2`,
    publish: async (state: string): Promise<void> => {
      const layout = join(folder, 'layout');
      await makeDatabaseLayout(join(images, state), layout);
      await run('skopeo', ['copy', '--dest-tls-verify=false', `oci:${layout}`, `docker://${host}/mirror/trivy-db:2`]);
    },
  };
};

it('a newer database of a mirror is assessed by without a restart, and one that is recalled gives way', async () => {
  const { source, publish } = await mirror();
  await publish('advisories-2026-08-01');
  const suite = await TestSuite.start({ env: { ASSAY_DATABASE_SOURCES: source } });
  const { endpoint } = suite.suite;
  const api = new Api(endpoint.url, endpoint.token);
  const update = (content: object = {}) => api.databaseOrder('update', content, () => undefined);
  const found = async (digest: string) => (await suite.findings(digest, 'debian')).length;

  // Ingestion looks by itself. The demonstration database of the suite is newer, and any real one follows it.
  await eventually(async () => (await api.databases()).some(({ builtAt }) => builtAt === '2026-08-01T00:00:00Z'));
  const digest = await suite.push('debian-13.0', 'debian', '13.0');
  await suite.settled(digest, 'debian');
  await eventually(async () => (await found(digest)) === 141);
  expect(await update()).toMatchObject({ outcome: 'unchanged', source });

  await publish('advisories');
  const november = await update();
  expect(november).toMatchObject({ outcome: 'updated', builtAt: '2026-11-24T00:00:00Z', entries: 21_969 });
  await eventually(async () => (await found(digest)) === 232);
  expect(await recordsOf(suite.suite, 'scan.approved')).toHaveLength(1);

  // An older one is refused, and the one in use stays.
  await publish('advisories-2026-08-01');
  await expect(update()).rejects.toMatchObject({ message: expect.stringContaining('2026-08-01') as string });
  expect((await api.databases()).map(({ state, builtAt }) => [state, builtAt])).toEqual([
    ['in-use', '2026-11-24T00:00:00Z'],
    ['stored', '2026-08-01T00:00:00Z'],
  ]);
  expect(await api.databaseOrder('verify', {}, () => undefined)).toMatchObject({ digest: november.digest });

  expect(await api.recallDatabase(november.digest, 'to see the one before')).toMatchObject({
    instead: { builtAt: '2026-08-01T00:00:00Z' },
  });
  await eventually(async () => (await found(digest)) === 141);
  await publish('advisories');
  await expect(update()).rejects.toMatchObject({ message: expect.stringContaining('was recalled') as string });
  await expect(update({ force: true })).resolves.toMatchObject({ outcome: 'updated', digest: november.digest });
  await eventually(async () => (await found(digest)) === 232);
  await suite.suite.close();

  // The next suite on the same data begins with the stored database.
  const next = await TestSuite.start({ data: suite.data, env: { ASSAY_DATABASE_SOURCES: 'off' } });
  expect(next.suite.bench!.database).toMatchObject({ digest: november.digest, demonstration: false });
  expect(await recordsOf(next.suite, 'advisories.updated')).toHaveLength(5);
});

import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { FolderBlobs, getInventory } from '@assay/event-sourcing';
import type { ScanCompleted } from '@assay/events';
import { pushLayout } from '@assay/local-registry';
import { eventually } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { debian, layerOf, layoutOf, vulnerable } from '../../apps/sandbox-runner/test/layouts.ts';
import { javaFolder, type KnownJar } from '../../libs/advisories/test/databases.ts';
import { mirror } from './mirror.ts';
import { recordsOf, TestSuite } from './suite.ts';

/** An empty zip archive. Nothing in it names it. */
const archive = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);
const sha1 = createHash('sha1').update(archive).digest();
const megabyte = 2 ** 20;

it('a Java database of 50 MB comes from a mirror to the sandbox, and a newer one without a restart', async () => {
  const { source, javaSource, publish, publishJava } = await mirror();
  await publish('advisories-2026-08-01');
  const suite = await TestSuite.start({ env: { ASSAY_DATABASE_SOURCES: `${source},${javaSource}` } });
  const { url, token, registries } = suite.suite.endpoint;
  const api = new Api(url, token);
  const update = () => api.databaseOrder('update', {}, () => undefined);
  // The mirror has none yet. The vulnerability database does not wait for it.
  await eventually(async () => (await api.databases()).some(({ state, bytes }) => state === 'in-use' && bytes), 250);
  // The update of the start may still look for it, and an order meanwhile gets the answer of that one.
  await eventually(async () => (await update()).outcome === 'unchanged', 250);
  expect(await update()).toMatchObject({ outcome: 'unchanged', java: { outcome: 'failed' } });

  const results = async () =>
    [...(await recordsOf(suite.suite, 'scan.completed')), ...(await recordsOf(suite.suite, 'scan.reassessed'))].map(
      ({ data }) => data as unknown as ScanCompleted,
    );
  // With the demonstration database, which the runner began with, an empty Java database is enough.
  await suite.push('debian-13.0', 'debian', '13.0');
  await eventually(async () => (await results()).some(({ database }) => !database.demonstration), 250);

  const folder = await mkdtemp(join(tmpdir(), 'assay-java-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { path } = await layoutOf(folder, [
    await layerOf([...debian(vulnerable), { name: 'app/library.jar', content: archive }]),
  ]);
  const to = { registry: registries[0]!.loginServer, repository: 'team/app', tag: 'v1', plainHttp: true };
  const { digest } = await pushLayout(path, to);
  await eventually(async () => (await results()).some(({ reason }) => reason === 'no-java-database'), 250);

  const known = (version: string): KnownJar => ({ group: 'org.example', artifact: 'library', version, sha1 });
  const taken = async (version: string, builtAt: string, bytes: number): Promise<string | undefined> => {
    await publishJava(await javaFolder(bytes, { builtAt, jars: [known(version)], rows: 50 }));
    const { java } = await update();
    expect(java).toMatchObject({ outcome: 'updated', builtAt, source: javaSource });
    return java!.digest;
  };
  /** The library as the inventory of the last result by a Java database names it. */
  const recognised = async (java: string | undefined): Promise<string | undefined> => {
    const found = (await results()).findLast(({ database }) => database.java === java);
    if (!found?.packages) return undefined;
    const { packages } = await getInventory(new FolderBlobs(suite.data.blobs), found.packages);
    return packages.find(({ name }) => name === 'org.example:library')?.version;
  };

  // The image that failed for want of it is scanned.
  const first = await taken('1.0', '2026-11-20T00:00:00Z', 50 * megabyte);
  await eventually(async () => (await recognised(first)) === '1.0', 250);
  await suite.settled(digest, 'team/app');
  // A newer one recognises more, so the image is due again.
  const second = await taken('2.0', '2026-11-21T00:00:00Z', 100);
  await eventually(async () => (await recognised(second)) === '2.0', 250);
  expect(await api.javaDatabases()).toMatchObject([
    { digest: second, state: 'in-use', entries: 51 },
    { digest: first, state: 'stored' },
  ]);
  expect((await api.databases()).filter(({ state }) => state === 'in-use')).toHaveLength(1);
  expect(await api.databaseOrder('verify', {}, () => undefined)).toMatchObject({ java: { digest: second } });
  await suite.suite.close();

  // The next suite on the same data begins with both.
  const next = await TestSuite.start({ data: suite.data, env: { ASSAY_DATABASE_SOURCES: 'off' } });
  expect(next.suite.bench!.database).toMatchObject({ java: second, demonstration: false });
});

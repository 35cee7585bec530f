import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { eventually } from '@assay/testing';
import { Api } from '../../apps/assay/src/client/api.ts';
import { boltOf, contentOf } from '../../libs/advisories/test/bolt.ts';
import { emptyFolder, states, undatedOf } from '../../libs/advisories/test/databases.ts';
import { lies } from '../../libs/advisories/test/ways.ts';
import { FakeProxy } from '../../libs/registry/test/fake-proxy.ts';
import { startDistributed } from './distributed.ts';
import { mirror } from './mirror.ts';
import { images, recordsOf, terminal, TestSuite, type AnsweredPlacement } from './suite.ts';

it('a newer database of a mirror is assessed by without a restart, and one that is recalled gives way', async () => {
  const { source, publish } = await mirror();
  await publish('advisories-2026-08-01');
  const spans = new InMemorySpanExporter();
  const suite = await TestSuite.start({
    env: { ASSAY_DATABASE_SOURCES: source },
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  });
  const began = (name: string) => spans.getFinishedSpans().filter((span) => span.name === name).length;
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
  // A match of the inventory finds the same, so the image is not pulled again.
  await eventually(() => began('rematch') === 1);
  const pulls = began('pull');

  await publish('advisories');
  const november = await update();
  expect(november).toMatchObject({ outcome: 'updated', builtAt: '2026-11-24T00:00:00Z', entries: 21_969 });
  await eventually(async () => (await found(digest)) === 232);
  expect([began('rematch'), began('pull')]).toEqual([2, pulls]);
  expect(await recordsOf(suite.suite, 'scan.approved')).toHaveLength(1);

  // An older one is refused, and the one in use stays.
  await publish('advisories-2026-08-01');
  await expect(update()).rejects.toMatchObject({ message: expect.stringContaining('2026-08-01') as string });
  const real = (await api.databases()).filter(({ demonstration }) => !demonstration);
  expect(real.map(({ state, builtAt }) => [state, builtAt])).toEqual([
    ['in-use', '2026-11-24T00:00:00Z'],
    ['stored', '2026-08-01T00:00:00Z'],
  ]);
  expect(await api.databaseOrder('verify', {}, () => undefined)).toMatchObject({ digest: november.digest });

  expect(await api.recallDatabase(november.digest, 'to see the one before')).toMatchObject({
    instead: { builtAt: '2026-08-01T00:00:00Z' },
  });
  await eventually(async () => (await found(digest)) === 141);
  // From the recall on, the image does not count as assessed until it was by the one before.
  const classified = await recordsOf(suite.suite, 'finding.classified');
  expect(classified.map(({ data }) => data).slice(-2)).toMatchObject([
    { status: 'undetermined', reason: 'database-recalled', cause: 'recall', database: { digest: november.digest } },
    { status: 'unhealthy', database: { builtAt: '2026-08-01T00:00:00Z' } },
  ]);
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

it('a database is taken through the proxy from a mirror that only the proxy reaches', async () => {
  const { host, publish } = await mirror();
  await publish('advisories-2026-08-01');
  const proxy = await FakeProxy.start({ 'mirror.test:5000': host });
  const source = 'http://mirror.test:5000/mirror/trivy-db:2';
  const suite = await TestSuite.start({ env: { ASSAY_DATABASE_SOURCES: source, HTTP_PROXY: `http://${proxy.host}` } });
  const { url, token } = suite.suite.endpoint;
  const api = new Api(url, token);
  await eventually(async () => (await api.databases()).some(({ builtAt }) => builtAt === '2026-08-01T00:00:00Z'));
  expect(new Set(proxy.asked)).toEqual(new Set(['http://mirror.test:5000']));
  // Images of this machine do not go through it.
  const digest = await suite.push('debian-13.0', 'debian', '13.0');
  await suite.settled(digest, 'debian');
  expect(new Set(proxy.asked)).toEqual(new Set(['http://mirror.test:5000']));
});

it('over Kafka and Redis no image keeps an answer of the old database, also if a runner is killed', async () => {
  const { source, publish } = await mirror();
  await publish('advisories-2026-08-01');
  const { suite } = await startDistributed({ env: { ASSAY_DATABASE_SOURCES: source } });
  const second = await suite.add('sandbox-runner');
  await second.ready();
  const { url, token, registries } = suite.endpoint;
  const api = new Api(url, token);
  const update = () => api.databaseOrder('update', {}, () => undefined);
  const { digest: august } = await update();

  const digests = await Promise.all(
    ['debian-13.0', 'debian-11.0', 'debian-13.8', 'alpine-3.20.3', 'nginx-1.23.3'].map(async (layout) => {
      const to = { registry: registries[0]!.loginServer, repository: `team/${layout}`, tag: 'v1', plainHttp: true };
      return (await pushLayout(join(images, layout), to)).digest;
    }),
  );
  /** The database by which each image was assessed last; undefined while it was not. */
  const databases = () =>
    Promise.all(
      digests.map(async (digest) => {
        type Assessed = AnsweredPlacement & { readonly evidence: { readonly database: { readonly digest: string } } };
        const image = await suite.get<{ placements: Assessed[] }>(`/assay/images/${digest}`).catch(() => undefined);
        const [placement] = image?.placements ?? [];
        return placement && terminal(placement.status) ? placement.evidence.database.digest : undefined;
      }),
    );
  await eventually(async () => (await databases()).every((each) => each === august), 250);

  await publish('advisories');
  const { digest: november } = await update();
  await second.stop('SIGKILL');
  second.start();
  await eventually(async () => (await databases()).every((each) => each === november), 250);
  const found = await api.list(`/assay/images/${digests[0]!}/findings?repository=team%2Fdebian-13.0`);
  expect(found).toHaveLength(232);
  await second.ready();

  // One with a hole is held by the answers of both runners, and used once it is released.
  const folder = await emptyFolder();
  const content = await contentOf(await undatedOf(states.november));
  lies['twelve packages are emptied']!(content);
  await writeFile(join(folder, 'trivy.db.zst'), zstdCompressSync(boltOf(content)));
  await writeFile(join(folder, 'metadata.json'), JSON.stringify({ Version: 2, UpdatedAt: '2026-11-25T00:00:00Z' }));
  await publish(folder);
  await expect(update()).rejects.toMatchObject({ message: expect.stringContaining('is held') as string });
  const held = (await api.heldDatabase())!;
  expect(held).toMatchObject({ state: 'held', consequences: { images: digests.length } });
  expect((await api.databases())[0]).toMatchObject({ digest: november, state: 'in-use' });
  await api.releaseDatabase(held.digest, held.consequences!.healthy, 'looked at it');
  await eventually(async () => (await databases()).every((each) => each === held.digest), 250);
  // Findings without an advisory wait for a later database.
  expect(await api.list(`/assay/images/${digests[0]!}/findings?repository=team%2Fdebian-13.0`)).toHaveLength(232);
});
